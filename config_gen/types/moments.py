"""Read moments where strptime gives up: nanoseconds, a.m., names of zones, counted seconds."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config_gen.types.months import in_english

EPOCHS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
"""Formats of moments that are counted from 1970, with how many make a second."""
ABBREVIATIONS = {
    "UTC": 0,
    "GMT": 0,
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "BST": 1,
    "JST": 9,
}
REGION_ZONES = (
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US)"
    r"/[A-Za-z][A-Za-z_/+-]{1,40}\d{0,2}"
)
ZONE_NAMES = rf"(?:{'|'.join(ABBREVIATIONS)}|{REGION_ZONES})"
_ZONE_NAME = re.compile(rf"\b{ZONE_NAMES}", re.IGNORECASE)
_HALF_DAY = re.compile(r"\b([ap])\.?m\.?(?!\w)|(?<=\d)([ap])\.?m\.?(?!\w)", re.IGNORECASE)
_FINEST = re.compile(r"([.,:]\d{6})\d{1,3}(?!\d)")

_PARTS = re.compile(r"%.|.", re.DOTALL)
_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
"""Parts of moments that are digits of one length, from the greatest to the least."""


def as_strptime_reads(text: str, pattern: str) -> str:
    """Return the text in the words and digits that strptime knows for the pattern."""
    if "%B" in pattern or "%b" in pattern:
        text = in_english(text, short="%b" in pattern)
    if "%p" in pattern:
        text = _HALF_DAY.sub(lambda found: f"{found[1] or found[2]}m", text)
    return _FINEST.sub(r"\1", text) if "%f" in pattern else text


def in_named_zone(text: str, pattern: str) -> datetime:
    """Return the moment, also where a zone's name tells its offset.

    Raises:
        ValueError: The text does not follow the pattern, or nobody knows the zone.
    """
    if "%Z" not in pattern:
        return datetime.strptime(text, pattern)  # noqa: DTZ007  what has no offset gets the column's zone
    named = _ZONE_NAME.search(text)
    if named is None:
        raise ValueError(text)
    rest = f"{text[: named.start()]}{text[named.end() :]}".strip()
    moment = datetime.strptime(rest, pattern.replace("%Z", "", 1).strip())  # noqa: DTZ007  the name tells it
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_zone(named.group()))


def in_order(pattern: str, values: Sequence[str]) -> Callable[[str], str] | None:
    """Return what turns moments into texts that sort as they do, or None where digits alone do not tell.

    Reading hundreds of columns of days one by one takes seconds; their digits in another order take none.
    """
    places: dict[str, slice] = {}
    at = 0
    for part in _PARTS.findall(pattern):
        width = _WIDTHS.get(part, 0 if part[0] == "%" else 1)
        if not width or part in places:
            return None
        if part[0] == "%":
            places[part] = slice(at, at + width)
        at += width
    told = [places[part] for part in _WIDTHS if part in places]
    if "%Y" not in places or any(len(value) != at for value in values):
        return None
    if not all(value[place].isdecimal() for value in values for place in told):
        return None
    return lambda value: "".join([value[place] for place in told])


def since_1970(text: str, form: str) -> datetime:
    """Return the moment that so many seconds, or parts of them, after 1970 began; raises `ValueError`."""
    try:
        # In whole microseconds: a float of seconds would round the last of them.
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=int(text) * 1_000_000 // EPOCHS[form]
        )
    except OverflowError as error:
        raise ValueError(text) from error


def _zone(name: str) -> tzinfo:
    hours = ABBREVIATIONS.get(name.upper())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(name) from error


# An offset stands behind a clock: the end of 03-14-2021 is none.
_ZONE_AFTER = re.compile(
    rf"(?:(?<=[\d \[])(Z|UTC|GMT|{REGION_ZONES})\]?"
    r"|(?::\d\d|[T ]\d{4,6})[\d.,]* ?([+-]\d\d(?::?\d\d)?))$"
)
_UTC = frozenset(("Z", "UTC", "GMT", "+00:00", "+0000", "+00"))


def zone_of(values: Mapping[str, int]) -> str | None:
    """Return the zone or offset that all values name, `mixed offsets` for several, None for none."""
    zones = {found[1] or found[2] for value in list(values)[:500] if (found := _ZONE_AFTER.search(value))}
    if not zones or zones <= _UTC:
        return "UTC" if zones else None
    return zones.pop() if len(zones) == 1 else "mixed offsets"
