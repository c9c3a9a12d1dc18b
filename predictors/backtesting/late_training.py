"""Learn what a model's chances of lateness were worth, from moments of its training."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domain.running.feeds import Feed
from predictors.backtesting.exam import late_chance
from predictors.failure.failure_model import FailureModel, known_by
from predictors.failure.feed_features import asked_runs
from predictors.known.due_times import Changes
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, states_after
from predictors.known.signals import Signals
from predictors.known.words import Span, left_out
from predictors.timeliness.late_law import LateLaw, fit_late_law
from predictors.timeliness.lateness import owed_runs
from predictors.timeliness.punctuality import missed_deadlines, punctualities

_HOUR = 3_600.0
_LATE_MOMENTS = 40_000


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
    chance = late_chance(plain, asked.situation, known, states, owed, feed)
    return replace(model, late=fit_late_law(chance, owed, feed, missed))
