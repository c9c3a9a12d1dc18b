"""Let an estimate speak of lateness: the chance of trouble counts it, and the reasons name it.

A run that fails may be late too, and the model has learned from late runs as from failed ones, so the two
chances are not added up: the greater one is the chance of trouble.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from domain.clock.wall_clock import clock_near
from domain.counting import lasting
from domain.running.feeds import Feed
from domain.watch.predictions import Prediction, Reason, SuchMornings
from predictors.timeliness.lateness import OwedRun

_SUREST = 0.99
_WORTH_SAYING = 0.1
_MOST_REASONS = 4
_SAID_ALREADY = ("it should have", "its run has been due")
"""Begin reasons that lateness tells more exactly: which run, and since when."""


class _State(NamedTuple):
    """How an owed run stands, and whether its sender would tell of it before it has ended."""

    is_running: bool
    hides_start: bool


def _no_record(probability: float) -> tuple[int, int]:
    return 0, 0


def with_lateness(
    told: Prediction,
    feed: Feed,
    owed: OwedRun,
    place: int,
    within: Sequence[float],
    such_times: Callable[[float], tuple[int, int]] = _no_record,
) -> Prediction:
    """Return the estimate of a feed with the chance that it misses a deadline in each horizon.

    Args:
        told: What the model says.
        feed: The feed; its zone is that of the times in the reasons.
        owed: What feeds owe at the moment of the estimate; `place` is the row of this feed.
        within: How likely it is to miss a deadline within each horizon.
        such_times: How often, of how many, estimates like one came true; they count lateness too.
    """
    deadline = _moment(float(owed.deadline[place]))
    due = _moment(float(owed.due[place])) if owed.is_scheduled[place] else None
    if deadline is None:
        return told
    late = [min(chance, _SUREST) for chance in within]
    levels = tuple(
        (minutes, max(level, round(one, 5)))
        for (minutes, level), one in zip(told.probabilities, late, strict=True)
    )
    state = _State(bool(owed.running[place]), bool(owed.hides[place]))
    fact = _fact(told.made_at, feed, due, deadline, state)
    more = int(owed.later[place, -1])
    if more and due is not None and due > told.made_at:
        fact = f"{more + 1} of its deadlines fall within the hour, and it is often late"
    reasons = told.reasons
    if late[-1] >= max(told.probability, _WORTH_SAYING):
        calm = [r for r in reasons if r.effect > 0.0 and not r.fact.startswith(_SAID_ALREADY)]
        reasons = (Reason(fact, round(_log_odds(late[-1]), 3)), *calm)[:_MOST_REASONS]
    elif late[-1] >= _WORTH_SAYING:
        reasons = (*reasons[: _MOST_REASONS - 1], Reason(fact, round(_log_odds(late[-1]), 3)))
    # What the model said had the record of the chance to fail alone.
    is_raised = levels[-1][1] > told.probability
    record = SuchMornings(*such_times(levels[-1][1])) if is_raised else told.record
    news = {"reasons": reasons, "due_at": due, "deadline": deadline, "lateness": round(late[-1], 5)}
    return replace(told, probabilities=levels, record=record, **news)  # type: ignore[arg-type]


def _fact(now: datetime, feed: Feed, due: datetime | None, deadline: datetime, run: _State) -> str:
    which = f"its {clock_near(feed.schedule.zone, due, now)} run" if due is not None else "the run under way"
    by = clock_near(feed.schedule.zone, deadline, now)
    if deadline <= now:
        return f"{which} has not {'ended' if run.is_running else 'come'} and has been late since {by}"
    if run.is_running:
        minutes = max((deadline - now).total_seconds() / 60.0, 1.0)
        return f"{which} is still running, {lasting(minutes)} before it counts as late at {by}"
    if due is not None and due <= now:
        waited = lasting((now - due).total_seconds() / 60.0)
        if run.hides_start:
            return f"{which} was due {waited} ago, no end was told, and it counts as late at {by}"
        return f"{which} should have started {waited} ago, and counts as late at {by}"
    return f"{which} is often late"


def _log_odds(chance: float) -> float:
    kept = min(max(chance, 1e-3), 1.0 - 1e-3)
    return float(np.log(kept / (1.0 - kept)))


def _moment(epoch: float) -> datetime | None:
    return datetime.fromtimestamp(epoch, UTC) if np.isfinite(epoch) else None
