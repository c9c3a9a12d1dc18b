"""Say how long after its due time a run starts, and whether one that has not started still comes.

Learned from all feeds by what holds them up: nothing that can be seen, a source file that is late, or a
queue for workers. A run that waits for its file comes when the file does; one that waits for nothing has most
likely been lost.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from predictors.known.due_times import EARLY_START
from predictors.known.landscape import Landscape, last_due
from predictors.known.run_table import SPAN, RunTable
from predictors.known.signals import Signals, signal_columns

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_LONGEST = 4 * 3_600.0
# A run is asked about at so many equally likely waits.
WAITS = 6
_SHARES = (np.arange(WAITS) + 0.5) / WAITS
# What holds a run up: nothing, its file, the queue. A sign counts from these levels on.
_FILE_HELD, _QUEUE_HELD = 1.0, 0.5
_CLASSES = 3
_MOST_DUE_TIMES = 60_000
_LEAST_STARTS = 50
_KEPT_DELAYS = 200
_LEAST_STRAY, _USUAL_STRAY, _MOST_STRAY = 1e-5, 0.01, 0.03
_PRIOR_HOURS = 500.0
_PRIOR_LOST = 0.02
_PRIOR_RUNS = 20.0
# Before anything is known: most start at once, few after half an hour.
_USUAL_DELAYS = tuple(float(value) for value in 5.0 * 400.0 ** np.linspace(0.0, 1.0, 20))


@dataclass(frozen=True)
class StartLaw:
    """How runs start.

    Attributes:
        delays: Per class of what holds runs up, sorted seconds from the due time to the start.
        lost: Per class, the share of due runs of which no start was ever heard.
        stray: Chance within an hour of a run for which none is due.
    """

    delays: tuple[tuple[float, ...], ...] = field(default=(_USUAL_DELAYS,) * _CLASSES)
    lost: tuple[float, ...] = (0.05,) * _CLASSES
    stray: float = _USUAL_STRAY

    def ahead(self, held: Whole, due: Floats) -> tuple[Floats, Floats]:
        """Return when runs that have not started will, as equally likely seconds ahead (rows x waits), and
        the chance that they start at all.

        Args:
            held: Class of what holds each run up.
            due: Seconds until it is due, negative past it, infinite without a run.
        """
        starts, comes = np.full((len(due), WAITS), np.inf), np.zeros(len(due))
        for number in range(_CLASSES):
            rows = np.flatnonzero((held == number) & np.isfinite(due))
            if not len(rows):
                continue
            delays = np.asarray(self.delays[number])
            late = np.maximum(-due[rows], 0.0)
            gone = np.searchsorted(delays, late, "right") / len(delays)
            still = np.maximum(1.0 - gone, 0.5 / len(delays))
            place = gone[:, None] + (1.0 - gone[:, None]) * _SHARES
            wait = delays[np.minimum((place * len(delays)).astype(np.intp), len(delays) - 1)]
            starts[rows] = np.maximum(wait + due[rows][:, None], np.where(gone < 1.0, 0.0, 300.0)[:, None])
            lost = self.lost[number]
            comes[rows] = (1.0 - lost) * still / ((1.0 - lost) * still + lost)
        return starts, comes


def held_up(file_late: Floats, queue: Floats) -> Whole:
    """Return what holds up runs that start now, by the signs of source and pool."""
    return np.where(file_late > _FILE_HELD, 1, np.where(queue > _QUEUE_HELD, 2, 0)).astype(np.intp)


def fit_starts(
    scene: Landscape, table: RunTable, signals: Signals | None, start: float, end: float, seed: int = 0
) -> StartLaw:
    """Return the law of the runs that were due, and that started, between two moments."""
    feed, due = np.floor(scene.due_key / SPAN).astype(np.intp), scene.due_key % SPAN
    # What was due before the first start that was told, or of a feed that tells none, is not lost.
    told_from = _first_starts(table, len(scene.feeds))[feed] - EARLY_START
    asked = np.flatnonzero((due >= np.maximum(start, told_from)) & (due < end - _LONGEST))
    if len(asked) < _LEAST_STARTS:
        return StartLaw()
    if len(asked) > _MOST_DUE_TIMES:
        asked = np.sort(np.random.default_rng(seed).choice(asked, _MOST_DUE_TIMES, replace=False))
    feed, due = feed[asked], due[asked]
    delay = _delays(scene, table, feed, due)
    held = np.zeros(len(due), dtype=np.intp)
    if signals is not None:
        told = signal_columns(signals, scene.feeds, feed, due)
        held = held_up(told["file_late"], told["queue"])
    delays, lost = [], []
    for number in range(_CLASSES):
        own = delay[held == number] if (held == number).sum() >= _LEAST_STARTS else delay
        came = own[np.isfinite(own)]
        kept = np.quantile(came, np.linspace(0.0, 1.0, _KEPT_DELAYS)) if len(came) else _USUAL_DELAYS
        delays.append(tuple(float(value) for value in kept))
        lost.append(float((len(own) - len(came) + _PRIOR_LOST * _PRIOR_RUNS) / (len(own) + _PRIOR_RUNS)))
    return StartLaw(tuple(delays), tuple(lost), _stray(scene, table, start, end))


def _first_starts(table: RunTable, feeds: int) -> Floats:
    """Return when the first run of each feed started that said so, infinity without one."""
    number = np.arange(feeds)
    key = np.r_[table.start_key, np.inf][np.searchsorted(table.start_key, number * SPAN)]
    return np.where(key < (number + 1) * SPAN, key - number * SPAN, np.inf)


def _stray(scene: Landscape, table: RunTable, start: float, end: float) -> float:
    hours = max((end - start) / 3_600.0, 1.0) * max(len(scene.feeds), 1)
    begun = np.isfinite(table.started) & (table.started > start) & (table.started < end)
    last = last_due(scene, table.feed[begun], table.started[begun] + EARLY_START)
    strays = (table.started[begun] - last > _LONGEST).sum()
    share = (strays + _USUAL_STRAY * _PRIOR_HOURS) / (hours + _PRIOR_HOURS)
    return float(np.clip(share, _LEAST_STRAY, _MOST_STRAY))


def _delays(scene: Landscape, table: RunTable, feed: Whole, due: Floats) -> Floats:
    """Return how long after each due time a run started; infinity where none did before the next was due."""
    key = feed * SPAN + due
    first = np.searchsorted(table.start_key, key - EARLY_START, "left")
    told = table.start_key[np.minimum(first, len(table.start_key) - 1)]
    ours = (first < len(table.start_key)) & (np.floor(told / SPAN) == feed)
    delay = np.where(ours, told - key, np.inf)
    most = np.minimum(scene.interval[feed], _LONGEST)
    return np.where(delay <= most, np.maximum(delay, 0.0), np.inf)
