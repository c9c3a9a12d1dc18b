"""Read moments as systems write them: ISO, epochs, `14.11.2026 06:30`, `2026-11-14 06:30:05 UTC`.

`03/04/2026` is the third of April here and the fourth of March there: read only where its file says which.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = re.compile(r"\d{9,13}(\.\d+)?|\d{16}|\d{19}")
_FINER = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From which number on it counts so many parts of a second."""
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
_DOTTED = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}),? {_CLOCK}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})/(\d{{1,2}})/(\d{{1,2}}) {_CLOCK}")
_SLASHED = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),? {_CLOCK}(?: ?([AaPp])\.?[Mm]\.?)?")
_SLASHED_DAY = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/\d{4}(?![\d/])")
_SLASHED_MOMENT = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/\d{4},? \d{1,2}:\d{2}")
_ZONES = {"UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00"}
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}")
_LAST_MONTH = 12
_COMPACT = re.compile(r"\d{14}")
_BLANKS = frozenset({"", "-", "--", "null", "(null)", "none", "nan", "nat", "n/a", "\\n"})
"""How exports write that a cell is empty."""
MAY_BE_TWO_DAYS = "it may be two days"


class DayOrder(StrEnum):
    """Which comes first where a date is written with slashes."""

    DAY = "day first"
    MONTH = "month first"


def moment_of(written: str) -> datetime:
    """Return a moment, without a zone where none is written. Raises `ValueError`."""
    written = written.strip()
    if written[4:5] != "-" and _EPOCH.fullmatch(written):
        return of_epoch(float(written))
    if _COMPACT.fullmatch(written):
        return datetime.fromisoformat(f"{written[:8]}T{written[8:]}")
    if found := _DOTTED.fullmatch(written):
        day, month, year, *clock = found.groups()
        return _composed(year, month, day, clock)
    if found := _YEAR_FIRST.fullmatch(written):
        year, month, day, *clock = found.groups()
        return _composed(year, month, day, clock)
    if _SLASHED_DAY.match(written):
        raise ValueError(f"{MAY_BE_TWO_DAYS}; write it as 2026-11-14T06:30:00Z")
    moment, _, zone = written.rpartition(" ")
    if moment and (zone.upper() in _ZONES or _OFFSET.fullmatch(zone)):
        written = moment + _ZONES.get(zone.upper(), zone)
    elif moment and "/" in zone:
        return _in_zone(moment, zone)
    return datetime.fromisoformat(written)


def _in_zone(moment: str, zone: str) -> datetime:
    """Return a moment by the clock of a place, as `Europe/Berlin` is one, unless it has an offset of its own.
    Raises `ValueError`."""
    try:
        place, told = ZoneInfo(zone), datetime.fromisoformat(moment)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{zone} is no zone") from error
    return told if told.tzinfo else told.replace(tzinfo=place)


def of_epoch(number: float) -> datetime:
    """Return the moment of so many seconds, or thousandths, millionths, billionths of one, since 1970."""
    finer = next((by for least, by in _FINER if number > least), 1.0)
    return datetime.fromtimestamp(number / finer, UTC)


def is_blank(told: object) -> bool:
    """Return whether a cell is empty, or says so in words."""
    return isinstance(told, str) and told.strip().casefold() in _BLANKS


def in_utc(moment: datetime, zone: tzinfo = UTC) -> datetime:
    """Return a moment in UTC; one without a zone is by the clock of the given one."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def order_of(texts: Iterable[str]) -> DayOrder | None:
    """Return how moments with slashes are written in these texts, by those that can be only one day.

    None where there is none, or where they contradict each other.
    """
    orders: set[DayOrder] = set()
    for told in texts:
        for found in _SLASHED_MOMENT.finditer(told):
            first, second = int(found[1]), int(found[2])
            if first > _LAST_MONTH >= second:
                orders.add(DayOrder.DAY)
            elif second > _LAST_MONTH >= first:
                orders.add(DayOrder.MONTH)
        if len(orders) > 1:
            return None
    return next(iter(orders), None)


def names_no_zone(told: object) -> bool:
    """Return whether what a sender tells is a moment by a clock that it does not name."""
    try:
        moment = moment_of(told) if isinstance(told, str) else told
    except (ValueError, OverflowError, OSError):
        return False
    return isinstance(moment, datetime) and moment.tzinfo is None


def has_slashes(text: str) -> bool:
    """Return whether a date in a text may be written with slashes and its day or month first."""
    return _SLASHED_DAY.search(text) is not None


def unslashed(written: str, order: DayOrder) -> str:
    """Return a moment that is written with slashes as ISO writes it, and everything else as it is."""
    found = _SLASHED.fullmatch(written.strip())
    if found is None:
        return written
    first, second, year, hour, *rest, half = found.groups()
    day, month = (first, second) if order is DayOrder.DAY else (second, first)
    if half:
        hour = str(int(hour) % 12 + (12 if half in "pP" else 0))
    try:
        return _composed(year, month, day, [hour, *rest]).isoformat()
    except ValueError:
        return written


def _composed(year: str, month: str, day: str, clock: list[str]) -> datetime:
    hour, minute, second = clock
    return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001  whoever asks knows the zone
