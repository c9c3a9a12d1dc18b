"""What feeds and services report."""
