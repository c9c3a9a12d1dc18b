"""The span to come in which feeds are due: tonight, on Friday, for the rest of the month."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.clock.day_words import Window, hours_ahead
from domain.clock.wall_clock import local
from domain.counting import lasting


@dataclass(frozen=True)
class Ahead:
    """A span to come in which feeds are due, with the words for it."""

    since: datetime
    until: datetime
    words: str


DUE = r"due(?! to (?!(?:arrive|come|run|load|start|finish|end|land|be)\b))"
"""Not what fails "due to" something, but what is "due to arrive"."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = "|".join(_DAYS)
_LATER = (
    rf"(?:tonight|tomorrow|next|later|soon|this (?:week|month|quarter|weekend)|(?:on|this|by) (?:{_DAY}))"
)
_DUE = re.compile(
    rf"\b(?:{DUE}|expected|scheduled|upcoming|coming (?:up|in|next|today|tonight|tomorrow)|to (?:run"
    r"|come|arrive))\b|"
    rf"\b(?:runs?|comes?|arrives?|starts?|loads?)\b.*\b{_LATER}\b|"
    r"\b(?:run|come|arrive|load|start)s? today\b|^(?:what|which feed)(?:'s| is)? next\b"
)
_WHEN = re.compile(r"\b(?:today|tonight|overnight|tomorrow|next|soon|upcoming|due|in \d+)\b")
_BEFORE = re.compile(r"\b(?:did|was|were|has|have|had|overdue|ran|last|since)\b")
_TOLD_OF = re.compile(
    r"\b(?:fail\w*|finished|arrived|came|loaded|broke\w*|completed|succeeded|landed|delivered|started|ended|went"
    r"|missed|missing|crash\w*|stopped|delayed|late|slow\w*|stuck|behind|trouble|wrong"
    r"|(?:which|how many|any|all|the|of) runs)\b"
)
"""What was, or how it goes: a week, a month or a day that is named beside it is that of its runs."""
_MAY_COME = re.compile(rf"today|this (?:week|month|quarter)|(?:(?:on|this|by) )?(?:the )?(?:weekend|{_DAY})")
_A_FEW_HOURS = timedelta(hours=6)
_WEEKEND = 5
_MONTHS = {"month": 1, "quarter": 3}


def may_be_to_come(window: Window) -> bool:
    """Return whether the words of a span that is past in part or as a whole may mean one to come."""
    return bool(_MAY_COME.fullmatch(window.said)) or window.words.partition(" (")[0] == "today"


def names_a_time(said: str) -> bool:
    """Return whether a text says when something to come is."""
    return bool(_WHEN.search(said))


def due_in(said: str, now: datetime, zone: str) -> Ahead | None:
    """Return the span to come in which a text asks what is due, None where it asks no such thing."""
    if not _DUE.search(said) or _BEFORE.search(said):
        return None
    here, day = local(zone, now), timedelta(days=1)
    ahead, midnight = hours_ahead(said), datetime.combine(here.date(), time(), here.tzinfo)
    if ahead is not None:
        return Ahead(now, now + ahead, f"in the next {lasting(ahead.total_seconds() / 60)}")
    if "tomorrow" in said:
        return Ahead(midnight + day, midnight + 2 * day, "tomorrow")
    if "tonight" in said or "overnight" in said:
        return Ahead(now, midnight + day + timedelta(hours=8), "until tomorrow morning")
    if "today" in said:
        return Ahead(now, midnight + day, "today")
    if (span := _of_calendar(said, now, midnight)) is not None:
        return None if _TOLD_OF.search(said) else span
    return Ahead(now, now + _A_FEW_HOURS, f"in the next {lasting(_A_FEW_HOURS.total_seconds() / 60)}")


def _of_calendar(said: str, now: datetime, midnight: datetime) -> Ahead | None:
    """Return the rest of this week, month or quarter, the weekend, or the next day of a name."""
    today = midnight.weekday()
    if re.search(r"\bweekend\b", said):
        begins = midnight + timedelta(days=max(_WEEKEND - today, 0))
        return Ahead(max(begins, now), midnight + timedelta(days=7 - today), "on the weekend")
    if re.search(r"\bthis week\b", said):
        return Ahead(now, midnight + timedelta(days=7 - today), "this week")
    if found := re.search(r"\bthis (month|quarter)\b", said):
        months = _MONTHS[found[1]]
        after = midnight.month - (midnight.month - 1) % months + months
        until = midnight.replace(year=midnight.year + (after - 1) // 12, month=(after - 1) % 12 + 1, day=1)
        return Ahead(now, until, f"this {found[1]}")
    if found := re.search(rf"\b(?:on|this|by) ({_DAY})\b", said):
        day = midnight + timedelta(days=(_DAYS.index(found[1]) - today) % 7)
        begins = now if said[found.start() : found.start() + 2] == "by" else max(day, now)
        by = "by" if begins == now and found[0].startswith("by") else "on"
        return Ahead(begins, day + timedelta(days=1), f"{by} {day:%A, %d %b}")
    return None
