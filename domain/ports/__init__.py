"""Small protocols through which doors and activities reach engines, tables and services."""
