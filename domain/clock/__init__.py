"""Time as people live it: zones, days and hours in words, windows in which something may happen."""
