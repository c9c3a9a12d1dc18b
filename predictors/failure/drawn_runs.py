"""Draw runs to learn from, with moments at which they are looked at before they end."""

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput
from predictors.failure.feed_features import HORIZONS
from predictors.failure.run_outlook import AskedRun
from predictors.failure.start_law import StartLaw, held_up
from predictors.known.due_times import EARLY_START
from predictors.known.landscape import Landscape, last_due
from predictors.known.run_table import SPAN, RunTable
from predictors.known.signals import Signals, signal_columns

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_RUNS_PER_TROUBLE = 30
_LEAST_RUNS = 1_500
_MOST_RUNS = 100_000
# A look at a run under way is rare, and tells most clearly what strikes runs: it counts so many times.
_UNDER_WAY = 4.0
_NEAR, _TROUBLES_NEAR = 1_800.0, 2
# Where troubles are fewer than this, each is looked at from several moments before its end.
_ENOUGH_TROUBLES, _MOST_LOOKS = 6_000, 3
# A moment that went through a key of feed and moment comes back rounded by a few thousandths of a second.
_SAME_END = 0.5


def ended_between(
    table: RunTable, which: NDArray[np.bool_], feed: Whole, low: Floats, high: Floats
) -> NDArray[np.intp]:
    """Return how many of the chosen runs of each feed ended in (low, high]."""
    key = np.sort(table.feed[which] * SPAN + table.finished[which])
    base = feed * SPAN
    return np.searchsorted(key, base + high, "right") - np.searchsorted(key, base + low, "right")


def drawn_runs(
    scene: Landscape,
    seen: tuple[RunTable, Signals | None, StartLaw],
    start: float,
    end: float,
    random: np.random.Generator,
) -> tuple[AskedRun, Floats, Floats, Floats, float]:
    """Draw runs to learn from, each seen within the hour before its end; troubled ones all.

    Returns the runs, whether each was in trouble, when each ended, how much each counts, and the log-odds
    that undo the denser drawing of troubles.
    """
    table, signals, starts = seen
    whole = (table.started > start) & (table.finished > table.started) & (table.finished < end)
    whole &= np.isfinite(table.bad)
    bad, good = (np.flatnonzero(whole & (table.bad > 0) == wanted) for wanted in (True, False))
    good = good[whole[good]]
    most = int(np.clip(_RUNS_PER_TROUBLE * len(bad), _LEAST_RUNS, _MOST_RUNS))
    # Drawn too thinly, calm runs are missing where most runs fail, and the estimate stays too low there.
    calm, stands_for = _calm(good, near_troubles(scene, table, bad, good), most, random)
    looks = int(np.clip(_ENOUGH_TROUBLES // len(bad), 1, _MOST_LOOKS)) if len(bad) else 1
    row = np.r_[np.repeat(bad, looks), calm]
    if not len(row):
        raise BadInput(
            "no run says when it ended",
            say="I can't learn from these runs: none says when it ended.",
            next_step="Report when runs end, and best when they start too.",
        )
    counts = np.r_[np.ones(looks * len(bad)), stands_for]
    row, now, weight = _looked_at(table, row, counts, random)
    # A hazard is asked for while all went well: a run that follows a trouble is another question.
    just_before = table.finished[row] - _SAME_END
    well = ended_between(table, table.bad > 0, table.feed[row], now, just_before) <= 0
    row, now, weight = row[well], now[well], weight[well]
    feed, begun = table.feed[row], table.started[row]
    # Only what was known then: the time it was due and what held it up, not when it really began.
    due = last_due(scene, feed, begun + EARLY_START)
    held = np.zeros(len(feed), dtype=np.intp)
    if signals is not None:
        told = signal_columns(signals, scene.feeds, feed, now)
        held = held_up(told["file_late"], told["queue"])
    coming, _ = starts.ahead(held, np.where(np.isfinite(due), due, begun) - now)
    is_told = (begun <= now) & (table.told[row] <= now)
    presumed = ~is_told & (due <= now) & table.hides_starts(feed, now)
    under_way = is_told | presumed
    # That it is under way is seen, so no chance is bent by it. Without troubles there is nothing to see, and
    # each run counts once: how many went well is all that is learned.
    weight = weight * np.where(under_way & bool(len(bad)), _UNDER_WAY, 1.0)
    lead = np.where(is_told, begun - now, np.where(presumed, due - now, coming.mean(axis=1)))
    before = ended_between(table, whole, feed, now, table.finished[row] - _SAME_END)
    run = AskedRun(feed, now, lead, np.asarray(under_way, dtype=bool), np.maximum(before, 0) * 1.0)
    shift = float(np.log((len(calm) + 0.5) / (len(good) + 0.5) / looks))
    return run, table.bad[row], table.finished[row], weight, shift


def near_troubles(scene: Landscape, table: RunTable, bad: Whole, good: Whole) -> NDArray[np.bool_]:
    """Return which good runs had troubles beside them: a run of the feed just before or after, or two of the
    same source, pool or database that started within half an hour."""
    trouble = np.r_[0.0, table.bad, 0.0] > 0
    ours = np.r_[-1, table.feed, -1]
    before, after = ours[good] == table.feed[good], ours[good + 2] == table.feed[good]
    near = (trouble[good] & before) | (trouble[good + 2] & after)
    for group in (scene.source, scene.pool, scene.database):
        number = group[table.feed]
        key = np.sort(number[bad] * SPAN + table.started[bad])
        base = number[good] * SPAN + table.started[good]
        low, high = (np.searchsorted(key, base + by) for by in (-_NEAR, _NEAR))
        near |= (number[good] >= 0) & (high - low >= _TROUBLES_NEAR)
    return np.asarray(near, dtype=bool)


def _calm(
    good: Whole, near: NDArray[np.bool_], most: int, random: np.random.Generator
) -> tuple[Whole, Floats]:
    """Draw good runs, those near troubles first, and say how much each counts: one on average, and each as
    much as its like would without any preference."""
    told = []
    for own, count in ((good[near], most // 2), (good[~near], most - min(most // 2, int(near.sum())))):
        kept = random.choice(own, min(count, len(own)), replace=False) if len(own) else own
        told.append((kept, np.full(len(kept), len(own) / max(len(kept), 1))))
    calm, counts = (np.concatenate(parts) for parts in zip(*told, strict=True))
    return calm.astype(np.intp), counts * (len(calm) / max(len(good), 1))


def _looked_at(
    table: RunTable, row: Whole, counts: Floats, random: np.random.Generator
) -> tuple[Whole, Floats, Floats]:
    """Return runs with a moment within the hour before their end each, and how much each look counts.

    Each run is looked at before its start and once more under way. Both count by how much of that hour they
    stand for.
    """
    lasts = np.minimum(table.finished[row] - table.started[row], HORIZONS[-1])
    share = lasts / HORIZONS[-1]
    begun, waits = np.flatnonzero(table.timed[row] > 0.0), np.flatnonzero(share < 1.0)
    under_way = table.finished[row] - random.uniform(0.0, 1.0, len(row)) * lasts
    ahead = table.finished[row] - random.uniform(lasts, HORIZONS[-1])
    return (
        np.r_[row[begun], row[waits]],
        np.r_[under_way[begun], ahead[waits]],
        np.r_[counts[begun] * share[begun], counts[waits] * (1.0 - share[waits])],
    )
