"""By which clock the days of a question are meant. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.named_feeds import without_names
from domain.clock.clock_words import Reach, clock_in
from domain.clock.day_words import Window, said_window
from domain.clock.hour_words import past_time
from domain.clock.wall_clock import local, moment_in, span_in

_A_PART = re.compile(r"\b(?:morning|forenoon|afternoon|evening)\b")
_OVER = re.compile(
    r"\b(?:fail(?:ed|ures?)|happen(?:ed)?|finish(?:ed)?|ended|ran|came|arriv(?:ed|e)|broke|load(?:ed)?|crash(?:ed)?|chang\w+"
    r"|did|was|were|had|went|start(?:ed)?|late|rows|alerts?|incidents?|wrong|trouble)\b"
)
"""Speaks of what was: a time of day that is named beside it is over."""
_TO_COME = re.compile(r"\b(?:due|will|deadlines?|schedul\w+|usually|normally|should|next|by)\b")


@dataclass(frozen=True)
class AskedDays:
    """By which clock days are meant: that of the feeds that are named, else the house's own.

    `resources` are the other names of the house that a question may say.
    """

    now: datetime
    home: str
    zone_of: Callable[[str], str]
    resources: frozenset[str] = frozenset()

    def window(self, said: str, feeds: Sequence[str]) -> Window | None:
        """Return the past span that a text names; its words name the zone where that is not UTC."""
        said = without_names(said.lower(), feeds)  # a feed may be called "last month sales"
        is_of_hours = _names_hours(said)
        if not is_of_hours and said_window(said, self.now) is None:
            return None
        zones = {self.zone_of(feed) or self.home for feed in feeds}
        zone = zones.pop() if len(zones) == 1 else self.home
        found = said_window(said, self.now, zone)
        if is_of_hours and (hours := _hours_in(said, found, self.now, zone)) is not None:
            return hours
        return found if found is None or zone == "UTC" else replace(found, words=f"{found.words} ({zone})")


def _names_hours(said: str) -> bool:
    if _A_PART.search(said):
        return True
    return bool(_OVER.search(said)) and not _TO_COME.search(said) and clock_in(said) is not None


def _hours_in(said: str, day: Window | None, now: datetime, zone: str) -> Window | None:
    """Return the hours that a text names, of a day or since one; None where its days say all of it."""
    clock = clock_in(said)
    if day is not None and day.words.startswith("since ") and clock is not None:
        since = day.since + timedelta(minutes=clock.first[0])
        together = _together(said, (day.said, clock.said))
        is_one = clock.reach is Reach.MOMENT and together and local(zone, since).date() == day.since.date()
        return Window(since, now, f"since {moment_in(zone, since, now)}", together) if is_one else None
    found = past_time(said, now, zone)
    together = _together(said, found.said) if found is not None else ""
    if found is None or not together or (clock is None and not _A_PART.search(together)):
        return None
    words = found.words
    if clock is None:
        words = together if together.startswith(("this", "yesterday")) else f"from {words}"
    elif clock.reach is Reach.UNTIL:
        here = local(zone, found.until)
        since = datetime.combine(here.date(), time(), here.tzinfo)
        return Window(since, found.until, f"from {span_in(zone, since, found.until, now)}", together)
    elif found.at != found.since:
        words = f"around {words}"
    elif not words.startswith("since"):
        words = f"from {words}"
    return Window(found.since, found.until, words, together)


def _together(said: str, parts: Sequence[str]) -> str:
    """Return the words of a text that a time was read from, where they stand side by side; else nothing."""
    places = sorted({(at, at + len(part.strip())) for part in parts if (at := said.find(part.strip())) >= 0})
    if not places:
        return ""
    begin, end = places[0][0], max(last for _, last in places)
    whole, left = said[begin:end], said[begin:end]
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part.strip(), " ")
    return whole if not left.strip(" ,") else ""


def only_day(window: Window) -> str:
    """Return the day that a span is, as 2026-10-01; empty for a longer one, a part of a day and today."""
    length = window.until - window.since
    is_day = timedelta(hours=22) < length < timedelta(hours=26)
    # At noon it is the same day in every zone that the span may begin in, but for those at the date line.
    return (
        (window.since + length / 2).date().isoformat()
        if is_day and not window.words.startswith("today")
        else ""
    )
