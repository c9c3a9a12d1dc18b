"""Incidents: opening, looking, moving, and the words for it."""
