"""Charts as PNG files; drawn by a process of its own, `python -m bot.pictures`."""
