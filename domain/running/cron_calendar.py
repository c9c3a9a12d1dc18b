"""Read a configured schedule, five cron fields and a zone, as the calendar that the watch goes by."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.running.feeds import UNKNOWN_SCHEDULE, Rhythm, Schedule

_STEP = re.compile(r"^\*/(\d{1,2})$")
_WHOLE = re.compile(r"^\d{1,2}$")
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_MONTH_ENDS = frozenset({"L", "28-31"})
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY_MINUTES = 1_440


def configured_calendar(text: str) -> Schedule | None:
    """Return the calendar of `minute hour day month weekday zone`, None for what it can't tell.

    Lists of hours or dates and single months are left to what the runs themselves show; so are steps that
    begin anew within the day, or at a midnight that lies between two of them by the clock of UTC.
    """
    parts = text.split()
    if len(parts) not in (5, 6):
        return None
    minute, hour, day, month, weekday = parts[:5]
    zone = parts[5] if len(parts) == 6 else "UTC"
    days = _weekdays(weekday)
    if month != "*" or days is None:
        return None
    every = _interval(minute, hour)
    if every:
        is_daily = day == "*" and len(days) == 7 and _is_counted_alike(every, minute, zone)
        first = int(minute) if _WHOLE.match(minute) else 0
        schedule = Schedule(Rhythm.INTERVAL, every_minutes=every, at_minute=first, zone=zone)
        return schedule if is_daily and first < 60 else None
    if not (_WHOLE.match(minute) and _WHOLE.match(hour)):
        return None
    at_minute = int(hour) * 60 + int(minute)
    if at_minute >= _DAY_MINUTES or int(minute) > 59:
        return None
    if day in _MONTH_ENDS:
        return Schedule(Rhythm.MONTH_END, at_minute=at_minute, zone=zone)
    if day != "*":
        is_date = _WHOLE.match(day) and 1 <= int(day) <= 31 and len(days) == 7
        return (
            Schedule(Rhythm.MONTHLY, at_minute=at_minute, zone=zone, month_day=int(day)) if is_date else None
        )
    rhythm = Rhythm.WEEKLY if len(days) == 1 else Rhythm.DAILY
    return Schedule(rhythm, at_minute=at_minute, weekdays=days, zone=zone)


def promised_calendar(schedule: Schedule, promised: str) -> Schedule:
    """Return a calendar with the time by which readers were promised the data, `HH:MM zone`, or with none."""
    clock, _, zone = promised.partition(" ")
    if not _CLOCK.match(clock) or schedule == UNKNOWN_SCHEDULE:
        return replace(schedule, promised_minute=None, promised_zone="")
    hour, minute = (int(part) for part in clock.split(":"))
    elsewhere = zone if zone and zone != schedule.zone else ""
    return replace(schedule, promised_minute=60 * hour + minute, promised_zone=elsewhere)


def _interval(minute: str, hour: str) -> int:
    """Return the minutes between loads that come several times a day, 0 for others."""
    step = _STEP.match(minute)
    if step and hour == "*":
        return int(step[1]) if 0 < int(step[1]) < 60 else 0
    if _WHOLE.match(minute) and hour == "*":
        return 60
    step = _STEP.match(hour)
    if _WHOLE.match(minute) and step and 0 < int(step[1]) < 24:
        return 60 * int(step[1])
    return 0


def _is_counted_alike(every: int, minute: str, zone: str) -> bool:
    """Return whether a step of cron, by the zone's clock, is one that is counted from midnight UTC."""
    if (60 if _STEP.match(minute) else _DAY_MINUTES) % every:
        return False
    try:
        known = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    seasons = (datetime(2026, month, 1, tzinfo=known).utcoffset() or timedelta() for month in (1, 7))
    return not any(offset % timedelta(minutes=every) for offset in seasons)


def _weekdays(text: str) -> frozenset[int] | None:
    """Return the days, Monday = 0, of a cron field in which Sunday is 0 and 7."""
    if text in ("*", "?"):
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.upper().split(","):
        first, _, last = part.partition("-")
        low, high = _day(first), _day(last or first)
        if low is None or high is None or high < low:
            return None
        found |= {(day + 6) % 7 for day in range(low, high + 1)}
    return frozenset(found)


def _day(text: str) -> int | None:
    if text in _DAY_NAMES:
        return _DAY_NAMES.index(text)
    return int(text) if text.isdigit() and int(text) <= 7 else None
