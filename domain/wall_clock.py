"""Times as people read them: by the wall clock of a zone, with the zone named."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_HALF_A_DAY = timedelta(hours=12)
_MOST_OF_A_YEAR = timedelta(days=300)


def clock_in(zone: str, at: datetime) -> str:
    """Return a time of day, such as `06:30 Europe/London`."""
    return f"{local(zone, at):%H:%M} {zone}"


def moment_in(zone: str, at: datetime, now: datetime | None = None) -> str:
    """Return a day and time, such as `24 Nov 06:30 Europe/London`; with its year where that is long ago."""
    year = " %Y" if now is not None and abs(now - at) > _MOST_OF_A_YEAR else ""
    return f"{local(zone, at):%d %b{year} %H:%M} {zone}"


def clock_near(zone: str, at: datetime, now: datetime) -> str:
    """Return a time of day, with its day where that is more than half a day away from now."""
    return clock_in(zone, at) if abs(now - at) <= _HALF_A_DAY else moment_in(zone, at)


def local(zone: str, at: datetime) -> datetime:
    """Return a moment in a zone."""
    return at.astimezone(ZoneInfo(zone))
