"""Times as people read them: by the wall clock of a zone, with the zone named."""

from datetime import datetime
from zoneinfo import ZoneInfo


def clock_in(zone: str, at: datetime) -> str:
    """Return a time of day, such as `06:30 Europe/London`."""
    return f"{local(zone, at):%H:%M} {zone}"


def moment_in(zone: str, at: datetime) -> str:
    """Return a day and time, such as `24 Nov 06:30 Europe/London`."""
    return f"{local(zone, at):%d %b %H:%M} {zone}"


def local(zone: str, at: datetime) -> datetime:
    """Return a moment in a zone."""
    return at.astimezone(ZoneInfo(zone))
