"""The newest runs of all feeds in memory, brought up to date by what came since the last look."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.watch.feed_health import RunPoint
from predictors.known.error_classes import lines_number
from predictors.known.run_table import RunTable, from_columns
from runtime.wiring.watching.run_columns import RUN_COLUMNS, as_floats, as_known
from storage.engine import Database
from storage.run_reader import RunTuple, ended_runs_summed, newest_runs, runs_taken_since

Floats = NDArray[np.float64]

_MOST_ROWS = 400_000
_MOST_PER_FEED, _LEAST_PER_FEED = 250, 30
RUNS_BACK = timedelta(days=120)
"""How far the newest runs of a feed that runs seldom reach back."""
# What a training reads: of so long ago runs count, though they are not kept here.
_COUNTED_BACK = timedelta(days=90)
# So many names are asked for one by one; where more come at once, everything is read anew.
_MOST_ADDED = 500
# Transactions that began earlier may commit later: what was taken just before is read again.
_OVERLAP = timedelta(seconds=20)
_FEED, _SEEN, _FINISHED, _BAD, _OPEN, _LINES = map(
    RUN_COLUMNS.index, ("feed", "seen", "finished", "bad", "open", "lines")
)
# Whether lines are new is told by all that the feed ever logged, and so noted when a run comes.
_KEPT_AS = {"lines": "novel"}


class RunWindow:
    """Columns of runs, one row per run; `table` is rebuilt only when something came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: tuple[FeedName, ...] = ()
        self._number: dict[str, int] = {}
        self._rows: Floats = np.zeros((0, len(RUN_COLUMNS)))
        self._keys: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._read_at: datetime | None = None
        self._now = 0.0
        self._table: RunTable | None = None
        self._ran: dict[str, Floats] = {}
        self._met: dict[tuple[str, float], float] = {}
        self.last: dict[str, RunTuple] = {}
        """Each feed's newest finished run."""
        self.good_at: dict[str, float] = {}
        self.begun: set[str] = set()
        """Feeds of which a run was told before it had ended."""

    def table(self, names: Sequence[FeedName], now: datetime) -> RunTable:
        """Return what is known of the named feeds' runs by now."""
        came, self._now = False, now.timestamp()
        added = set(names) - self._number.keys()
        # Where the clock was set back nobody knows what was taken since the last look.
        if self._read_at is None or now < self._read_at or len(added) > _MOST_ADDED:
            self._start_anew(names)
            self._count(now, names)
            for piece in newest_runs(self._database, self._per_feed(), now - RUNS_BACK):
                came = self._absorb(piece, is_first=True) or came
            self._count_kept(np.ones(len(self._rows), dtype=bool), -1.0)
        else:
            if tuple(names) != self._names:
                self._rename(names)
            if added:
                self._count(now, sorted(added))
                of_added = newest_runs(self._database, self._per_feed(), now - RUNS_BACK, sorted(added))
                for piece in of_added:
                    came = self._absorb(piece, is_first=False) or came
                places = [self._number[name] for name in added]
                self._count_kept(np.isin(self._rows[:, _FEED], places), -1.0)
            for piece in runs_taken_since(self._database, self._read_at - _OVERLAP):
                came = self._absorb(piece, is_first=False) or came
        self._read_at = now
        if came or self._table is None:
            self._trim()
            columns = {_KEPT_AS.get(name, name): self._rows[:, at] for at, name in enumerate(RUN_COLUMNS)}
            nothing = np.zeros(2)
            earlier = np.array([self._ran.get(name, nothing) for name in self._names]).reshape(-1, 2)
            self._table = from_columns(self._names, columns, earlier)
        return self._table

    def _start_anew(self, names: Sequence[FeedName]) -> None:
        self._names = tuple(names)
        self._number = {name: place for place, name in enumerate(names)}
        self._rows, self._keys = np.zeros((0, len(RUN_COLUMNS))), np.zeros(0, dtype=np.int64)
        self._table = None
        self.last, self.good_at, self.begun = {}, {}, set()
        self._ran, self._met = {}, {}

    def _count(self, now: datetime, names: Sequence[FeedName]) -> None:
        """Count the runs of feeds, and note when each first logged what."""
        asked = names if len(names) <= _MOST_ADDED else None
        for feed, lines, runs, bad, first in ended_runs_summed(self._database, now - _COUNTED_BACK, asked):
            if feed in self._number:
                self._ran[feed] = self._ran.get(feed, np.zeros(2)) + np.array([runs, bad])
                self._met[feed, lines_number(lines)] = first

    def _count_kept(self, kept: NDArray[np.bool_], sign: float) -> None:
        """Take runs that are kept out of those that are only counted (-1), or give them back (1)."""
        ended = self._rows[kept & (self._rows[:, _OPEN] == 0.0)]
        place = ended[:, _FEED].astype(np.intp)
        ran, bad = np.bincount(place), np.bincount(place, ended[:, _BAD])
        for number in np.flatnonzero(ran).tolist():
            counted = self._ran.get(self._names[number], np.zeros(2))
            more = sign * np.array([ran[number], bad[number]])
            self._ran[self._names[number]] = np.maximum(counted + more, 0.0)

    def _is_novel(self, known: Sequence[RunTuple], rows: Floats) -> Floats:
        """Return 1 where an ended run logs what its feed never logged before."""
        found = np.zeros(len(rows))
        said = np.flatnonzero((rows[:, _LINES] != 0.0) & (rows[:, _OPEN] == 0.0))
        for row in said[np.argsort(rows[said, _SEEN], kind="stable")].tolist():
            seen = float(rows[row, _SEEN])
            found[row] = self._met.setdefault((known[row][0], float(rows[row, _LINES])), seen) >= seen
        return found

    def _rename(self, names: Sequence[FeedName]) -> None:
        """Keep what is known of the feeds that are still named; the place of each may be another one."""
        number: dict[str, int] = {name: place for place, name in enumerate(names)}
        moved = np.array([number.get(name, -1) for name in self._names], dtype=np.float64)
        places = moved[self._rows[:, _FEED].astype(np.intp)]
        kept = places >= 0
        self._rows, self._keys = self._rows[kept], self._keys[kept]
        self._rows[:, _FEED] = places[kept]
        self._met = {key: first for key, first in self._met.items() if key[0] in number}
        self.begun &= number.keys()
        for known in (self.last, self.good_at, self._ran):
            for gone in known.keys() - number.keys():
                del known[gone]
        self._names, self._number, self._table = tuple(names), number, None

    def _per_feed(self) -> int:
        share = _MOST_ROWS // max(len(self._names), 1)
        return min(max(share, _LEAST_PER_FEED), _MOST_PER_FEED)

    def _absorb(self, piece: Iterable[RunTuple], *, is_first: bool) -> bool:
        known = [row for row in piece if row[0] in self._number]
        if not known:
            return False
        keys = np.array([hash((row[0], row[1])) for row in known], dtype=np.int64)
        rows = as_known(np.array([as_floats(self._number[row[0]], row) for row in known]), self._now)
        rows[:, _LINES] = self._is_novel(known, rows)
        replaced = self._rows[:0]
        if not is_first:
            place = {int(key): number for number, key in enumerate(self._keys)} if len(known) > 64 else None
            same = self._same(keys, rows, place)
            if same.all():
                return False
            keys, rows = keys[~same], rows[~same]
            kept = ~np.isin(self._keys, keys)
            replaced = self._rows[~kept]
            self._keys, self._rows = self._keys[kept], self._rows[kept]
        for row in known:
            self._note(row)
        self._keys = np.concatenate([self._keys, keys])
        self._rows = np.concatenate([self._rows, rows])
        self._correct(replaced)
        return True

    def _same(self, keys: NDArray[np.int64], rows: Floats, place: dict[int, int] | None) -> NDArray[np.bool_]:
        """Return which rows are known exactly so: the overlap brings many of them again."""
        same = np.zeros(len(keys), dtype=bool)
        for number, key in enumerate(keys):
            if place is None:
                found = np.flatnonzero(self._keys == key)
                at = int(found[0]) if len(found) else -1
            else:
                at = place.get(int(key), -1)
            same[number] = at >= 0 and np.array_equal(self._rows[at], rows[number], equal_nan=True)
        return same

    def _note(self, row: RunTuple) -> None:
        feed, run, seen, _, finished = row[:5]
        if row[11]:
            self.begun.add(feed)
            return
        before = self.last.get(feed)
        # Reports come in any order: the newest run is the one that ended last, not the one told of last.
        if before is None or run == before[1] or _ended(row) >= _ended(before):
            self.last[feed] = row
        if not row[10]:
            self.good_at[feed] = max(self.good_at.get(feed, 0.0), finished if finished is not None else seen)

    def _correct(self, replaced: Floats) -> None:
        """Find anew when feeds last ended well of whose good runs something else was reported."""
        feeds = np.unique(replaced[_is_good(replaced), _FEED].astype(np.intp))
        if not len(feeds):
            return
        rows = self._rows[_is_good(self._rows) & np.isin(self._rows[:, _FEED], feeds)]
        ends = np.where(np.isnan(rows[:, _FINISHED]), rows[:, _SEEN], rows[:, _FINISHED])
        newest = np.full(len(self._names), -np.inf)
        np.maximum.at(newest, rows[:, _FEED].astype(np.intp), ends)
        for number in feeds.tolist():
            self.good_at.pop(self._names[number], None)
            if np.isfinite(newest[number]):
                self.good_at[self._names[number]] = float(newest[number])

    def _trim(self) -> None:
        limit = self._per_feed()
        if len(self._rows) <= 1.5 * limit * max(len(self._names), 1):
            return
        order = np.lexsort((-self._rows[:, 1], self._rows[:, 0]))
        feed = self._rows[order, 0]
        first = np.searchsorted(feed, feed)
        is_kept = np.zeros(len(order), dtype=bool)
        is_kept[order[np.arange(len(order)) - first < limit]] = True
        self._count_kept(~is_kept, 1.0)
        kept = np.flatnonzero(is_kept)
        self._rows, self._keys = self._rows[kept], self._keys[kept]


def _is_good(rows: Floats) -> NDArray[np.bool_]:
    return np.asarray((rows[:, _BAD] == 0.0) & (rows[:, _OPEN] == 0.0))


def _ended(row: RunTuple) -> float:
    """Return when a run ended or, untold, when it was reported."""
    return row[2] if row[4] is None else row[4]


def point_of(row: RunTuple) -> RunPoint:
    """Return a row as a history shows it."""
    _, run, seen, started, finished, rows, rejected, retries = row[:8]
    minutes = (finished - started) / 60.0 if started is not None and finished is not None else None
    return RunPoint(
        run=run,
        outcome="running" if row[11] else "failed" if row[10] else "ok",
        started_at=moment_of(started),
        finished_at=moment_of(finished if finished is not None else seen),
        minutes=None if minutes is None else round(minutes, 2),
        rows=None if rows is None else int(rows),
        rejected=int(rejected),
        retries=retries,
    )


def moment_of(epoch: float | None) -> datetime | None:
    """Return seconds since 1970 as an aware time in UTC."""
    return None if epoch is None or not np.isfinite(epoch) else datetime.fromtimestamp(epoch, UTC)
