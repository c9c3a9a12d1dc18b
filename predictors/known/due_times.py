"""List when feeds are due, fast: whole days at once, with clock changes, schedule changes and holidays.

Between clock changes a local time is a fixed distance from UTC, so one offset per zone and day serves all
feeds of that zone; only on the days of a change is each feed's own minute looked up.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.running.feeds import Feed, Rhythm, Schedule, ScheduleChange
from predictors.known.history import DAY_SECONDS

Floats = NDArray[np.float64]
Changes = Mapping[FeedName, Sequence[ScheduleChange]]

EARLY_START = 300.0
"""Seconds before its due time from which on a start is that of the due run."""

_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
# Where business days are those of one country; other zones have weekends only.
_COUNTRY = {
    "Europe/London": "GB",
    "America/New_York": "US",
    "America/Chicago": "US",
    "Asia/Tokyo": "JP",
    "Europe/Berlin": "DE",
    "Europe/Paris": "FR",
    "Europe/Zurich": "CH",
    "Europe/Rome": "IT",
    "Asia/Hong_Kong": "HK",
    "Asia/Singapore": "SG",
    "Australia/Sydney": "AU",
    "Pacific/Auckland": "NZ",
    "America/Toronto": "CA",
}


def due_times(feed: Feed, start: float, end: float, changes: Sequence[ScheduleChange] = ()) -> Floats:
    """Return every due time of a feed in [start, end), in epoch seconds, by the schedule of the time."""
    parts: list[Floats] = []
    begin = start
    for change in sorted(changes, key=lambda one: one.at):
        until = min(max(change.at.timestamp(), begin), end)
        parts.append(_of_schedule(change.before, begin, until))
        begin = until
    parts.append(_of_schedule(feed.schedule, begin, end))
    return np.concatenate(parts)


def is_holiday(zone: str, moments: Floats) -> NDArray[np.bool_]:
    """Return whether each moment lies on a public holiday of the zone's country, by the zone's own date."""
    if zone not in _COUNTRY or not len(moments):
        return np.zeros(len(moments), dtype=bool)
    first, last = (datetime.fromtimestamp(float(at), UTC) for at in (moments.min(), moments.max()))
    begins, ends = _holidays(zone, (first - _DAY).year, (last + _DAY).year)
    place = np.searchsorted(begins, moments, "right") - 1
    return np.asarray((place >= 0) & (moments < ends[np.maximum(place, 0)]), dtype=bool)


@lru_cache(maxsize=256)
def _holidays(zone: str, first_year: int, last_year: int) -> tuple[Floats, Floats]:
    """Return when the holidays of some years begin and end in a zone, in epoch seconds, in order."""
    import holidays

    found = holidays.country_holidays(_COUNTRY[zone], years=range(first_year, last_year + 1))
    days = [(day - _EPOCH).days for day in sorted(found)]
    begins, ends = (
        [float(day * DAY_SECONDS) - _offset_at(zone, day, 0) for day in some]
        for some in (days, [day + 1 for day in days])
    )
    return np.array(begins), np.array(ends)


def _of_schedule(schedule: Schedule, start: float, end: float) -> Floats:
    if end <= start:
        return np.zeros(0)
    if schedule.rhythm is Rhythm.INTERVAL:
        return _intervals(schedule.every_minutes * 60.0, schedule.shift_minutes * 60.0, start, end)
    # A day more on both sides: the local day and the UTC day are not the same.
    days = np.arange(int(start // DAY_SECONDS) - 1, int(end // DAY_SECONDS) + 2)
    if schedule.rhythm is Rhythm.MONTH_END:
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        days = days[(dates + 1).astype("datetime64[M]") != months]
    elif schedule.rhythm is Rhythm.MONTHLY:
        dates = days.astype("datetime64[D]")
        days = days[(dates - dates.astype("datetime64[M]")).astype(np.int64) == schedule.month_day - 1]
    else:
        days = days[np.isin((days + 3) % 7, sorted(schedule.weekdays))]
    due = np.asarray(days * DAY_SECONDS + schedule.at_minute * 60.0, dtype=np.float64)
    due -= np.array([_offset(schedule.zone, int(day), schedule.at_minute) for day in days.tolist()])
    return due[(due >= start) & (due < end)]


def _intervals(step: float, shift: float, start: float, end: float) -> Floats:
    if DAY_SECONDS % step == 0:
        return np.arange(np.ceil((start - shift) / step) * step + shift, end, step)
    # Intervals that do not divide the day are counted anew from each midnight UTC; the day's last one ends
    # behind the midnight that follows.
    midnights = np.arange(np.floor(start / DAY_SECONDS) - 1, np.ceil(end / DAY_SECONDS)) * DAY_SECONDS
    steps = np.arange(1, np.ceil(DAY_SECONDS / step) + 1) * step
    due = (midnights[:, None] + steps[None, :]).ravel()
    return due[(due >= start) & (due < end)]


def _offset(zone: str, day: int, minute: int) -> float:
    first, last = _offsets(zone, day)
    return first if first == last else _offset_at(zone, day, minute)


@lru_cache(maxsize=200_000)
def _offsets(zone: str, day: int) -> tuple[float, float]:
    return _offset_at(zone, day, 0), _offset_at(zone, day, 24 * 60 - 1)


def _offset_at(zone: str, day: int, minute: int) -> float:
    wall = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time()) + timedelta(minutes=minute)
    local = wall.replace(tzinfo=ZoneInfo(zone))
    away = local.astimezone(UTC).replace(tzinfo=None)
    return (wall - away).total_seconds()
