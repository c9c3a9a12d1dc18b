"""The face of the engine: learn from history, then say what is likely to fail, when, and why.

Everything is a plain function of its arguments: no clock, no files, no global state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.errors import BadInput
from domain.feeds import Feed
from domain.predictions import HORIZONS_MINUTES, FinishForecast, Prediction, SuchMornings
from domain.runs import Run
from predictors.explanation import reasons_for
from predictors.failure_model import FailureModel, fit_failures
from predictors.feed_features import Landscape, landscape, last_due, next_due, question_columns
from predictors.history import DAY_SECONDS
from predictors.run_table import RunStates, RunTable, states_after, table_of

_WARM_UP_DAYS = 3.0
_LEAST_RUNS = 50
# Durations of runs scatter roughly log-normally; nine in ten lie within this many deviations either side.
_BAND = 1.2816
_LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class FailurePredictor:
    """A trained model, ready to be asked about any feed."""

    model: FailureModel

    @classmethod
    def train(cls, feeds: Sequence[Feed], history: Iterable[Run], *, version: str) -> "FailurePredictor":
        """Return the predictor of a history; the newest run known is its cut.

        Raises:
            BadInput: There are fewer than fifty finished runs.
        """
        table = table_of(history, [feed.name for feed in feeds])
        if len(table.seen) < _LEAST_RUNS:
            raise BadInput(
                f"{len(table.seen)} finished runs",
                say=f"I know only {len(table.seen)} finished runs, too few to learn from.",
                next_step=f"Import at least {_LEAST_RUNS}.",
            )
        first, last = float(table.seen.min()), float(table.seen.max())
        start = min(first + _WARM_UP_DAYS * DAY_SECONDS, first + 0.1 * (last - first))
        return cls(fit_failures(feeds, table, start, last, version=version))

    def predict(self, feed: Feed, recent_runs: Iterable[Run], now: datetime) -> Prediction:
        """Return the estimate for one feed from its runs (and its upstreams', when they are among them)."""
        return self.score_all([feed], recent_runs, now)[0]

    def score_all(self, feeds: Sequence[Feed], recent_runs: Iterable[Run], now: datetime) -> list[Prediction]:
        """Return one estimate per feed, in their order, from runs of any of them known by `now`."""
        known = [run for run in recent_runs if run.seen_at <= now]
        table = table_of(known, [feed.name for feed in feeds])
        return self.sweep(feeds, table, now)

    def sweep(self, feeds: Sequence[Feed], table: RunTable, now: datetime) -> list[Prediction]:
        """Return one estimate per feed from a table that holds only what is known by `now`."""
        moment = now.timestamp()
        scene, states = landscape(feeds, moment, moment + DAY_SECONDS), states_after(table)
        number = np.arange(len(feeds), dtype=np.intp)
        asked = question_columns(scene, table, states, number, np.full(len(feeds), moment))
        within = self.model.within(asked)
        finish, due = _finishes(scene, table, states, moment)
        reasons = reasons_for(self.model.stack.linear, asked[0], within[:, -1])
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


def _finishes(
    scene: Landscape, table: RunTable, states: RunStates, now: float
) -> tuple[list[FinishForecast | None], list[datetime | None]]:
    """Return finish forecasts with an 80 % band, and due times; None where nothing runs or is due within a
    day."""
    count = len(scene.feeds)
    number, moment = np.arange(count, dtype=np.intp), np.full(count, now)
    row = table.last_known(number, moment)
    start = table.last_start(number, moment)
    ahead, behind = next_due(scene, number, moment), last_due(scene, number, moment)
    forecasts: list[FinishForecast | None] = []
    due_times: list[datetime | None] = []
    for place in range(count):
        mine = (
            table.feed == place
            if row[place] < 0
            else slice(max(int(row[place]) - 60, 0), int(row[place]) + 1)
        )
        durations = table.duration[mine][table.feed[mine] == place] if len(table.feed) else np.zeros(0)
        logs = np.log(np.maximum(durations[np.isfinite(durations)], 1.0))
        middle = float(np.median(logs)) if len(logs) else float(np.log(600.0))
        spread = max(float(np.std(logs)) if len(logs) > 4 else 0.5, _LEAST_SPREAD)
        runs_now = np.isfinite(start[place]) and (row[place] < 0 or start[place] > table.started[row[place]])
        due = behind[place] if runs_now else ahead[place]
        begin = float(start[place]) if runs_now else float(ahead[place])
        if not np.isfinite(begin) or begin - now > DAY_SECONDS:
            forecasts.append(None)
            due_times.append(None)
            continue
        ends = [max(begin + float(np.exp(middle + side * spread)), now) for side in (-_BAND, 0.0, _BAND)]
        forecasts.append(FinishForecast(*(datetime.fromtimestamp(end, UTC) for end in ends)))
        due_times.append(datetime.fromtimestamp(float(due), UTC) if np.isfinite(due) else None)
    return forecasts, due_times


def stale_after(predictor_trained_at: datetime, days: float = 14.0) -> datetime:
    """Return when a model is too old to be trusted without a new backtest."""
    return predictor_trained_at + timedelta(days=days)
