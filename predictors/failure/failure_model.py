"""Estimate for any feed at any moment how likely trouble is within 30, 45 and 60 minutes.

One model serves all feeds: what a feed's own record says enters as a shrunk rate, so that a feed on its
first day gets the estimate of an average feed in its situation, and a known one its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Feed
from predictors.estimators.forest import Growth
from predictors.estimators.prior_logistic import sigmoid
from predictors.estimators.stack import Prior, Recipe, Stack, train
from predictors.failure.drawn_runs import drawn_runs, ended_between
from predictors.failure.feed_features import PRIOR, Asked, asked_runs, run_columns
from predictors.failure.situation import AROUND_CHANGES
from predictors.failure.start_law import StartLaw, fit_starts
from predictors.failure.unheard_ends import fit_still
from predictors.known.due_times import Changes
from predictors.known.landscape import Landscape, landscape
from predictors.known.run_table import COLUMNS, RunStates, RunTable, states_after
from predictors.known.signals import Signals, are_sensed, known_signals
from predictors.timeliness.finish_model import FinishModel, fit_finish
from predictors.timeliness.late_law import LateLaw

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

RECIPE = Recipe(
    priors=(Prior(PRIOR, 30.0),),
    growths=((Growth.BOOSTED, 120, 1.0),),
    half=10.0,
    least_leaf=80,
    leaves=20,
    most_negatives=200_000,
    step=0.08,
    # Few episodes show many signs at once: trees that may not always take the loudest weigh them all.
    choice=0.3,
)
# Where no source, database or pool is read, a feed's record is all there is: few troubles, in the same few
# columns. Boosted trees alone learn those by heart; split by chance as well, they hold on jobs of others.
UNSENSED = replace(RECIPE, growths=((Growth.EXTRA, 100, 0.5), (Growth.BOOSTED, 80, 0.5)))
_RECORD_BINS = 12
_MOST_RUNS_TIMED = 5_000
_STEPS = 120


@dataclass(frozen=True)
class FailureModel:
    """A fitted hazard, and how often each level of estimate came true on the newest quarter of its training.

    Attributes:
        stack: Chance that a run is in trouble, from what is seen before its end.
        shift: Log-odds that undo the denser drawing of troubled runs.
        record: Rows of (upper edge of the estimate, times it came true, times asked).
        version: Name of the model in the registry.
        finish: How much the present state stretches durations.
        starts: Whether late runs still come.
        late: What a chance of missing a deadline is worth.
    """

    stack: Stack
    shift: float
    record: Floats
    version: str
    finish: FinishModel = field(default_factory=FinishModel)
    starts: StartLaw = field(default_factory=StartLaw)
    late: LateLaw = field(default_factory=LateLaw)

    def within(self, asked: Asked) -> Floats:
        """Return probabilities of trouble within 30, 45 and 60 minutes (questions x 3), never falling."""
        fails = _shifted(self.stack.probabilities(asked.runs), self.shift)
        count = len(asked.situation["running"])
        healthy = np.log1p(-np.minimum(asked.ends * fails[:, None], 1.0 - 1e-9))
        told = [np.bincount(asked.question, column, minlength=count) for column in healthy.T]
        return np.asarray(1.0 - np.exp(np.column_stack(told)), dtype=np.float64)

    def such_times(self, probability: float) -> tuple[int, int]:
        """Return how often, of how many past questions, an estimate like this one came true.

        Between the middles of two levels the share lies between theirs: it must not double from 31 to 32 %.
        """
        upper, wrong, asked = self.record.T
        place = min(int(np.searchsorted(upper, probability)), len(upper) - 1)
        known = asked > 0
        if not known[place]:
            return 0, 0
        middle = np.sqrt(np.r_[upper[0] / 2.0, upper[:-1]] * upper)[known]
        share = np.interp(np.log(max(probability, 1e-6)), np.log(middle), (wrong[known] / asked[known]))
        return round(float(share * asked[place])), int(asked[place])


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
    outcome: Floats | None = None,
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
        outcome: Per row of the table, what its run teaches where that is not what its sender said: 1 trouble
            (such as an end beyond the deadline), 0 none, NaN nothing.

    Raises:
        BadInput: No run between the two says when it ended.
    """
    known = known_by(table, end)
    heard = known_signals(signals, end) if signals is not None else None
    scene = landscape(feeds, start, end, changes)
    states = states_after(known)
    seen = (scene, known, states, heard)
    finish = _finish(*seen, start, np.random.default_rng([seed, 3]))
    starts = fit_starts(scene, known, heard, start, end, seed)
    # What is seen of a feed stays what its senders said.
    learned = known if outcome is None else replace(known, bad=outcome[table.seen <= end])
    run, y, ended, weight, shift = drawn_runs(
        scene, (learned, heard, starts), start, end, np.random.default_rng(seed)
    )
    columns = run_columns(scene, known, states, run, heard)
    # Where nobody tells of changes, what they would say only takes the place of signs in the trees' draws.
    columns = {
        name: _snapped(values, y)
        for name, values in columns.items()
        if name not in AROUND_CHANGES or np.any(values != values[0])
    }
    # Looks at one run share its fate: what counts as one failure goes by its end.
    recipe = RECIPE if are_sensed(heard) else UNSENSED
    stack = train(recipe, columns, y, ended, np.floor(ended / (2 * 3_600.0)), weight=weight)
    model = FailureModel(stack, shift, np.zeros((1, 3)), version, finish, starts)
    return replace(model, record=_record(model, seen, start, end, seed))


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
    return model.within(asked_runs(scene, table, states, feed, now, signals, (model.finish, model.starts)))


def known_by(table: RunTable, moment: float) -> RunTable:
    """Return the table as it stood at a moment."""
    kept = table.seen <= moment
    begun = table.start_told <= moment
    columns = {name: getattr(table, name)[kept] for name in COLUMNS}
    feed = table.feed[kept]
    starts = {"start_key": table.start_key[begun], "start_told": table.start_told[begun]}
    return RunTable(table.names, feed, earlier=table.earlier, **columns, **starts)


def troubles_in(table: RunTable, feed: Whole, now: Floats, low: float, high: float) -> NDArray[np.bool_]:
    """Return whether a troubled run ended in (now + low, now + high]."""
    return ended_between(table, table.bad > 0, feed, now + low, now + high) > 0


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
    newest = start + 0.75 * (end - start)
    now = random.uniform(newest, max(end - 3_600.0, newest + 1.0), count)
    told = answer(model, scene, table, states, feed, now, signals)[:, -1]
    true = troubles_in(table, feed, now, 0.0, 3_600.0)
    return came_true(told, true)


def came_true(told: Floats, true: NDArray[Any]) -> Floats:
    """Return how often estimates of each level came true: rows of (upper edge, times true, times asked)."""
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
    columns = asked_runs(scene, table, states, table.feed[rows], begun, signals).situation
    ratio = np.log(np.maximum(table.duration[rows], 1.0)) - states.usual_duration[rows - 1]
    finish = fit_finish(columns, ratio, states.spread[rows - 1])
    return replace(finish, still=fit_still(scene, (table, states, signals), finish, start, random))


def _snapped(values: Floats, y: Floats) -> Floats:
    """Return values moved to the nearest of some that stand close where troubles are.

    Trees see a column in 255 steps of equal mass. Troubles are rare, so nearly all steps would go to the
    calm part, and a database almost full would look like one full.
    """
    shares = np.linspace(0.0, 1.0, _STEPS)
    told = [np.quantile(part, shares, method="nearest") for part in (values, values[y > 0]) if len(part)]
    grid = np.unique(np.concatenate(told))
    return grid[np.searchsorted(0.5 * (grid[1:] + grid[:-1]), values)]


def _shifted(p: Floats, by: float) -> Floats:
    kept = np.clip(p, 1e-7, 1.0 - 1e-7)
    return sigmoid(np.log(kept / (1.0 - kept)) + by)
