"""What is out of the ordinary in the runs of feeds: looked at as runs end, a few feeds at each sweep."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.ids import FeedName
from domain.running.feeds import Feed
from domain.watch.oddities import FeedOddities, Series
from domain.watch.predictions import Reason
from predictors.known.run_table import RunTable
from predictors.series.feed_series import OneSeries, departing, newest_end, oddities, series_of

# The detector takes some hundredths of a second a series, a first glance about a thousandth a feed: a
# sweep over ten thousand feeds must not wait for either.
_FEEDS_AT_ONCE = 2
_GLANCES_AT_ONCE = 200
_SAME_SECONDS = 1.0


class OddSeries:
    """Keeps what was found of each feed until new runs of it end."""

    def __init__(self) -> None:
        self._known: dict[FeedName, FeedOddities] = {}
        self._seen: dict[FeedName, tuple[int, float]] = {}
        self._until: dict[FeedName, float] = {}
        self._waiting: dict[FeedName, None] = {}
        self.is_read = False

    def read(self, known: Mapping[FeedName, FeedOddities]) -> None:
        """Begin with what was found before this process started."""
        self._known |= known
        self._until |= {name: one.until.timestamp() for name, one in known.items()}
        self.is_read = True

    def reasons(self, feed: Feed, now: datetime) -> tuple[Reason, ...]:
        """Return what is unusual of a feed and lasts."""
        found = self._known.get(feed.name)
        return found.reasons(feed.schedule.zone, now) if found is not None else ()

    def look(self, names: Sequence[FeedName], table: RunTable) -> list[FeedOddities]:
        """Look at the feeds whose runs ended since the last look; return those of which something changed."""
        edges = np.searchsorted(table.feed, np.arange(len(names) + 1)).tolist()
        spans = dict(zip(names, pairwise(edges), strict=True))
        changed = []
        for name in self._unseen(spans, table):
            found, until = series_of(table, *spans[name]), self._until.get(name, 0.0)
            if newest_end(found) <= until + _SAME_SECONDS:
                continue  # what came was of older runs, or this process has just begun
            if departing(found, until + _SAME_SECONDS):
                self._waiting.setdefault(name)
            else:
                self._until[name] = newest_end(found)
                changed += self._calmed(name)
        for name in [name for name in self._waiting if name in spans][:_FEEDS_AT_ONCE]:
            del self._waiting[name]
            changed.append(self._looked_at(name, series_of(table, *spans[name])))
        return changed

    def _unseen(self, spans: Mapping[FeedName, tuple[int, int]], table: RunTable) -> list[FeedName]:
        """Return feeds with new runs, not too many; the others have their turn at the next sweep."""
        found = []
        for name, (low, high) in spans.items():
            key = (high - low, float(table.seen[high - 1]) if high > low else 0.0)
            if self._seen.get(name) != key:
                self._seen[name] = key
                found.append(name)
                if len(found) == _GLANCES_AT_ONCE:
                    break
        return found

    def _calmed(self, name: FeedName) -> list[FeedOddities]:
        """Return a feed whose newest run is as usual again, nothing where nothing lasted."""
        before = self._known.get(name)
        if before is None or not before.lasting:
            return []
        self._known[name] = before.model_copy(update={"lasting": ()})
        return [self._known[name]]

    def _looked_at(self, name: FeedName, found: Mapping[Series, OneSeries]) -> FeedOddities:
        asked = departing(found, self._until.get(name, 0.0) + _SAME_SECONDS)
        self._until[name] = newest_end(found)
        self._known[name] = oddities(name, found, asked, self._known.get(name))
        return self._known[name]
