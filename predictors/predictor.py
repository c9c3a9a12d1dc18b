"""The face of the engine: learn from history, then say what is likely to fail, when, and why.

Everything is a plain function of its arguments: no clock, no files, no global state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from domain.counting import counted
from domain.errors import BadInput
from domain.running.feeds import Feed
from domain.running.readings import Reading
from domain.running.runs import Run
from domain.watch.predictions import HORIZONS_MINUTES, Prediction, SuchMornings
from predictors.estimators.explanation import reasons_for
from predictors.failure.failure_model import FailureModel, fit_failures
from predictors.failure.feed_features import asked_runs
from predictors.known.due_times import Changes
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import Landscape, landscape
from predictors.known.run_table import RunStates, RunTable, states_after, table_of
from predictors.known.signals import Signals, signals_of
from predictors.timeliness.finish_times import finishes
from predictors.timeliness.lateness import OwedRun, owed_runs
from predictors.timeliness.punctuality import punctualities

_WARM_UP_DAYS = 3.0
_LEAST_RUNS = 50


@dataclass(frozen=True)
class FailurePredictor:
    """A trained model, ready to be asked about any feed."""

    model: FailureModel

    @classmethod
    def train(
        cls,
        feeds: Sequence[Feed],
        history: Iterable[Run],
        *,
        version: str,
        readings: Iterable[Reading] = (),
        changes: Changes | None = None,
    ) -> "FailurePredictor":
        """Return the predictor of a history; the newest run known is its cut.

        Args:
            feeds: The feeds.
            history: Their runs, in any order.
            version: Name under which the model is kept.
            readings: What sources, databases and pools said between runs.
            changes: Per feed, the schedules it had before the present one.

        Raises:
            BadInput: There are fewer than fifty finished runs.
        """
        table = table_of(history, [feed.name for feed in feeds])
        if len(table.seen) < _LEAST_RUNS:
            raise BadInput(
                f"{len(table.seen)} finished runs",
                say=f"I know only {counted(len(table.seen), 'finished run')}, too few to learn from.",
                next_step=f"Import at least {_LEAST_RUNS}.",
            )
        first, last = float(table.seen.min()), float(table.seen.max())
        start = min(first + _WARM_UP_DAYS * DAY_SECONDS, first + 0.1 * (last - first))
        signals = signals_of(readings)
        return cls(fit_failures(feeds, table, start, last, version=version, signals=signals, changes=changes))

    def score_all(
        self,
        feeds: Sequence[Feed],
        recent_runs: Iterable[Run],
        now: datetime,
        readings: Iterable[Reading] = (),
        changes: Changes | None = None,
    ) -> list[Prediction]:
        """Return one estimate per feed, in their order, from what was known of any of them by `now`."""
        known = [run for run in recent_runs if run.seen_at <= now]
        table = table_of(known, [feed.name for feed in feeds])
        signals = signals_of(one for one in readings if one.seen_at <= now)
        return self.sweep(feeds, table, now, signals=signals, changes=changes)

    def sweep(
        self,
        feeds: Sequence[Feed],
        table: RunTable,
        now: datetime,
        *,
        signals: Signals | None = None,
        changes: Changes | None = None,
        scene: Landscape | None = None,
        states: RunStates | None = None,
        owed: OwedRun | None = None,
    ) -> list[Prediction]:
        """Return one estimate per feed from a table and signals that hold only what is known by `now`.

        `scene`, `states` and `owed` spare their laying out where the caller has them: due times from a day
        before now to two days after it, what is known after each run of this very table, and what is owed.
        """
        moment = now.timestamp()
        scene = scene or landscape(feeds, moment, moment + DAY_SECONDS, changes)
        states = states or states_after(table)
        number = np.arange(len(feeds), dtype=np.intp)
        at = np.full(len(feeds), moment)
        laws = (self.model.finish, self.model.starts)
        asked = asked_runs(scene, table, states, number, at, signals, laws)
        within = self.model.within(asked)
        if owed is None:
            owed = owed_runs(scene, table, punctualities(feeds, table, changes or {}), number, at)
        finish, due = finishes(
            self.model.finish, scene, table, states, asked.situation, owed, self.model.late
        )
        reasons = reasons_for(self.model.stack.linear, asked.situation, within[:, -1])
        return [
            Prediction(
                feed=feed.name,
                made_at=now,
                probabilities=tuple(
                    zip(HORIZONS_MINUTES, (round(float(p), 5) for p in within[place]), strict=True)
                ),
                finish=finish[place],
                reasons=reasons[place],
                record=SuchMornings(*self.model.such_times(float(within[place, -1]))),
                model=self.model.version,
                due_at=due[place],
            )
            for place, feed in enumerate(feeds)
        ]
