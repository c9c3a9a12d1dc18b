"""Tell the time of which nobody knows what a feed did: from the end of its history to its first live report.

Nothing is due then, so nothing of it is late, and no model learns from it or is judged by it. A feed that
falls silent after it was heard is another matter: it owes its runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from domain.running.feeds import NEVER, Feed, ScheduleChange
from domain.watch.predictions import Verdict
from domain.watch.watching import WatchedFeed
from predictors.known.due_times import EARLY_START, Changes
from predictors.known.run_table import RunTable
from predictors.known.words import Span

_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Silence:
    """A feed of that number told nothing from the run that began at `begun` and ended at `since`, on."""

    feed: int
    begun: float
    since: float
    until: float


def silences(watched: Sequence[WatchedFeed], table: RunTable) -> list[Silence]:
    """Return the silence between history and first live report of each feed that has one."""
    edges = np.searchsorted(table.feed, np.arange(len(watched) + 1))
    found = []
    for place, (one, (low, high)) in enumerate(zip(watched, pairwise(edges.tolist()), strict=True)):
        until = (one.heard_since or _FOREVER).timestamp()
        begun = table.started[low:high]
        before = begun < until
        if before.any():
            ended = float(np.nanmax(table.finished[low:high][before]))
            found.append(Silence(place, float(begun[before].max()), min(ended, until), until))
    return found


def with_silences(watched: Sequence[WatchedFeed], known: Sequence[Silence], changes: Changes) -> Changes:
    """Return the changes of schedules, by which nothing is due in the silences."""
    found = {name: list(some) for name, some in changes.items()}
    for one in known:
        feed = watched[one.feed].feed
        found[feed.name] = _silenced(feed, one, sorted(changes.get(feed.name, ()), key=lambda c: c.at))
    return found


def left_out_spans(known: Sequence[Silence]) -> tuple[Span, ...]:
    """Return the silences as spans that count for nothing."""
    never = Verdict.DID_NOT_HAPPEN
    return tuple(
        Span(one.feed, never, one.since, one.until, came_at=one.until, is_neither=True) for one in known
    )


def _silenced(feed: Feed, one: Silence, changes: Sequence[ScheduleChange]) -> list[ScheduleChange]:
    last, first = one.begun + EARLY_START, one.until - EARLY_START
    if first <= last:
        return list(changes)
    held = next((change.before for change in changes if change.at.timestamp() > last), feed.schedule)
    return [
        *(change for change in changes if change.at.timestamp() <= last),
        ScheduleChange(feed.name, datetime.fromtimestamp(last, UTC), held),
        ScheduleChange(feed.name, datetime.fromtimestamp(first, UTC), NEVER),
        *(change for change in changes if change.at.timestamp() > first),
    ]
