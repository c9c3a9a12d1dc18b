"""By which clock the days of a question are meant. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.named_feeds import without_names
from domain.clock.day_words import Window, said_window


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
        if said_window(said, self.now) is None:
            return None
        zones = {self.zone_of(feed) or self.home for feed in feeds}
        zone = zones.pop() if len(zones) == 1 else self.home
        found = said_window(said, self.now, zone)
        return found if found is None or zone == "UTC" else replace(found, words=f"{found.words} ({zone})")


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
