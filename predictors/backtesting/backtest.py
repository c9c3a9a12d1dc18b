"""Judge a model on later data than it learned from, beside the two rules that every model has to beat."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from predictors.backtesting.exam import Exam
from predictors.failure.failure_model import FailureModel
from predictors.failure.feed_features import HORIZONS, Asked

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_WEEK = 7 * 86_400.0
_PRIOR = 20.0
_RELEASE = 0.6


@dataclass(frozen=True)
class Backtest:
    """Answers to hourly questions, feed by feed in order of time, with what came true.

    Attributes:
        feed: Number of the feed per question; now: its moment; told: the estimate for an hour.
        true: Whether trouble came within the hour; trouble_at: when (NaN without).
        elapsed: What the elapsed-time survival rule says; last: what the last status says.
        middle: From here on questions are later than those from which the rules took their rates.
    """

    feed: Whole
    now: Floats
    told: Floats
    true: Floats
    trouble_at: Floats
    elapsed: Floats
    last: Floats
    middle: float

    @property
    def weeks(self) -> float:
        """Return how long the judged part is."""
        return max(float(self.now.max() - self.now.min()) / _WEEK, 1.0 / 7.0) if len(self.now) else 1.0

    @cached_property
    def later(self) -> NDArray[np.bool_]:
        """Return the questions on which model and rules are compared."""
        return np.asarray(self.now >= self.middle)

    @cached_property
    def brier_skill(self) -> float:
        """Return the Brier skill against the base rate."""
        return skill(self.told[self.later], self.true[self.later])

    @cached_property
    def pr_auc(self) -> float:
        """Return the area under precision and recall."""
        return average_precision(self.told[self.later], self.true[self.later])

    @cached_property
    def elapsed_skill(self) -> float:
        """Return the Brier skill of the elapsed-time survival rule."""
        return skill(self.elapsed[self.later], self.true[self.later])

    @cached_property
    def last_skill(self) -> float:
        """Return the Brier skill of the last status."""
        return skill(self.last[self.later], self.true[self.later])


def answered(model: FailureModel, exam: Exam) -> Backtest:
    """Return a model's answers to an exam, beside those of the rules."""
    told, asked = exam.told(model)
    hours = np.unique(exam.now)
    middle = float(hours[len(hours) // 2]) if len(hours) else 0.0
    early = exam.now < middle
    rules = [_rates(key, exam.true, early) for key in (_elapsed_key(asked), asked.situation["failed_last"])]
    return Backtest(exam.feed, exam.now, told, exam.true, exam.trouble_at, rules[0], rules[1], middle)


def joined(hourly: Backtest, closer: Exam, told: Floats) -> Backtest:
    """Return hourly answers with those to a closer exam, in order of time: what alerts are counted on.

    The simple rules answer by the hour alone.
    """
    feed, now = np.r_[hourly.feed, closer.feed], np.r_[hourly.now, closer.now]
    order = np.lexsort((now, feed))
    nothing = np.full(len(closer.now), np.nan)

    def both(one: Floats, other: Floats) -> Floats:
        return np.asarray(np.r_[one, other][order], dtype=np.float64)

    return Backtest(
        feed[order],
        now[order],
        both(hourly.told, told),
        both(hourly.true, closer.true),
        both(hourly.trouble_at, closer.trouble_at),
        both(hourly.elapsed, nothing),
        both(hourly.last, nothing),
        hourly.middle,
    )


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


def skill(told: Floats, true: Floats) -> float:
    """Return the Brier skill against always telling the rate."""
    base = float(true.mean()) if len(true) else 0.0
    floor = float(np.mean((true - base) ** 2)) if len(true) else 0.0
    return 1.0 - float(np.mean((told - true) ** 2)) / floor if floor > 0 else 0.0


def _elapsed_key(asked: Asked) -> Floats:
    """Return what the elapsed-time rule sees: whether a run is under way, for how long, how many will end."""
    running, overrun = asked.situation["running"], asked.situation["overrun"]
    ends = np.round(np.clip(np.log(asked.expected / len(HORIZONS) + 0.02) - np.log(0.5), -4, 4))
    return np.asarray(running * 100 + np.round(overrun * 4) * 10 + ends, dtype=np.float64)


def _rates(key: Floats, true: Floats, early: NDArray[np.bool_]) -> Floats:
    """Return for every question the rate that its key had in the earlier half."""
    base = float(true[early].mean()) if early.any() else 0.0
    names, place = np.unique(key, return_inverse=True)
    wrong = np.bincount(place[early], true[early], minlength=len(names))
    asked = np.bincount(place[early], minlength=len(names))
    rate = (wrong + _PRIOR * base) / (asked + _PRIOR)
    return np.asarray(rate[place], dtype=np.float64)


def cards_of(told: Floats, level: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return when a card of each feed is raised, and when it stands: until its estimate is well below.

    Args:
        told: Estimates, feeds x moments.
        level: From which each feed alerts, feeds x 1.
    """
    high, on = told >= level, told >= _RELEASE * level
    begins = on & ~np.pad(on, ((0, 0), (1, 0)))[:, :-1]
    count = np.cumsum(high, axis=1)
    before = np.maximum.accumulate(np.where(begins, count - high, 0), axis=1)
    stands = on & (count > before)
    return high & (count - before == 1) & stands, stands


def spans_of(high: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches in which a condition holds."""
    edges = np.flatnonzero(np.diff(np.r_[False, high, False].astype(np.int8)))
    return [slice(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
