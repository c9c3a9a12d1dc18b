"""Times of day as people write them: "at 3", "3:30 pm", "between 02:00 and 03:00", "since noon"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_NOON = 720
_WORDS = {"noon": _NOON, "midday": _NOON, "midnight": 0}
_CLOCK = (
    r"(?:(?P<h{0}>\d{{1,2}})(?:[:h](?P<m{0}>[0-5]\d)(?::[0-5]\d)?)?\s*(?P<x{0}>[ap]\.?m\b\.?|uhr\b|o'clock\b)?"
    r"|(?P<w{0}>noon|midday|midnight))"
)
_EDGE, _END = r"(?<![\w.:/+#-])", r"(?![\w:/%-]|\.\d)"
_LEAD = (
    r"(?P<lead>(?:just |shortly )?(?:at|around|about|near|by|um|gegen|since|seit|after|nach|from|before|until"
    r"|till|vor|bis)\s+(?:about |around )?|@\s*)"
)
_MOMENT = re.compile(rf"{_EDGE}{_LEAD}?{_CLOCK.format(1)}{_END}")
_RANGE = re.compile(
    rf"{_EDGE}(?P<lead>(?:between|from|zwischen|von)\s+)?{_CLOCK.format(1)}"
    rf"\s*(?:and|to|until|till|und|bis|-|\u2013|\u2014)\s*{_CLOCK.format(2)}{_END}"
)
_OPEN = re.compile(r"\b(?:since|seit|after|nach|from)\b")
_CLOSED = re.compile(r"\b(?:before|until|till|vor|bis)\b")
_FOLLOWS = re.compile(
    r"\s*(?:$|[?!.,;)]|(?:in the|yesterday|today|this|on|last|the day|sharp|utc|gmt|(?:mon|tues?|wed(?:nes)?"
    r"|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|gestern|heute|exactly|or so|already)(?!\w)|[a-z]+/[a-z])"
)
"""What may come after a bare number that is an hour: "at 3 of 5 nodes" is none."""
_GOES_ON = re.compile(r"\s*(?:was|were|is|did|does|had|has)\b")
"""What may come after a span of them besides: "from 10 to 20 percent" is none."""
_CHANGES = re.compile(
    r"\b(?:(?:scal|chang|increas|decreas|rais|reduc)\w+ +(?:\S+ +){0,2}"
    r"|(?:went|grew|rose|fell|dropped|jumped) +)$"
)
_MEASURES = re.compile(
    r"\b(?:cpu|memory|disk|usage|load|score|quality|rate|level|count|queue|backlog|lag|stuck|capped"
    r"|limited) +$"
)
_BY_SO_MUCH = re.compile(r"\b(?:down|up|off|behind|slow(?:er)?|late) +$")


class Reach(StrEnum):
    """Whether a time of day is a moment, a span, or one end of a span."""

    MOMENT = "moment"
    SPAN = "span"
    SINCE = "since"
    UNTIL = "until"


@dataclass(frozen=True)
class Clock:
    """What a text says of a time of day.

    Args:
        first: Minutes of the day that it can mean, as people here write it first: "at 3" is 03:00 or 15:00.
        last: The same of a span's end; empty without one.
        said: The words.
    """

    reach: Reach
    first: tuple[int, ...]
    last: tuple[int, ...]
    said: str


def clock_in(text: str) -> Clock | None:
    """Return the time of day that a text in lower case names, None when it names none."""
    for found in _RANGE.finditer(text):
        marks = found["x1"] or found["x2"] or ""
        first = _minutes(found, 1, found["x1"] or (marks if "m" in marks else ""))
        last = _minutes(found, 2, found["x2"])
        is_marked = all(found[f"m{n}"] or found[f"w{n}"] for n in (1, 2)) or found["x2"]
        after = text[found.end() :]
        is_led = found["lead"] and (_FOLLOWS.match(after) or _GOES_ON.match(after))
        if first and last and (is_marked or (is_led and not _is_of_a_count(text, found))):
            # "11 to 1 am" begins before midnight: what the end says of its half holds where both fit.
            first = first if found["x1"] or not marks or _fits(first, last) else _minutes(found, 1, "")
            return Clock(Reach.SPAN, first, last, found.group())
    for found in _MOMENT.finditer(text):
        minutes = _minutes(found, 1, found["x1"])
        is_marked = found["m1"] or found["x1"] or found["w1"]
        follows = found["lead"] and _FOLLOWS.match(text[found.end() :])
        if minutes and (is_marked or (follows and not _is_of_a_count(text, found))):
            return Clock(_reach(found["lead"] or ""), minutes, (), found.group())
    return None


def _reach(lead: str) -> Reach:
    if _OPEN.search(lead) and "shortly" not in lead and "just" not in lead:
        return Reach.SINCE
    return Reach.UNTIL if _CLOSED.search(lead) else Reach.MOMENT


def _is_of_a_count(text: str, found: re.Match[str]) -> bool:
    """Return whether bare numbers count something: "scaled from 2 to 3", "the cpu at 12", "down by 5"."""
    lead, before = found["lead"].split()[0], text[: found.start()]
    figures = {"at": _MEASURES, "@": _MEASURES, "by": _BY_SO_MUCH}.get(lead, _CHANGES)
    return figures.search(before) is not None


def _fits(first: Sequence[int], last: Sequence[int]) -> bool:
    return min(first) < min(last)


def _minutes(found: re.Match[str], number: int, mark: str | None) -> tuple[int, ...]:
    """Return what a written time can mean; empty when it is none, such as 25:00."""
    if word := found[f"w{number}"]:
        return (_WORDS[word],)
    hour, minute = int(found[f"h{number}"]), int(found[f"m{number}"] or 0)
    if hour > 24 or (hour == 24 and minute):
        return ()
    mark = (mark or "").replace(".", "")
    if mark in ("am", "pm"):
        if not 1 <= hour <= 12:
            return ()
        return (hour % 12 * 60 + minute + (_NOON if mark == "pm" else 0),)
    plain = hour * 60 + minute
    is_sure = found[f"h{number}"].startswith("0") or not 1 <= hour < 12 or mark == "uhr"
    return (plain,) if is_sure else (plain, plain + _NOON)
