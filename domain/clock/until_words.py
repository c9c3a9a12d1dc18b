"""Until when something is to last, as people say it: "for 3 hours", "until Monday", "overnight".

A day that is named alone means the midnight that begins it: whoever is to be told again on Monday must not be
left in silence on Monday morning.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from domain.clock.clock_words import clock_in
from domain.clock.wall_clock import local

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = timedelta(days=1)
_MINUTES = {"m": 1, "min": 1, "minute": 1, "h": 60, "hr": 60, "hour": 60, "d": 1440, "day": 1440, "w": 10_080,
            "wk": 10_080, "week": 10_080, "month": 43_200}  # fmt: skip
_COUNTS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
    "eight": 8.0, "ten": 10.0, "twelve": 12.0, "half an": 0.5, "half a": 0.5, "a few": 3.0, 
    "a couple of": 2.0, "a couple": 2.0,
}  # fmt: skip
_COUNT = rf"(?P<count>\d{{1,4}}(?:[.,]\d)?|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_SPAN = rf"{_COUNT}[ -]?(?P<unit>{'|'.join(sorted(_MINUTES, key=len, reverse=True))})s?\b(?! ago)"
_FOR = re.compile(
    rf"(?:\b(?:for|another)|\bnext) (?:the )?(?:next |about |around |at least |another )?{_SPAN}"
)
_ALONE = re.compile(rf"\W*{_SPAN}")
_NEXT = re.compile(r"\bfor the (?:next |coming )(?P<unit>hour|day|week|month)\b")
_UNTIL = re.compile(r"\b(?P<word>until|till|til|up to|through|bis)\b (?P<end>.{1,60})")
_NAMED = re.compile(
    rf"(?:on |the |this |coming |early |late )*(?P<next>next )?"
    rf"(?P<day>tomorrow|{'|'.join(_DAYS)}|(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<number>\d{{1,2}})(?:st|nd|rd|th)?\.? (?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}"
    rf"|(?P<month2>{'|'.join(_MONTHS)})[a-z]{{0,6}} (?P<number2>\d{{1,2}})(?:st|nd|rd|th)?)\b(?P<rest>.*)"
)
_PARTS = {"morning": 8, "noon": 12, "afternoon": 12, "evening": 18, "night": 20}
_PART = re.compile(rf"\W*(?:in the |the |this )?({'|'.join(_PARTS)})\b")
_OVERNIGHT = re.compile(r"\b(?:over ?night|tonight|for the night)\b")
_WEEKEND = re.compile(r"\b(?:(?:for|over|on|during) (?:the|this) (?:whole )?|this )weekend\b")
_TODAY = re.compile(r"\b(?:today|(?:for )?the (?:rest of the )?day|rest of today)\b(?! after)")
_OF_WEEK = re.compile(r"\b(?:for )?(?:the )?rest of the week\b|\bfor this week\b|\bthis week\b")
_ENDS = (
    (re.compile(r"(?:the )?(?:end of (?:the )?(?:day|today)|eod|midnight|tonight)\b"), "day"),
    (re.compile(r"(?:the )?(?:end of (?:the |this )?week|eow|next week|after the weekend|weekend is over)\b"),
     "week"),
    (re.compile(r"(?:the )?(?:end of (?:the |this )?month|eom|next month)\b"), "month"),
)  # fmt: skip
_MORNING = 8


def said_until(text: str, now: datetime, zone: str = "UTC") -> datetime | None:
    """Return when a text says that something is to end, in UTC and after `now`; None where it says none."""
    lowered, here = " ".join(text.lower().split()), local(zone, now)
    try:
        end = _span_in(lowered, now) or _end_in(lowered, here) or _by_the_calendar(lowered, here)
    except (OverflowError, ValueError):
        return None  # a day that no calendar has, such as 31 Feb
    return end.astimezone(UTC) if end is not None and end > now else None


def _span_in(text: str, now: datetime) -> datetime | None:
    found = _FOR.search(text) or _ALONE.match(text)
    if found is not None:
        count = _COUNTS.get(found["count"]) or float(found["count"].replace(",", "."))
        return now + timedelta(minutes=count * _MINUTES[found["unit"]])
    following = _NEXT.search(text)
    return now + timedelta(minutes=_MINUTES[following["unit"]]) if following is not None else None


def _end_in(text: str, here: datetime) -> datetime | None:
    found = _UNTIL.search(text)
    if found is None:
        return None
    for pattern, unit in _ENDS:
        if pattern.match(found["end"]):
            return _next(unit, here)
    named = _NAMED.match(found["end"])
    if named is None:
        return _at(f"until {found['end']}", here.date(), here)
    day = _day(named, here)
    moment = (
        _at(f"at {named['rest'].strip().removeprefix('at ')}", day, here) if named["rest"].strip() else None
    )
    if moment is not None:
        return moment
    return _midnight(day + _DAY if found["word"] == "through" else day, here)


def _at(text: str, day: date, here: datetime) -> datetime | None:
    """Return the moment of a day that a clock or a part of the day names; today's is the next to come."""
    if (part := _PART.match(text.partition(" ")[2])) is not None:
        at = datetime.combine(day, time(_PARTS[part[1]]), here.tzinfo)
        return at if at > here else at + _DAY
    clock = clock_in(text)
    if clock is None or not clock.first:
        return None
    if day != here.date():
        return _midnight(day, here) + timedelta(minutes=clock.first[0])
    moments = (
        _midnight(day + later * _DAY, here) + timedelta(minutes=one)
        for later in (0, 1)
        for one in clock.first
    )
    return min(one for one in moments if one > here)


def _day(named: re.Match[str], here: datetime) -> date:
    if named["iso"]:
        return date.fromisoformat(named["iso"])
    if named["day"] == "tomorrow":
        return here.date() + _DAY
    if named["day"] in _DAYS:
        ahead = (_DAYS.index(named["day"]) - here.weekday()) % 7 or 7
        return here.date() + timedelta(days=ahead)
    month = _MONTHS.index(named["month"] or named["month2"]) + 1
    day = here.date().replace(month=month, day=int(named["number"] or named["number2"]))
    return day if day > here.date() else day.replace(year=day.year + 1)


def _by_the_calendar(text: str, here: datetime) -> datetime | None:
    if _OVERNIGHT.search(text):
        at = datetime.combine(here.date(), time(_MORNING), here.tzinfo)
        return at if at > here else at + _DAY
    if _WEEKEND.search(text) or _OF_WEEK.search(text):
        return _next("week", here)
    return _next("day", here) if _TODAY.search(text) else None


def _next(unit: str, here: datetime) -> datetime:
    """Return the midnight that begins the next day, week or month."""
    if unit == "week":
        return _midnight(here.date() + timedelta(days=7 - here.weekday()), here)
    if unit == "month":
        years, month = divmod(here.month, 12)
        return datetime(here.year + years, month + 1, 1, tzinfo=here.tzinfo)
    return _midnight(here.date() + _DAY, here)


def _midnight(day: date, here: datetime) -> datetime:
    return datetime.combine(day, time(), here.tzinfo)
