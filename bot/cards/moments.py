"""Find the moments that a text tells, such as `24 Nov 06:30 UTC`, so that readers get their own time too.

The text itself stays: who agrees to something reads the same words everywhere, and the own time beside them.
A range, a weekday, or a date in a form that is not ours is left alone, for half of it would mislead.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RESTS = ("uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember")
_MONTH = "|".join(f"{name}(?:{rest})?" for name, rest in zip(_MONTHS, _RESTS, strict=True))
_DAY = rf"(?P<day>\d\d) (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?(?: at)? "
_ISO_DAY = r"(?P<iso>\d{4}-\d\d-\d\d) "
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d)"
_SHORT = r"(?: (?P<short>[A-Z]{3,5}|[+-]\d{2,4}))?"
_ZONE = r" (?P<zone>UTC|[A-Z][A-Za-z_]{2,20}(?:/[A-Z][\w+-]{1,25}){1,2})"
_WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:days?)?"
# Behind it: an offset from the zone (`UTC-5`), the end of a range, or its day in other words.
_OTHERWISE = (
    r"(?![\w/+]|[-\u2212\u2013\u2014]\d| [-\u2013\u2014] (?:\d\d:|\d\d [A-Z]|\d{4}-)| (?:to|until|till) \d"
    rf"| (?:on|each|every|next|last) (?:\d|{_WEEKDAY}\b)| (?:yesterday|tomorrow|the day)\b)"
)
_EDGE = r"(?<![\w:./+\-\u2212\u2013\u2014])"
_MOMENT = re.compile(rf"{_EDGE}(?:{_DAY}|{_ISO_DAY}|(?<!\d )){_TIME}{_SHORT}{_ZONE}{_OTHERWISE}", re.ASCII)
_BEFORE = 60
"""Characters that are looked at before a moment."""
_BEGINS_RANGE = re.compile(
    r"\d\d:\d\d(?:(?: [A-Z+-][\w/+-]*){0,2} (?:to|until|till|[-\u2013\u2014])|,? (?:and|or)) $"
)
_DAY_IN_WORDS = re.compile(
    rf"(?:\b(?:{_WEEKDAY}|{_MONTH}|days?|week\w*|months?|quarters?|yesterday|tomorrow)|\d(?:st|nd|rd|th)?)"
    r"[.,]?(?: \d{4},?)?(?: (?:at|by|around|about|from|since|until|after|before))? $"
)
_YEARS = range(1971, 2100)
"""Beyond them no platform is sure to tell a time."""


@dataclass(frozen=True)
class Told:
    """A moment that a text tells: where it stands, when that is in its zone, and whether its day is told."""

    start: int
    end: int
    at: datetime
    has_day: bool


def moments_in(text: str, now: datetime) -> list[Told]:
    """Return the moments of a text in order; what names no year or no day is the one nearest to now."""
    if ":" not in text:
        return []
    told = []
    for found in _MOMENT.finditer(text):
        has_day = bool(found["day"] or found["iso"])
        if not _is_half(text, found.start(), has_day) and (at := _moment(found, now)) is not None:
            told.append(Told(found.start(), found.end(), at, has_day))
    return told


def _is_half(text: str, start: int, has_day: bool) -> bool:
    """Return whether what stands before a moment makes it the end of a range, or tells its day otherwise."""
    before = text[max(start - _BEFORE, 0) : start]
    if _BEGINS_RANGE.search(before):
        return True
    return not has_day and _DAY_IN_WORDS.search(before) is not None


def _moment(found: re.Match[str], now: datetime) -> datetime | None:
    zone = _zone(found["zone"])
    if zone is None:
        return None
    meant = [there for day in _days(found, now.astimezone(zone)) if (there := _on_the_wall(day, found, zone))]
    nearest = min(meant, key=lambda there: abs(there - now), default=None)
    if nearest is None or nearest.year not in _YEARS:
        return None
    folds = [one for fold in (0, 1) if _is_shown(one := nearest.replace(fold=fold), found["short"])]
    # Of an hour that comes twice nobody knows which is meant, unless the clock's name is told.
    return folds[0] if len({one.utcoffset() for one in folds}) == 1 else None


def _days(found: re.Match[str], now: datetime) -> list[str]:
    """Return the days that can be meant, as ISO dates."""
    if found["iso"]:
        return [found["iso"]]
    if not found["day"]:
        return [f"{now + timedelta(days=days):%Y-%m-%d}" for days in (-1, 0, 1)]
    years = [int(found["year"])] if found["year"] else [now.year - 1, now.year, now.year + 1]
    return [f"{year:04}-{_MONTHS.index(found['month'][:3]) + 1:02}-{found['day']}" for year in years]


def _on_the_wall(day: str, found: re.Match[str], zone: ZoneInfo) -> datetime | None:
    try:
        there = datetime.fromisoformat(f"{day} {found['hour']}:{found['minute']}").replace(tzinfo=zone)
        return there if there.astimezone(UTC) else None
    except (ValueError, OverflowError):
        return None


def _is_shown(there: datetime, short: str | None) -> bool:
    """Return whether a clock ever showed this, and with this short name of its zone, where one is told."""
    shown = there.astimezone(UTC).astimezone(there.tzinfo)
    return shown.replace(tzinfo=None) == there.replace(tzinfo=None) and short in (None, there.tzname())


@lru_cache(maxsize=500)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
