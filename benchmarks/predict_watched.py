"""Ask the model of the watch, the one whose estimates people get, the questions of a folder of runs.

The questions of a folder have models of their own (`predictors.questions`); the watch has another, because a
feed has a calendar, sources and lineage, which folders do not tell. Of runs both can be asked the same: will
the run that starts now fail? So a folder shows whether what people get holds on systems of others, too.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.predict_tasks import Window
from domain.errors import BadInput
from domain.ids import FeedName, TeamId
from domain.running.feeds import UNKNOWN_SCHEDULE, Feed
from predictors.failure.failure_model import answer, fit_failures
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns, states_after
from predictors.questions.event_frame import feed_names, tidied
from predictors.questions.state_words import learn_words

Floats = NDArray[np.float64]

_WARM_UP_DAYS = 3.0
# A run is asked about just after its start was told, and before any end of its batch can be known.
_SINCE_START = 0.5
_KNOWN_AFTER = 1.0
_COLUMNS = ("dur", "tries")


class WatchedRuns:
    """The watch's model of the runs of a training window, asked about each run at its start."""

    def __init__(self, training: Window) -> None:
        """Learn from the runs of `training`, of which each start was told at once.

        Raises:
            BadInput: There is no run.
        """
        if not len(training.events):
            raise BadInput(
                "no run to learn from",
                say="The watch learns from runs, and this history holds none.",
                next_step="Bring a history with runs.",
            )
        told = training.queries.assign(feed_id=feed_names(training.queries["feed_id"]).to_numpy(object))
        self._words = learn_words(tidied(training.events, "runs", ()), told, "runs")
        names, table = self._runs(training)
        first, last = float(table.started.min()), float(table.seen.max())
        start = min(first + _WARM_UP_DAYS * DAY_SECONDS, first + 0.1 * (last - first))
        self._model = fit_failures(_feeds(names), table, start, last, version="judged")

    def __call__(self, window: Window) -> Floats:
        """Return the chance, per question, that the run which starts then fails within the hour."""
        names, table = self._runs(window)
        number = _numbers(feed_names(window.queries["feed_id"]), names).astype(np.intp)
        now = window.queries["t"].to_numpy(np.float64) + _SINCE_START
        scene = landscape(_feeds(names), float(now.min()), float(now.max()) + DAY_SECONDS)
        return answer(self._model, scene, table, states_after(table), number, now)[:, -1]

    def _runs(self, window: Window) -> tuple[list[str], RunTable]:
        """Return the names of all feeds, and their runs: an end counts from when the folder knew it, and
        that a run starts is what a question says. A feed that was never seen is served as an average one."""
        events, asked = tidied(window.events, "runs", _COLUMNS, self._words), window.queries
        asked_of = feed_names(asked["feed_id"])
        names = sorted({*events["feed_id"], *asked_of})
        ended, starting = np.ones(len(events)), np.ones(len(asked))
        started = np.r_[events["t"].to_numpy(np.float64), asked["t"].to_numpy(np.float64)]
        lasted, tries = (np.nan_to_num(events[name].to_numpy(np.float64)) for name in _COLUMNS)
        known = np.maximum(events["t_avail"].to_numpy(np.float64), started[: len(events)] + _KNOWN_AFTER)
        columns = {
            "feed": np.r_[_numbers(events["feed_id"], names), _numbers(asked_of, names)],
            "open": np.r_[0.0 * ended, starting],
            "seen": np.r_[known, started[len(events) :]],
            "told": started,
            "started": started,
            "finished": started + np.r_[np.maximum(lasted, _KNOWN_AFTER), np.nan * starting],
            "retries": np.r_[np.maximum(tries - 1.0, 0.0), 0.0 * starting],
            "bad": np.r_[(events["status"] == "fail").to_numpy(np.float64), 0.0 * starting],
        }
        columns |= {name: np.full(len(started), np.nan) for name in ("rows", "rejected", "queue")}
        columns |= {name: np.zeros(len(started)) for name in ("warnings", "novel", "error")}
        return names, from_columns([FeedName(name) for name in names], columns)


def _numbers(feeds: "pd.Series[str]", names: list[str]) -> Floats:
    return feeds.map({name: place for place, name in enumerate(names)}).to_numpy(np.float64)


def _feeds(names: list[str]) -> list[Feed]:
    return [Feed(FeedName(name), TeamId("judged"), UNKNOWN_SCHEDULE) for name in names]
