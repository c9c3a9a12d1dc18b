"""Days and hours as people say them: "yesterday", "last night", "in the next two hours"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.clock.wall_clock import local

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_NO_VERB = r"(?!(?<=may) (?:be|not|have|still|also|need|fail|come|change|contain|differ)\b)"
"""Behind a month: "what we wait for may be late" speaks of none."""
_DAY_OF_MONTH = rf"\b(on |since |for )?(?:{_NUMBER}\.? {_MONTH}|{_MONTH} {_NUMBER})\b(?!:)"
_UNITS = {
    "minute": 1, "min": 1, "hour": 60, "hr": 60, "h": 60, "day": 1440, "week": 10_080, "month": 43_200,
}  # fmt: skip
_OF_CALENDAR = {"month": 1, "quarter": 3, "year": 12}
"""Months of what is counted by the calendar."""
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "few": 3, "couple of": 2}
_SPAN = rf"(?:(\d{{1,3}}|{'|'.join(_NUMBERS)})\s*)?({'|'.join(_UNITS)})s?\b"
_BACK = re.compile(rf"\b(?:in |over |for )?(?:the )?(?:last|past|previous)\s+{_SPAN}")
_AHEAD = re.compile(rf"\b(?:(?:in|within|over|during)\s+)?(?:the\s+)?(?:next|coming|within)\s+{_SPAN}")
_AGE = re.compile(
    rf"\b(?:(?:older|longer|more) than|for(?: (?:over|at least|more than|longer than))?|over|since)\s+{_SPAN}"
    rf"(?: ago\b| old\b)?"
)
_TO_COME = re.compile(r"\b(?:will|may|might|could|going to|next|coming)\b")
_LATER = re.compile(
    rf"\b(?:the day after )?tomorrow\b|\b(?:(?:this|next|the) )?(?:weekend|{'|'.join(_DAYS)})\b"
)


@dataclass(frozen=True)
class Window:
    """A span of time that was said; `words` tell people which one was understood."""

    since: datetime
    until: datetime
    words: str
    said: str
    """The words of the text that it was read from, in lower case."""


@dataclass(frozen=True)
class Age:
    """How old something has to be that is asked for, as it was said: "older than 2 days"."""

    span: timedelta
    words: str
    said: str


def said_age(text: str) -> Age | None:
    """Return how old a text wants something to be, None when it does not say."""
    found = _AGE.search(text.lower())
    if found is None:
        return None
    count, unit = found.group(1) or "a", found.group(2)
    count = {"one": "a", "an": "a"}.get(count, count)
    full = {"min": "minute", "hr": "hour", "h": "hour"}.get(unit, unit)
    words = f"{'an' if full == 'hour' else 'a'} {full}" if count in ("a", "1") else f"{count} {full}s"
    return Age(_span(found.group(1), unit), words, found.group())


def hours_ahead(text: str) -> timedelta | None:
    """Return how far ahead a text looks, None when it does not say."""
    found = _AHEAD.search(text.lower())
    return _span(found.group(1), found.group(2)) if found else None


def later_day(text: str) -> str:
    """Return the day to come that a text names, beyond what is estimated; empty when it names none."""
    found = _LATER.search(text.lower())
    return found.group() if found else ""


def said_window(text: str, now: datetime, zone: str = "UTC") -> Window | None:
    """Return the past span that a text names, by the wall clock of a zone; None when it names none."""
    lowered, here = text.lower(), local(zone, now)
    for pattern, read in _READERS:
        for found in re.finditer(pattern, lowered):
            try:
                span = read(found, here)
            except (OverflowError, ValueError):
                continue  # at the edge of the calendar, such as 9999-12-31, or beyond: no day that was
            if span is not None:
                since, until, words = span
                return Window(since, min(until, now), words, found.group().strip())
    return None


_Span = tuple[datetime, datetime, str]


def _span(count: str | None, unit: str) -> timedelta:
    number = _NUMBERS.get(count or "one") or int(count or 1)
    return timedelta(minutes=number * _UNITS[unit])


def _days(first: int, after_last: int, words: str) -> Callable[[re.Match[str], datetime], _Span]:
    def read(_: re.Match[str], here: datetime) -> _Span:
        return _midnight(here, first), _midnight(here, after_last), words

    return read


def _midnight(here: datetime, days: int) -> datetime:
    return datetime.combine(here.date() + timedelta(days=days), time(), here.tzinfo)


def _last_night(_: re.Match[str], here: datetime) -> _Span:
    return _midnight(here, 0) - timedelta(hours=6), _midnight(here, 0) + timedelta(hours=8), "last night"


def _back(found: re.Match[str], here: datetime) -> _Span | None:
    if found.group(2) == "week" and not found.group(1):
        monday = -here.weekday() - 7
        return _midnight(here, monday), _midnight(here, monday + 7), "last week"
    span = found.group(1) or ""
    words = f"in the last {span} {found.group(2)}{'s' if found.group(0).endswith('s') else ''}"
    return here - _span(found.group(1), found.group(2)), here, " ".join(words.split())


def _week(_: re.Match[str], here: datetime) -> _Span:
    return _midnight(here, -here.weekday()), here, "this week"


def _weekend(found: re.Match[str], here: datetime) -> _Span | None:
    """Return the last Saturday and Sunday that have begun; none where those to come are meant."""
    if _TO_COME.search(found.string):
        return None
    saturday = -((here.weekday() - _DAYS.index("saturday")) % 7)
    if found.group().startswith("since"):
        return _midnight(here, saturday), here, "since the weekend"
    if "last" in found.group() and saturday > -2:  # said on a weekend
        saturday -= 7
    return _midnight(here, saturday), _midnight(here, saturday + 2), "on the weekend"


def _calendar(found: re.Match[str], here: datetime) -> _Span:
    """Return this or the last whole month, quarter or year."""
    unit = found.group(2)
    months = _OF_CALENDAR[unit]
    first = _first_of_month(here, -((here.month - 1) % months))
    if found.group(1) == "this":
        return first, here, f"this {unit}"
    return _first_of_month(first, -months), first, f"last {unit}"


def _month(found: re.Match[str], here: datetime) -> _Span | None:
    """Return the last month of that name that has begun, or the one of the year that is named."""
    number = _MONTHS.index(found.group(2)[:3]) + 1
    year = int(found.group(3) or here.year)
    first = datetime(year, number, 1, tzinfo=here.tzinfo)
    if first > here and not found.group(3):
        first = first.replace(year=year - 1)
    if first > here:
        return None
    until, since = _first_of_month(first, 1), found.group(1) == "since"
    return first, here if since else until, f"{'since' if since else 'in'} {first:%B %Y}"


def _first_of_month(at: datetime, months: int) -> datetime:
    """Return the midnight that begins the month so many months after a moment's own."""
    years, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return datetime(years, month + 1, 1, tzinfo=at.tzinfo)


def _weekday(found: re.Match[str], here: datetime) -> _Span:
    back = (here.weekday() - _DAYS.index(found.group(2))) % 7 or 7
    first = _midnight(here, -back)
    until = here if found.group(1) == "since " else first + timedelta(days=1)
    return first, until, f"{'since' if found.group(1) == 'since ' else 'on'} {first:%A, %d %b}"


def _date(found: re.Match[str], here: datetime) -> _Span | None:
    try:
        day = date.fromisoformat(found.group(2))
    except ValueError:
        return None
    first = datetime.combine(day, time(), here.tzinfo)
    until = here if found.group(1) == "since " else first + timedelta(days=1)
    return first, until, f"{'since' if found.group(1) == 'since ' else 'on'} {first:%d %b %Y}"


def _day_of_month(found: re.Match[str], here: datetime) -> _Span | None:
    """Return the last such day of a month that has begun."""
    number, month = found.group(2) or found.group(5), found.group(3) or found.group(4)
    if month == "may" and not found.group(1):  # "step 3 may fail" names no day
        return None
    for year in (here.year, here.year - 1):
        try:
            first = datetime(year, _MONTHS.index(month[:3]) + 1, int(number), tzinfo=here.tzinfo)
        except ValueError:
            continue
        if first <= here:
            until = here if found.group(1) == "since " else first + timedelta(days=1)
            return first, until, f"{'since' if found.group(1) == 'since ' else 'on'} {first:%d %b %Y}"
    return None


def _ago(found: re.Match[str], here: datetime) -> _Span:
    first = -int(_span(found.group(1), "day").days)
    return _midnight(here, first), _midnight(here, first + 1), f"on {_midnight(here, first):%A, %d %b}"


_READERS: tuple[tuple[str, Callable[[re.Match[str], datetime], _Span | None]], ...] = (
    (r"\b(?:last night|over ?night)\b", _last_night),
    (r"\b(?:the )?day before yesterday\b|\bvorgestern\b", _days(-2, -1, "the day before yesterday")),
    (r"\bsince (?:yesterday|gestern)\b", _days(-1, 1, "since yesterday")),
    (r"\b(?:yesterday|gestern)\b", _days(-1, 0, "yesterday")),
    (r"\b(?:today|this morning|this afternoon|this evening|tonight|heute)\b", _days(0, 1, "today")),
    (r"\bthis week\b", _week),
    (r"\b(?:on|at|over|during|last|since) (?:the |last )?weekend\b", _weekend),
    (rf"\b(this|last|previous) ({'|'.join(_OF_CALENDAR)})\b(?! (?:of an )?hour\b)", _calendar),
    (r"\b(\d{1,2}|two|three|four|six) days? ago\b", _ago),
    (_BACK.pattern, _back),
    (rf"\b(on |last |since )?({'|'.join(_DAYS)})\b", _weekday),
    (r"\b(on |since |for )?(\d{4}-\d{2}-\d{2})\b", _date),
    (_DAY_OF_MONTH, _day_of_month),
    (rf"\b(in|during|since|for) {_MONTH}(?: (20\d\d))?\b(?! \d)(?!:){_NO_VERB}", _month),
)
