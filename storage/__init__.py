"""Business truth in SQL: rows never leave this room."""
