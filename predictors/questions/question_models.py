"""Learn one model per kind of question: `learn` from a training window, `answer` a later one.

A window is anything with `.events`, `.queries`, `.meta` (pandas frames) and `.info` (a mapping). Answers
never depend on other questions of the window or on rows that became known after the question's own moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import BadInput
from predictors.estimators.evidence import shared_fate
from predictors.estimators.prior_logistic import never_sure
from predictors.estimators.stack import FEED_RATE, Stack, feed_rates, train
from predictors.questions import delivery_features, outage_features, recipes, run_features, wear_features
from predictors.questions.event_frame import feed_names, number_columns, tidied
from predictors.questions.plain_features import plain_features
from predictors.questions.state_words import learn_words
from predictors.questions.wear_training import taught_features

Floats = NDArray[np.float64]

# How late a label is known in service, as a share of the history at hand; measured, labels are months late.
_LABEL_DELAY_SHARE = 0.1
# How far ahead is asked where nobody says it, and no answer shows it.
_USUAL_HORIZON = {"outage": 3_600.0}
_RECIPES = {
    "outage": recipes.OUTAGE,
    "runs": recipes.RUNS,
    "telemetry": recipes.WEAR,
    "batch": recipes.DELIVERY,
}


class AskedWindow(Protocol):
    """What a model may see."""

    @property
    def events(self) -> pd.DataFrame: ...
    @property
    def queries(self) -> pd.DataFrame: ...
    @property
    def info(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class _Asked:
    """A window in the one shape that features read."""

    events: pd.DataFrame
    queries: pd.DataFrame
    info: Mapping[str, object]


@dataclass(frozen=True)
class QuestionModel:
    """A fitted blend with what its features need: constants of the task, known labels, or a scale of wear."""

    kind: str
    stack: Stack
    horizon: float
    labels: pd.DataFrame
    numbers: tuple[str, ...] = ()
    scale: wear_features.WearScale | None = None
    words: Mapping[str, bool] = field(default_factory=dict)

    @property
    def threshold(self) -> float:
        """Return the probability from which it alerts, chosen on the newest quarter of its training."""
        return self.stack.threshold

    @property
    def mix(self) -> str:
        """Return in words which members the backtest inside its training chose, and how much trees count."""
        return f"{self.stack.mix} ({self.stack.share:.0%}), slope {self.stack.steepness.slope:.2f}"

    def answer(self, window: AskedWindow) -> Floats:
        """Return one probability per question of the window, in its order."""
        return self.stack.probabilities(self._columns(window))

    def _columns(self, asked: AskedWindow) -> dict[str, Floats]:
        window = _in_shape(asked, self.kind, self.numbers, self.horizon, self.words)
        # Labels of the training span are old by now, so they count at once.
        columns = _special(self.kind, window, self.horizon, self.labels, 0.0, self.scale)
        columns |= plain_features(window.events, window.queries, window.info)
        return columns if self.kind == "telemetry" else columns | {FEED_RATE: self._rates(window.queries)}

    def _rates(self, queries: pd.DataFrame) -> Floats:
        """Return the feed's own rate of yes in training, that of all for a feed nobody knew."""
        y = self.labels["y"].to_numpy(np.float64)
        names, number = np.unique(self.labels["feed_id"].to_numpy(object).astype(str), return_inverse=True)
        known = dict(zip(names.tolist(), feed_rates(y, number, len(names)).tolist(), strict=True))
        asked = queries["feed_id"].astype(str)
        return np.asarray(asked.map(known).fillna(float(never_sure(y).mean())), dtype=np.float64)


def learn(training: AskedWindow) -> QuestionModel:
    """Return the model of the training window's kind.

    Raises:
        BadInput: The kind is unknown, or there is no question to learn from.
    """
    kind = str(training.info.get("kind", ""))
    if kind not in _RECIPES:
        raise BadInput(
            f"unknown kind of question {kind!r}",
            say="I can't learn from this history: I don't know its kind.",
            next_step="Use outage, runs, telemetry or batch.",
        )
    if not len(training.queries):
        raise BadInput(
            "no questions to learn from",
            say="I can't learn from this history: it holds no questions that have been answered.",
            next_step="Bring a longer history.",
        )
    horizon = float(str(training.info.get("horizon") or _USUAL_HORIZON.get(kind, 0.0)))
    numbers = number_columns(training.events)
    words = learn_words(*_as_told(training, kind), kind)
    shaped = _in_shape(training, kind, numbers, horizon, words)
    queries, events = shaped.queries, shaped.events
    y, order = queries["y"].to_numpy(np.float64), queries["t"].to_numpy(np.float64)
    labels = queries[["feed_id", "t", "y"]]
    scale = wear_features.learn_scale(events, queries) if kind == "telemetry" else None
    delay = _LABEL_DELAY_SHARE * float(order.max() - order.min()) if len(order) and kind == "batch" else 0.0
    if scale is not None:
        columns = taught_features(scale, events, queries)
    else:
        columns = _special(kind, shaped, horizon, labels, delay, scale)
    columns |= plain_features(events, queries, training.info)
    cluster = shared_fate(kind, order)
    _, feed = np.unique(queries["feed_id"].to_numpy(object).astype(str), return_inverse=True)
    if kind == "telemetry":
        # Units live in parallel, so "newest" means the last quarter of the units, never half a unit.
        order = cluster = feed.astype(np.float64)
    stack = train(_RECIPES[kind], columns, y, order, cluster, feed if kind != "telemetry" else None)
    return QuestionModel(kind, stack, horizon, labels, numbers, scale, words)


def _as_told(window: AskedWindow, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and questions with states in the system's own words."""
    return tidied(window.events, kind, ()), _named(window.queries)


def _named(queries: pd.DataFrame) -> pd.DataFrame:
    return queries.assign(feed_id=feed_names(queries["feed_id"]).to_numpy(object))


def _in_shape(
    window: AskedWindow, kind: str, numbers: tuple[str, ...], horizon: float, words: Mapping[str, bool]
) -> _Asked:
    """Return the window with tidy events; time of wear is counted in thirtieths of the look ahead."""
    events, queries = tidied(window.events, kind, numbers, words), _named(window.queries)
    unit = horizon / wear_features.HORIZON
    if kind == "telemetry" and unit > 0 and unit != 1.0:
        for frame in (events, queries):
            for name in {"t", "t_avail", "event_t"} & set(frame.columns):
                frame[name] = frame[name] / unit
    return _Asked(events, queries, window.info)


def _special(
    kind: str,
    window: AskedWindow,
    horizon: float,
    labels: pd.DataFrame,
    delay: float,
    scale: wear_features.WearScale | None,
) -> dict[str, Floats]:
    """Return the columns that were thought out for this kind of question."""
    if kind == "outage":
        return outage_features.outage_features(window.events, window.queries, horizon)
    if kind == "runs":
        return run_features.run_features(window.events, window.queries)
    if scale is not None:
        return wear_features.wear_features(scale, window.events, window.queries)
    return delivery_features.delivery_features(window.events, window.queries, labels, delay)
