"""REST, dashboard, sign-in."""
