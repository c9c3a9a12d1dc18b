"""Say for every feed when its running or next run will end, with an 80 % band and the chance of lateness."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.watch.predictions import FinishForecast
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import Landscape
from predictors.known.run_table import RunStates, RunTable
from predictors.timeliness.finish_model import FinishModel
from predictors.timeliness.late_law import LateLaw
from predictors.timeliness.lateness import OwedRun, late_chances

Floats = NDArray[np.float64]

_USUAL_SECONDS = 600.0


def finishes(
    model: FinishModel,
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    columns: Mapping[str, Floats],
    owed: OwedRun,
    law: LateLaw | None = None,
) -> tuple[list[FinishForecast | None], list[datetime | None]]:
    """Return finish forecasts and due times of the owed runs; None where nothing runs or is due within a day.

    Args:
        model: What stretches durations.
        scene: The feeds and their due times.
        table: Their runs known by `now`.
        states: What was known after each run.
        columns: The features of every feed at `now`.
        owed: The run that each feed owes now.
        law: What a chance of missing a deadline is worth; without it, it is taken as it is.
    """
    count, now = len(scene.feeds), owed.now
    middle, spread = duration_law(model, table, states, columns, np.arange(count, dtype=np.intp), now)
    running, due = owed.running, np.minimum(owed.due, now + 2 * DAY_SECONDS)
    served = running | (due - now <= DAY_SECONDS)
    # One that is due and of which nothing would be heard may have begun then; another can begin now.
    hidden = ~running & (due <= now) & table.hides_starts(np.arange(count, dtype=np.intp), now)
    begun, running = np.where(hidden, due, owed.begun), running | hidden
    begin = np.where(running, begun, np.where(served, np.maximum(due, now), now))
    # A run under way has outlived all shorter durations: the law is cut at what it has lasted already.
    lasted = np.log(np.maximum(np.where(running, now - begun, 0.0), 1.0))
    gone = np.where(running, _normal((lasted - middle) / spread), 0.0)
    gone = np.minimum(gone, 0.999)
    ends = [
        begin + np.exp(middle + spread * _quantile(gone + (1.0 - gone) * share)) for share in (0.1, 0.5, 0.9)
    ]
    # A run that has outlived nearly all can end at any moment, but not sooner than now.
    endless = gone > 0.98
    ends = [
        np.where(endless, now + share * np.exp(middle), np.maximum(end, now))
        for share, end in zip((0.1, 0.5, 1.5), ends, strict=True)
    ]
    late = (law or LateLaw()).worth(late_chances(owed, middle, spread), owed)
    forecasts: list[FinishForecast | None] = []
    due_times: list[datetime | None] = []
    for place in range(count):
        if not served[place]:
            forecasts.append(None)
            due_times.append(None)
            continue
        early, half, last = (_moment(float(end[place])) for end in ends)
        forecasts.append(FinishForecast(early, half, last, round(float(late[place]), 4)))
        due_times.append(_moment(float(due[place])) if owed.is_scheduled[place] else None)
    return forecasts, due_times


def duration_law(
    model: FinishModel,
    table: RunTable,
    states: RunStates,
    columns: Mapping[str, Floats],
    feed: NDArray[np.intp],
    now: Floats,
) -> tuple[Floats, Floats]:
    """Return the middle of the log of each next duration (seconds) and its deviation, as known then."""
    usual, own = np.full(len(now), np.log(_USUAL_SECONDS)), np.full(len(now), np.nan)
    if len(table.seen):
        row = table.last_known(feed, now)
        has, safe = row >= 0, np.maximum(row, 0)
        usual = np.where(has, np.nan_to_num(states.usual_duration[safe], nan=np.log(_USUAL_SECONDS)), usual)
        own = np.where(has, states.spread[safe], np.nan)
    return usual + model.stretch(columns), model.spread(own)


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _normal(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def _quantile(share: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(share, 1e-6, 1.0 - 1e-6)), dtype=np.float64)
