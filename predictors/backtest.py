"""Judge a model on later data than it learned from, beside the two rules that every model has to beat.

Questions are asked every hour of every feed in the newest part of a history. From the same answers follow
the thresholds of each team's weekly budget, and how each feed's alerts would have done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput
from domain.feeds import Feed
from domain.ids import FeedName, TeamId
from domain.watching import Threshold
from predictors.alerting import threshold_for_budget
from predictors.due_times import Changes
from predictors.failure_model import FailureModel, known_by
from predictors.feed_features import HORIZONS, asked_runs
from predictors.finish_times import duration_law
from predictors.landscape import landscape
from predictors.late_law import LateLaw, fit_late_law
from predictors.lateness import OwedRun, late_chances, owed_runs
from predictors.punctuality import missed_deadlines, punctualities
from predictors.run_table import SPAN, RunStates, RunTable, states_after
from predictors.signals import Signals
from predictors.words import Span, as_said, left_out, troubles_as_said

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_HOUR, _WEEK = 3_600.0, 7 * 86_400.0
_MOST_QUESTIONS = 100_000
_CALM = 0.02
_PRIOR = 20.0
_POOLED_ALERTS = 10.0
_LATE_MOMENTS = 40_000


@dataclass(frozen=True)
class Backtest:
    """Answers to hourly questions, feed by feed in order of time, with what came true.

    Attributes:
        feed: Number of the feed per question; now: its moment; told: the estimate for an hour.
        true: Whether trouble came within the hour; trouble_at: when (NaN without).
        brier_skill: Against the base rate; pr_auc: area under precision and recall.
        elapsed_skill: Brier skill of the elapsed-time survival rule; last_skill: of the last status.
    """

    feed: Whole
    now: Floats
    told: Floats
    true: Floats
    trouble_at: Floats
    brier_skill: float
    pr_auc: float
    elapsed_skill: float
    last_skill: float

    @property
    def weeks(self) -> float:
        """Return how long the judged part is."""
        return max(float(self.now.max() - self.now.min()) / _WEEK, 1.0 / 7.0) if len(self.now) else 1.0


def backtest(
    model: FailureModel,
    feeds: Sequence[Feed],
    table: RunTable,
    cut: float,
    end: float,
    *,
    signals: Signals | None = None,
    changes: Changes | None = None,
    words: Sequence[Span] = (),
) -> Backtest:
    """Return how a model that learned until `cut` answers until `end`, both epoch seconds.

    What people said stands above the runs: `words` change what came true, or leave a question out.

    Raises:
        BadInput: There is no full hour to ask about between them.
    """
    hours = np.arange(cut + _HOUR, end - _HOUR, _HOUR)
    if not len(hours):
        raise BadInput(
            "the newest quarter of the runs is shorter than two hours",
            say="I can't judge what I learn from these runs: they span too few hours.",
            next_step="Wait for more runs, or import history.",
        )
    most = max(_MOST_QUESTIONS // max(len(feeds), 1), 24)
    hours = hours[-most:]
    feed = np.repeat(np.arange(len(feeds), dtype=np.intp), len(hours))
    now = np.tile(hours, len(feeds))
    scene, states = landscape(feeds, float(hours[0]), end, changes), states_after(table)
    known = punctualities(feeds, known_by(table, cut), changes or {})
    missed = missed_deadlines(feeds, table, known, end, changes or {})
    # That a run is overdue is a fact and no forecast: such moments are not asked about.
    ahead = ~missed.is_late(feed, now) & ~owed_runs(scene, table, known, feed, now).is_late
    ahead &= ~left_out(words, feed, now, _HOUR)
    feed, now = feed[ahead], now[ahead]
    asked = asked_runs(scene, table, states, feed, now, signals, (model.finish, model.starts))
    owed = owed_runs(scene, table, known, feed, now)
    late = _late_within(model, asked.situation, table, states, owed, feed)
    told = np.maximum(model.within(asked)[:, -1], late)
    late_at = troubles_as_said(words, feed, now, missed.first_in(feed, now, _HOUR), _HOUR)
    trouble_at = np.fmin(_failed_at(as_said(words, table), feed, now), late_at)
    true = np.isfinite(trouble_at).astype(np.float64)
    early = now < hours[len(hours) // 2]
    running, overrun = asked.situation["running"], asked.situation["overrun"]
    ends = np.round(np.clip(np.log(asked.expected / len(HORIZONS) + 0.02) - np.log(0.5), -4, 4))
    elapsed = running * 100 + np.round(overrun * 4) * 10 + ends
    last = asked.situation["failed_last"]
    return Backtest(
        feed=feed,
        now=now,
        told=told,
        true=true,
        trouble_at=trouble_at,
        brier_skill=_skill(told[~early], true[~early]),
        pr_auc=average_precision(told[~early], true[~early]),
        elapsed_skill=_rule_skill(elapsed, true, early),
        last_skill=_rule_skill(last, true, early),
    )


def thresholds_of(
    test: Backtest,
    feeds: Sequence[Feed],
    *,
    a_week: Mapping[str, float],
    usual_a_week: float,
    bar: float,
    least: int,
) -> list[Threshold]:
    """Return each feed's level by its team's weekly budget, and whether its alerts have proved themselves.

    A feed's own record is pooled with that of all feeds, which counts as ten alerts: few feeds fail often
    enough to prove anything alone. Where it had alerts, one of its own must have been right.
    """
    peaks: dict[str, list[float]] = {}
    by_feed = [np.flatnonzero(test.feed == number) for number in range(len(feeds))]
    for feed, rows in zip(feeds, by_feed, strict=True):
        peaks.setdefault(feed.team, []).extend(
            float(test.told[rows[span]].max()) for span in spans_of(test.told[rows] >= _CALM)
        )
    found, records = [], []
    for feed, rows in zip(feeds, by_feed, strict=True):
        budget = a_week.get(feed.team, usual_a_week)
        level = threshold_for_budget(peaks[feed.team], budget, test.weeks, feed.criticality)
        spans = spans_of(test.told[rows] >= level)
        right = sum(bool(test.true[rows[span]].any()) for span in spans)
        records.append((feed, level, right, len(spans)))
    alerts = sum(record[3] for record in records)
    pooled = sum(record[2] for record in records) / alerts if alerts else 0.0
    weight = min(_POOLED_ALERTS, float(alerts))
    for feed, level, right, count in records:
        proved = (right + weight * pooled) / max(count + weight, 1.0) >= bar
        found.append(
            Threshold(
                FeedName(feed.name),
                TeamId(feed.team),
                round(level, 5),
                right,
                count,
                proved and count >= least and (right > 0 or not count),
            )
        )
    return found


def average_precision(told: Floats, true: Floats) -> float:
    """Return the area under precision over recall, by steps; ties count together."""
    positives = float(true.sum())
    if positives == 0:
        return 0.0
    order = np.argsort(-told, kind="stable")
    hits, asked = np.cumsum(true[order]), np.arange(1, len(order) + 1)
    last = np.r_[np.flatnonzero(np.diff(told[order])), len(order) - 1]
    recall = np.r_[0.0, hits[last] / positives]
    return float(np.sum(np.diff(recall) * hits[last] / asked[last]))


def _rule_skill(key: Floats, true: Floats, early: NDArray[np.bool_]) -> float:
    """Return the Brier skill, on the later half, of the rate that each key had in the earlier half."""
    base = float(true[early].mean()) if early.any() else 0.0
    names, place = np.unique(key, return_inverse=True)
    wrong = np.bincount(place[early], true[early], minlength=len(names))
    asked = np.bincount(place[early], minlength=len(names))
    rate = (wrong + _PRIOR * base) / (asked + _PRIOR)
    return _skill(rate[place[~early]], true[~early])


def _skill(told: Floats, true: Floats) -> float:
    base = float(true.mean()) if len(true) else 0.0
    floor = float(np.mean((true - base) ** 2)) if len(true) else 0.0
    return 1.0 - float(np.mean((told - true) ** 2)) / floor if floor > 0 else 0.0


def _late_within(
    model: FailureModel,
    columns: Mapping[str, Floats],
    table: RunTable,
    states: RunStates,
    owed: OwedRun,
    feed: Whole,
) -> Floats:
    """Return the chance that each owed run passes its deadline within the hour."""
    chance = _late_chance(model, columns, table, states, owed, feed)
    return np.where(owed.deadline <= owed.now + _HOUR, model.late.worth(chance, owed), 0.0)


def _late_chance(
    model: FailureModel,
    columns: Mapping[str, Floats],
    table: RunTable,
    states: RunStates,
    owed: OwedRun,
    feed: Whole,
) -> Floats:
    """Return the chance that each owed run passes its deadline, as its law says."""
    return late_chances(owed, *duration_law(model.finish, table, states, columns, feed, owed.now))


def with_late_law(
    model: FailureModel,
    feeds: Sequence[Feed],
    table: RunTable,
    start: float,
    end: float,
    *,
    signals: Signals | None = None,
    changes: Changes | None = None,
    words: Sequence[Span] = (),
) -> FailureModel:
    """Return the model with what its chances of lateness were worth between two moments of its training."""
    random = np.random.default_rng([len(feeds), 5])
    known, count = known_by(table, end), min(_LATE_MOMENTS, max(len(feeds), 1) * 2_000)
    feed = random.integers(0, len(feeds), count).astype(np.intp)
    now = random.uniform(start, max(end - _HOUR, start + 1.0), count)
    judged = ~left_out(words, feed, now, _HOUR)
    feed, now = feed[judged], now[judged]
    scene, states = landscape(feeds, start, end, changes), states_after(known)
    punctual = punctualities(feeds, known, changes or {})
    missed = missed_deadlines(feeds, known, punctual, end, changes or {})
    asked = asked_runs(scene, known, states, feed, now, signals, (model.finish, model.starts))
    owed = owed_runs(scene, known, punctual, feed, now)
    plain = replace(model, late=LateLaw())
    chance = _late_chance(plain, asked.situation, known, states, owed, feed)
    return replace(model, late=fit_late_law(chance, owed, feed, missed))


def _failed_at(table: RunTable, feed: Whole, now: Floats) -> Floats:
    """Return when a run first failed within the hour, NaN where none did."""
    bad = table.bad > 0
    key = np.sort(table.feed[bad] * SPAN + table.finished[bad])
    if not len(key):
        return np.full(len(now), np.nan)
    base = feed * SPAN + now
    found = key[np.minimum(np.searchsorted(key, base, "right"), len(key) - 1)]
    return np.where((found > base) & (found <= base + _HOUR), found - feed * SPAN, np.nan)


def spans_of(high: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches in which a condition holds."""
    edges = np.flatnonzero(np.diff(np.r_[False, high, False].astype(np.int8)))
    return [slice(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
