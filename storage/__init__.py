"""Business truth in SQL."""
