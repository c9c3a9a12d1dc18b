"""Find the one strptime pattern that all values of a column follow, and prove the order of day and month."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from config_gen.types.impossible_days import no_such_day
from config_gen.types.moments import ZONE_NAMES, zone_of
from config_gen.types.months import MONTH_WORDS, SHORT_MONTH_WORDS
from domain.configuration.profiles import ColumnType

_SHORT_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
_LONG_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_PARTS = {
    "%Y": r"(?:1[5-9]\d\d|20\d\d|21\d\d|9999)",
    "%y": r"\d\d",
    "%m": r"(?:0?[1-9]|1[0-2])",
    "%d": r"(?:0?[1-9]|[12]\d|3[01])",
    "%H": r"(?:[01]?\d|2[0-4])",
    "%I": r"(?:0?[1-9]|1[0-2])",
    "%M": r"[0-5]\d",
    "%S": r"(?:[0-5]\d|60)",
    "%f": r"\d{1,9}",
    "%p": r"[AaPp]\.?[Mm]\.?",
    "%b": rf"(?:{_SHORT_MONTHS}|(?:{SHORT_MONTH_WORDS})\.?)",
    "%B": rf"(?:{_LONG_MONTHS}|{MONTH_WORDS})",
    "%z": r"(?:Z|[+-]\d\d:?\d\d(?::?\d\d)?|[+-]\d\d)",
    "%A": r"(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    "%a": r"(?:mon|tue|wed|thu|fri|sat|sun)",
    "%Z": ZONE_NAMES,
    "%j": r"(?:[0-2]\d\d|3[0-6]\d)",
}
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%y-%m-%d",
    "%y/%m/%d",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %b %y",
    "%d/%b/%Y",
    "%d/%b/%y",
    "%d.%b.%Y",
    "%d%b%Y",
    "%d%b%y",
    "%d. %B %Y",
    "%d. %b %Y",
    "%d de %B de %Y",
    "%d de %b de %Y",
    "%d %B, %Y",
    "%d.%m. %Y",
    "%d. %m. %Y",
    "%Y. %m. %d.",
    "%Y.%m.%d.",
    "%Y年%m月%d日",
    "%Y년 %m월 %d일",
    "%b %d, %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d-%B-%Y",
    "%Y-%b-%d",
    "%Y %b %d",
    "%A, %B %d, %Y",
    "%a, %d %b %Y",
    "%a %d %b %Y",
    "%Y %m %d",
    "%d %m %Y",
    "%b-%d-%Y",
)
_TIMES = (
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%H:%M",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%I:%M%p",
    "%I:%M:%S%p",
    "%H:%M:%S,%f",
    "%H.%M.%S",
    "%H:%M:%S:%f",
    "%Hh%M",
    "%H.%M.%S.%f",
    "%I.%M.%S.%f %p",
    "%I.%M.%S %p",
    "%H时%M分%S秒",
)
_JOINS = ("T", " ", ", ", "_", "  ", "-", ":", " at ")
_ZONES = ("", "%z", " %z", " %Z")
_NAMED_ZONES = ("[%Z]", "%z[%Z]", " [%Z]")
_LONGEST = 64
_COMPACT = {
    8: ("%Y%m%d",),
    14: ("%Y%m%d%H%M%S",),
    15: ("%Y%m%dT%H%M%S", "%Y%m%d %H%M%S"),
    13: ("%Y%m%dT%H%M", "%Y%m%d %H%M"),
    16: ("%Y%m%dT%H%M%SZ",),
    12: ("%Y%m%d%H%M",),
}
_PATTERNS_TRIED = 12
_FIRST_LOOK, _HOPELESS = 2000, 0.9
_LOOSE_CLOCK = ("%H%M%S", "%H%M")


@dataclass(frozen=True)
class TemporalReading:
    """The pattern found; `rival` is the other order of day and month where no value decides."""

    type: ColumnType
    format: str
    agree: int
    rival: str | None = None
    proof: str | None = None
    zone: str | None = None
    compact: bool = False


@lru_cache(maxsize=4096)
def form_of(pattern: str) -> re.Pattern[str]:
    """Return what matches texts written in a strptime pattern."""
    parts = re.split(r"(%[A-Za-z])", pattern)
    form = "".join(_PARTS.get(part, re.escape(part)) for part in parts) + "$"
    return re.compile(no_such_day(pattern, _PARTS) + form, re.IGNORECASE)


_WHOLE = (
    (ColumnType.DATETIME, "%a %b %d %H:%M:%S %Y"),
    (ColumnType.DATETIME, "%a %b %d %H:%M:%S %z %Y"),
    (ColumnType.DATETIME, "%a %b %d %H:%M:%S %Z %Y"),
    (ColumnType.DATETIME, "%d/%b/%Y:%H:%M:%S %z"),
    *(
        (ColumnType.YEARMONTH, form)
        for form in ("%Y-%m", "%Y/%m", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%m/%Y", "%m-%Y")
    ),
)
_LATE_HOUR = re.compile(r"(?:2[4-9]|[34]\d)[:.h]\d\d")
_ISO_DAY = no_such_day("%Y-%m-%d", _PARTS) + r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
ISO = {
    ColumnType.DATE: re.compile(_ISO_DAY + "$"),
    # A service day may end after midnight: 26:10 is a time of it, 58:38 is a length.
    ColumnType.TIME: re.compile(r"[0-4]?\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?$"),
    ColumnType.DATETIME: re.compile(_ISO_DAY + r"[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?$"),
}


@lru_cache(maxsize=4096)
def _patterns_for(example: str) -> tuple[tuple[ColumnType, str], ...]:
    """Return every pattern that the example follows, the most usual first."""
    fits = [(kind, pattern) for kind, pattern in _WHOLE if form_of(pattern).match(example)]
    for pattern in _COMPACT.get(len(example), ()):
        if form_of(pattern).match(example):
            fits.append((ColumnType.DATE if pattern == "%Y%m%d" else ColumnType.DATETIME, pattern))
    for date in (*_DATES, "%Y%m%d"):
        found = _prefix(date).match(example)
        if found is None:
            continue
        rest = example[found.end() :]
        if not rest:
            fits += [(ColumnType.DATE, date)] if date in _DATES else []
            continue
        zones = _ZONES[1:3] if date in _DATES else ()
        fits += [(ColumnType.DATE, date + zone) for zone in zones if form_of(zone).match(rest)]
        for join in _JOINS:
            if rest.startswith(join):
                loose = _LOOSE_CLOCK if date in _DATES else ()
                clocks = _clock_patterns(rest[len(join) :], (*_TIMES, *loose))
                fits += [(ColumnType.DATETIME, date + join + clock) for clock in clocks]
    fits += [(ColumnType.TIME, clock) for clock in _clock_patterns(example, _TIMES)]
    fits += [
        (ColumnType.TIME, clock + " %z") for clock in _LOOSE_CLOCK if form_of(clock + " %z").match(example)
    ]
    return tuple(fits)


def _clock_patterns(text: str, clocks: tuple[str, ...]) -> list[str]:
    zones = (*_ZONES, *_NAMED_ZONES) if "[" in text else _ZONES
    return [clock + zone for clock in clocks for zone in zones if form_of(clock + zone).match(text)]


@lru_cache(maxsize=512)
def _prefix(pattern: str) -> re.Pattern[str]:
    return re.compile(form_of(pattern).pattern[:-1] + r"(?!\d)", re.IGNORECASE)


_MAYBE = re.compile(
    r"[^\W_]{1,12}[-/.: ,T年년]|\d{8}(?!\d)|\d{14}$|\d{8}[T ]|\d{8}-|\d{12}$|\d{1,2}[A-Za-z]{3}\d{2}"
)


def read_temporal(values: Mapping[str, int]) -> TemporalReading | None:
    """Return the pattern that most values follow, or None when no value looks like a date or time.

    Args:
        values: Distinct non-null values with how often each occurs.
    """
    sample = list(values)[:40]
    if not sample or sum(1 for value in sample if len(value) <= _LONGEST and _MAYBE.match(value)) < 0.5 * len(
        sample
    ):
        return None
    wanted: dict[tuple[ColumnType, str], int] = {}
    for value in sample:
        for found in _patterns_for(value):
            wanted[found] = wanted.get(found, 0) + 1
    if not wanted:
        return None
    likely = [found for found, _ in sorted(wanted.items(), key=lambda entry: -entry[1])[:_PATTERNS_TRIED]]
    if len(values) > _FIRST_LOOK:  # a first look at part of a long column leaves few patterns to count
        part = dict(islice(values.items(), _FIRST_LOOK))
        first = {found: _agreement(found[1], part) for found in likely}
        likely = [found for found in likely if first[found] >= _HOPELESS * max(first.values())]
    scored = [(_agreement(pattern, values), kind, pattern) for kind, pattern in likely]
    best = max(agree for agree, _, _ in scored)
    tied = [(kind, pattern) for agree, kind, pattern in scored if agree == best]
    kind, pattern = tied[0]
    iso = (0, "")
    # strptime reads no offset of whole hours, as PostgreSQL writes them; ISO does.
    bare = "%z" in pattern and any(re.search(r":\d\d[\d.]*[+-]\d\d$", value) for value in sample)
    if bare or best < sum(values.values()):
        iso = max((_agreement_of(form, values), str(kind)) for kind, form in ISO.items())
    if iso[0] > best or (bare and iso[0] == best):
        return TemporalReading(ColumnType(iso[1]), "iso", iso[0], zone=zone_of(values))
    rival = next((other for _, other in tied[1:] if _swapped(pattern) == other), None)
    return TemporalReading(
        kind,
        pattern,
        best,
        rival=rival,
        proof=_proof(pattern, values) if rival is None else None,
        zone=zone_of(values),
        compact=pattern in ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M"),
    )


def ends_after_midnight(values: Iterable[str]) -> bool:
    """Tell whether hours go beyond those of a clock, as those of a day that ends after midnight do."""
    return any(_LATE_HOUR.match(value) for value in values)


def _agreement(pattern: str, values: Mapping[str, int]) -> int:
    return _agreement_of(form_of(pattern), values)


def _agreement_of(form: re.Pattern[str], values: Mapping[str, int]) -> int:
    match = form.match
    return sum(times for value, times in values.items() if match(value))


def _swapped(pattern: str) -> str:
    return pattern.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _proof(pattern: str, values: Mapping[str, int]) -> str | None:
    """Return a value that the swapped order of day and month could not read."""
    if not re.match(r"%[md][-/.]%[md]", pattern):
        return None
    other = form_of(_swapped(pattern)).match
    return next((value for value in values if not other(value)), None)
