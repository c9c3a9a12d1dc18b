"""Estimate for any feed at any moment how likely trouble is within 30, 45 and 60 minutes.

One model serves all feeds: what a feed's own record says enters as a shrunk rate, so that a feed on its
first day gets the estimate of an average feed in its situation, and a known one its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.feeds import Feed
from predictors.due_times import Changes
from predictors.feed_features import PRIOR, STRETCHES, Landscape, landscape, question_columns
from predictors.finish_model import FinishModel, fit_finish
from predictors.forest import Growth
from predictors.prior_logistic import sigmoid
from predictors.run_table import COLUMNS, SPAN, RunStates, RunTable, states_after
from predictors.signals import Signals, known_signals
from predictors.stack import Prior, Recipe, Stack, train

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

RECIPE = Recipe(
    priors=(Prior(PRIOR, 30.0),),
    growths=((Growth.BOOSTED, 150, 1.0),),
    half=40.0,
    most_negatives=100_000,
)
_QUESTIONS_PER_TROUBLE = 25
_LEAST_QUESTIONS = 1_500
_MOST_QUESTIONS = 50_000
_RECORD_BINS = 12
_MOST_RUNS_TIMED = 5_000


@dataclass(frozen=True)
class FailureModel:
    """A fitted hazard, and how often each level of estimate came true on the newest quarter of its training.

    Attributes:
        stack: Hazard of one stretch.
        shift: Log-odds that undo the denser sampling of moments near troubles.
        record: Rows of (upper edge of the estimate, times it came true, times asked).
        version: Name of the model in the registry.
        finish: How much the present state stretches durations.
    """

    stack: Stack
    shift: float
    record: Floats
    version: str
    finish: FinishModel = field(default_factory=FinishModel)

    def hazards(self, asked: Sequence[Mapping[str, Floats]]) -> list[Floats]:
        """Return the hazard of each stretch, given no trouble before it."""
        return [_shifted(self.stack.probabilities(columns), self.shift) for columns in asked]

    def within(self, asked: Sequence[Mapping[str, Floats]]) -> Floats:
        """Return probabilities of trouble within 30, 45 and 60 minutes (questions x 3), never falling."""
        healthy = np.cumprod([1.0 - hazard for hazard in self.hazards(asked)], axis=0)
        return np.asarray(1.0 - healthy.T, dtype=np.float64)

    def such_times(self, probability: float) -> tuple[int, int]:
        """Return how often, of how many past questions, an estimate like this one came true."""
        place = int(np.searchsorted(self.record[:, 0], probability))
        row = self.record[min(place, len(self.record) - 1)]
        return int(row[1]), int(row[2])


def fit_failures(
    feeds: Sequence[Feed],
    table: RunTable,
    start: float,
    end: float,
    *,
    version: str,
    seed: int = 0,
    signals: Signals | None = None,
    changes: Changes | None = None,
) -> FailureModel:
    """Return the model of all that was known by `end`.

    Args:
        feeds: The feeds, in the table's order.
        table: Their runs; rows known after `end` are not used.
        start: First moment a question may be asked at, epoch seconds; leave the feeds a few days of record.
        end: The training cut.
        version: Name under which the model is kept.
        seed: Of the choice of questions.
        signals: What resources said; readings known after `end` are not used.
        changes: Schedules that held before those the feeds have now.
    """
    known = known_by(table, end)
    heard = known_signals(signals, end) if signals is not None else None
    scene = landscape(feeds, start, end, changes)
    states = states_after(known)
    feed, now, weight = _moments(known, len(feeds), start, end, np.random.default_rng(seed))
    asked = question_columns(scene, known, states, feed, now, heard)
    columns, y, order = _person_periods(known, asked, feed, now)
    stack = train(RECIPE, columns, y, order, np.floor(order / (2 * 3_600.0)))
    shift = _shift_for(weight, y, stack, asked, known, feed, now)
    model = FailureModel(stack, shift, np.zeros((1, 3)), version)
    record = _record(model, (scene, known, states, heard), start, end, seed)
    finish = _finish(scene, known, states, heard, start, np.random.default_rng([seed, 3]))
    return FailureModel(stack, shift, record, version, finish)


def answer(
    model: FailureModel,
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    feed: Whole,
    now: Floats,
    signals: Signals | None = None,
) -> Floats:
    """Return probabilities within 30, 45 and 60 minutes (questions x 3)."""
    return model.within(question_columns(scene, table, states, feed, now, signals))


def known_by(table: RunTable, moment: float) -> RunTable:
    """Return the table as it stood at a moment."""
    kept = table.seen <= moment
    begun = table.start_key % SPAN <= moment
    columns = {name: getattr(table, name)[kept] for name in COLUMNS}
    feed = table.feed[kept]
    return RunTable(table.names, feed, start_key=table.start_key[begun], **columns)


def troubles_in(table: RunTable, feed: Whole, now: Floats, low: float, high: float) -> NDArray[np.bool_]:
    """Return whether a troubled run ended in (now + low, now + high]."""
    bad = table.bad > 0
    key = np.sort(table.feed[bad] * SPAN + table.finished[bad])
    base = feed * SPAN + now
    return np.searchsorted(key, base + high, "right") > np.searchsorted(key, base + low, "right")


def _moments(
    table: RunTable, feeds: int, start: float, end: float, random: np.random.Generator
) -> tuple[Whole, Floats, float]:
    """Draw moments to ask at: evenly over feeds and time, and as many just before troubles.

    Returns feeds, moments, and how many times denser the moments before troubles are than even ones.
    """
    bad = np.flatnonzero((table.bad > 0) & (table.finished > start) & (table.finished < end))
    even = int(np.clip(_QUESTIONS_PER_TROUBLE * len(bad), _LEAST_QUESTIONS, _MOST_QUESTIONS))
    feed = random.integers(0, feeds, even)
    now = random.uniform(start, end - 3_600.0, even)
    near = np.repeat(bad, 2)
    near_now = table.finished[near] - random.uniform(0.0, 3_600.0, len(near))
    inside = (near_now > start) & (near_now < end - 3_600.0)
    all_feed = np.r_[feed, table.feed[near][inside]].astype(np.intp)
    return all_feed, np.r_[now, near_now[inside]], float(even)


def _person_periods(
    table: RunTable, asked: Sequence[Mapping[str, Floats]], feed: Whole, now: Floats
) -> tuple[dict[str, Floats], Floats, Floats]:
    """Return one row per question and stretch it entered without trouble (Singer and Willett 1993)."""
    entered = np.ones(len(now), dtype=bool)
    parts: list[dict[str, Floats]] = []
    y, order = [], []
    for columns, (low, high) in zip(asked, STRETCHES, strict=True):
        happened = troubles_in(table, feed, now, low, high)
        parts.append({name: values[entered] for name, values in columns.items()})
        y.append(happened[entered].astype(np.float64))
        order.append(now[entered])
        entered = entered & ~happened
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined, np.concatenate(y), np.concatenate(order)


def _shift_for(
    even: float,
    y: Floats,
    stack: Stack,
    asked: Sequence[Mapping[str, Floats]],
    table: RunTable,
    feed: Whole,
    now: Floats,
) -> float:
    """Return the log-odds that bring the mean hazard of the even questions to what happened in them."""
    first = slice(0, int(even))
    told = stack.probabilities({name: values[first] for name, values in asked[0].items()})
    low, high = STRETCHES[0]
    rate = float(troubles_in(table, feed[first], now[first], low, high).mean())
    below, above = -8.0, 8.0
    for _ in range(40):
        middle = 0.5 * (below + above)
        below, above = (middle, above) if float(_shifted(told, middle).mean()) < rate else (below, middle)
    return 0.5 * (below + above)


def _record(
    model: FailureModel,
    seen: tuple[Landscape, RunTable, RunStates, Signals | None],
    start: float,
    end: float,
    seed: int,
) -> Floats:
    """Count on fresh moments of the newest quarter how often estimates of each level came true."""
    scene, table, states, signals = seen
    random = np.random.default_rng([seed, 2])
    count = 6_000
    feed = random.integers(0, len(scene.feeds), count).astype(np.intp)
    now = random.uniform(start + 0.75 * (end - start), max(end - 3_600.0, start + 1.0), count)
    told = answer(model, scene, table, states, feed, now, signals)[:, -1]
    true = troubles_in(table, feed, now, 0.0, 3_600.0)
    edges = np.r_[np.geomspace(0.005, 0.9, _RECORD_BINS - 1), 1.0]
    place = np.minimum(np.searchsorted(edges, told), len(edges) - 1)
    wrong = np.bincount(place, true, minlength=len(edges))
    return np.column_stack([edges, wrong, np.bincount(place, minlength=len(edges))])


def _finish(
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    signals: Signals | None,
    start: float,
    random: np.random.Generator,
) -> FinishModel:
    """Learn from runs that ended how the state at their start stretched them."""
    before = np.arange(len(table.feed)) - 1
    good = (table.started > start) & (before >= 0) & (table.bad == 0)
    good &= table.feed[np.maximum(before, 0)] == table.feed
    rows = np.flatnonzero(good & np.isfinite(table.duration))
    if not len(rows):
        return FinishModel()
    rows = random.choice(rows, min(len(rows), _MOST_RUNS_TIMED), replace=False)
    begun = table.started[rows]
    columns = question_columns(scene, table, states, table.feed[rows], begun, signals)[0]
    ratio = np.log(np.maximum(table.duration[rows], 1.0)) - states.usual_duration[rows - 1]
    return fit_finish(columns, ratio, states.spread[rows - 1])


def _shifted(p: Floats, by: float) -> Floats:
    kept = np.clip(p, 1e-7, 1.0 - 1e-7)
    return sigmoid(np.log(kept / (1.0 - kept)) + by)
