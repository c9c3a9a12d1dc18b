"""Times as people read them: by the wall clock of a zone, with the zone named."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import BadInput

_MINUTE = timedelta(minutes=1)
_HALF_A_DAY = timedelta(hours=12)
_MOST_OF_A_YEAR = timedelta(days=300)


def clock_in(zone: str, at: datetime) -> str:
    """Return a time of day, such as `06:30 Europe/London`."""
    return f"{_time_of_day(local(zone, at))} {zone}"


def moment_in(zone: str, at: datetime, now: datetime | None = None) -> str:
    """Return a day and time, such as `24 Nov 06:30 Europe/London`; with its year where that is long ago."""
    year = " %Y" if now is not None and abs(now - at) > _MOST_OF_A_YEAR else ""
    there = local(zone, at)
    return f"{there:%d %b{year}} {_time_of_day(there)} {zone}"


def span_in(zone: str, since: datetime, until: datetime, now: datetime | None = None) -> str:
    """Return a span of time, such as `24 Nov 02:00 to 03:00 Europe/London`."""
    begin, end = local(zone, since), local(zone, until)
    last = clock_in(zone, until) if begin.date() == end.date() else moment_in(zone, until, now)
    return f"{moment_in(zone, since, now).removesuffix(f' {zone}')} to {last}"


def clock_near(zone: str, at: datetime, now: datetime) -> str:
    """Return a time of day, with its day where that is more than half a day away from now."""
    return clock_in(zone, at) if abs(now - at) <= _HALF_A_DAY else moment_in(zone, at)


def local(zone: str, at: datetime) -> datetime:
    """Return a moment in a zone."""
    return at.astimezone(ZoneInfo(zone))


def first_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when a clock on the wall first shows a time of a day, in UTC.

    Of a time that the clocks leap over it is when they leap, of one that comes twice the first.
    """
    moment = datetime.combine(day, clock, zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, clock):
        return moment
    offset = moment.astimezone(zone).utcoffset()
    while (before := moment - _MINUTE).astimezone(zone).utcoffset() == offset:
        moment = before
    return moment


def known_zone(name: str) -> str:
    """Return the name of a zone that somebody gave; raises `BadInput` for one that nobody knows."""
    try:
        return ZoneInfo("UTC" if name.casefold() == "utc" else name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            "unknown zone",
            say=f"{name[:40]} is no time zone that I know.",
            next_step="Write it as Europe/Berlin, with its capitals.",
        ) from error


def _time_of_day(there: datetime) -> str:
    """Return hours and minutes; in an hour that comes twice, as clocks go back, with which one is meant."""
    comes_twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{there:%H:%M %Z}" if comes_twice else f"{there:%H:%M}"
