"""Which run every feed owes at a sweep: punctuality is counted anew only for feeds with new runs."""

from collections.abc import Sequence
from itertools import pairwise
from math import nan

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.running.feeds import Feed
from domain.watch.watching import WatchedFeed
from predictors.known.due_times import EARLY_START, Changes
from predictors.known.landscape import Landscape
from predictors.known.run_table import RunTable
from predictors.timeliness.lateness import OwedRun, owed_runs
from predictors.timeliness.punctuality import Punctuality, first_due_after, punctuality_of

Floats = NDArray[np.float64]

# The landscape of a sweep reaches back two days from the hour.
_IN_LANDSCAPE = 1.9 * 86_400.0


class OwedBook:
    """Keeps per feed what changes only with its runs or its calendar."""

    def __init__(self) -> None:
        self._punctual: dict[FeedName, tuple[tuple[object, ...], Punctuality]] = {}
        self._oldest: dict[FeedName, tuple[tuple[object, ...], float]] = {}

    def owed(
        self,
        watched: Sequence[WatchedFeed],
        scene: Landscape,
        table: RunTable,
        running: Floats,
        now: float,
        changes: Changes,
    ) -> OwedRun:
        """Return what every feed owes; `running` has the start of each feed's run under way, NaN without."""
        number, at = np.arange(len(watched), dtype=np.intp), np.full(len(watched), now)
        known = self.punctualities(scene.feeds, table, changes)
        oldest = self._oldest_unserved(watched, table, at, changes)
        since = np.array([nan if one.since is None else one.since.timestamp() for one in watched])
        return owed_runs(scene, table, known, number, at, running=running, oldest=oldest, since=since)

    def punctualities(self, feeds: Sequence[Feed], table: RunTable, changes: Changes) -> list[Punctuality]:
        """Return how punctual each feed is."""
        edges = np.searchsorted(table.feed, np.arange(len(feeds) + 1))
        found = []
        for feed, (low, high) in zip(feeds, pairwise(edges.tolist()), strict=True):
            newest = float(table.seen[high - 1]) if high > low else 0.0
            key = (feed, high - low, newest, tuple(changes.get(feed.name, ())))
            kept = self._punctual.get(feed.name)
            if kept is None or kept[0] != key:
                runs = (table.started[low:high], table.finished[low:high], table.timed[low:high])
                kept = self._punctual[feed.name] = (key, punctuality_of(feed, *runs, changes))
            found.append(kept[1])
        return found

    def _oldest_unserved(
        self, watched: Sequence[WatchedFeed], table: RunTable, at: Floats, changes: Changes
    ) -> Floats:
        """Return the oldest due time without a run of feeds that have been silent for long, NaN of others."""
        newest = table.newest_run(np.arange(len(watched), dtype=np.intp), at)
        found = np.full(len(watched), np.nan)
        for place in np.flatnonzero(~(newest > at - _IN_LANDSCAPE)).tolist():
            one, since = watched[place], float(newest[place])
            if not np.isfinite(since):
                if one.since is None:
                    continue
                since = one.since.timestamp() - EARLY_START
            key = (one.feed, since, tuple(changes.get(one.feed.name, ())))
            kept = self._oldest.get(one.feed.name)
            if kept is None or kept[0] != key:
                due = first_due_after(one.feed, since + EARLY_START, changes)
                kept = self._oldest[one.feed.name] = (key, due)
            found[place] = kept[1]
        return found
