"""Feeds and their runs: schedules, calendars, senders, and how reports of one run are put together."""
