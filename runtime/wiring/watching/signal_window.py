"""The newest readings of all resources in memory, brought up to date by what came since the last look."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.running.readings import Sign
from predictors.known.run_table import SPAN
from predictors.known.signals import Signals, no_signals, signals_from
from storage.engine import Database
from storage.stores.readings_store import ReadingTuple, readings_seen_since, readings_taken_since

Floats = NDArray[np.float64]

# What is usual is read off the day before; a change counts until some runs have come since, as a training
# sees it.
_BACK, _CHANGES_BACK = timedelta(days=3), timedelta(days=90)
# Transactions that began earlier may commit later: what was taken just before is read again.
_OVERLAP = timedelta(seconds=20)
_MOST_ROWS = 1_000_000
_SIGNS = frozenset(sign.value for sign in Sign)


class SignalColumns:
    """Readings as columns: the place of their series, the moment, the value."""

    def __init__(self) -> None:
        self.number: dict[tuple[str, Sign], int] = {}
        self.rows: Floats = np.zeros((0, 3))

    def absorb(self, piece: Iterable[ReadingTuple]) -> int:
        """Add readings; return how many there were. The same moment twice counts once later on."""
        found = [
            (self.number.setdefault((resource, Sign(sign)), len(self.number)), seen, value)
            for resource, sign, seen, value in piece
            if sign in _SIGNS
        ]
        if found:
            self.rows = np.concatenate([self.rows, np.array(found, dtype=np.float64)])
        return len(found)

    def signals(self) -> Signals:
        """Return the signals of all readings."""
        series = self.rows[:, 0].astype(np.intp)
        return signals_from(self.number, series, self.rows[:, 1], self.rows[:, 2])


class SignalWindow:
    """Signals as of now; they are derived anew only when something came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns = SignalColumns()
        self._read_at: datetime | None = None
        self._signals = no_signals()

    def signals(self, now: datetime) -> Signals:
        """Return what is known of resources by now."""
        # Where the clock was set back nobody knows what was taken since the last look.
        if self._read_at is None or now < self._read_at:
            pieces = readings_seen_since(self._database, now - _BACK, now - _CHANGES_BACK)
        else:
            pieces = readings_taken_since(self._database, self._read_at - _OVERLAP)
        before = len(self._columns.rows)
        came = sum(self._columns.absorb(piece) for piece in pieces)
        self._read_at = now
        if came:
            self._columns.rows = _distinct(self._columns.rows)
        if len(self._columns.rows) != before:
            self._trim(now)
            self._signals = self._columns.signals()
        return self._signals

    def _trim(self, now: datetime) -> None:
        rows, number = self._columns.rows, self._columns.number
        change = np.zeros(max(len(number), 1), dtype=bool)
        for (_, sign), place in number.items():
            change[place] = sign is Sign.CHANGE
        since = np.where(
            change[rows[:, 0].astype(np.intp)], (now - _CHANGES_BACK).timestamp(), (now - _BACK).timestamp()
        )
        rows = rows[rows[:, 1] > since]
        if len(rows) > _MOST_ROWS:
            rows = rows[np.sort(np.argsort(rows[:, 1], kind="stable")[-_MOST_ROWS:])]
        self._columns.rows = rows


def _distinct(rows: Floats) -> Floats:
    """Return the rows without those whose series and moment came before: the overlap brings many again."""
    _, first = np.unique(rows[:, 0] * SPAN + rows[:, 1], return_index=True)
    return rows if len(first) == len(rows) else rows[np.sort(first)]
