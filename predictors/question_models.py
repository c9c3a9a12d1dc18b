"""Learn one model per kind of question: `learn` from a training window, `answer` a later one.

A window is anything with `.events`, `.queries`, `.meta` (pandas frames) and `.info` (a mapping). Answers
never depend on other questions of the window or on rows that became known after the question's own moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import BadInput
from predictors import delivery_features, outage_features, recipes, run_features, wear_features
from predictors.history import DAY_SECONDS
from predictors.stack import Stack, train

Floats = NDArray[np.float64]

# How late a label is known in service, as a share of the history at hand; measured, labels are months late.
_LABEL_DELAY_SHARE = 0.1


class AskedWindow(Protocol):
    """What a model may see."""

    @property
    def events(self) -> pd.DataFrame: ...
    @property
    def queries(self) -> pd.DataFrame: ...
    @property
    def info(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class QuestionModel:
    """A fitted blend with what its features need: constants of the task, known labels, or a scale of wear."""

    kind: str
    stack: Stack
    horizon: float
    labels: pd.DataFrame
    scale: wear_features.WearScale | None = None

    @property
    def threshold(self) -> float:
        """Return the probability from which it alerts, chosen on the newest quarter of its training."""
        return self.stack.threshold

    def answer(self, window: AskedWindow) -> Floats:
        """Return one probability per question of the window, in its order."""
        return self.stack.probabilities(self._columns(window))

    def _columns(self, window: AskedWindow) -> Mapping[str, Floats]:
        if self.kind == "outage":
            return outage_features.outage_features(window.events, window.queries, self.horizon)
        if self.kind == "runs":
            return run_features.run_features(window.events, window.queries)
        if self.kind == "telemetry" and self.scale is not None:
            return wear_features.wear_features(self.scale, window.events, window.queries)
        # Labels of the training span are old by now, so they count at once.
        return delivery_features.delivery_features(window.events, window.queries, self.labels, 0.0)


def learn(training: AskedWindow) -> QuestionModel:
    """Return the model of the training window's kind.

    Raises:
        BadInput: The kind is unknown.
    """
    kind = str(training.info.get("kind", ""))
    horizon = float(str(training.info.get("horizon", 0)))
    queries, events = training.queries, training.events
    y, order = queries["y"].to_numpy(np.float64), queries["t"].to_numpy(np.float64)
    day = np.floor(order / DAY_SECONDS)
    labels = queries[["feed_id", "t", "y"]]
    if kind == "outage":
        columns = outage_features.outage_features(events, queries, horizon)
        return QuestionModel(kind, train(recipes.OUTAGE, columns, y, order, day), horizon, labels.head(0))
    if kind == "runs":
        columns = run_features.run_features(events, queries)
        return QuestionModel(kind, train(recipes.RUNS, columns, y, order, day), horizon, labels.head(0))
    if kind == "telemetry":
        scale = wear_features.learn_scale(events, queries)
        columns = wear_features.wear_features(scale, events, queries)
        # Units live in parallel, so "newest" means the last quarter of the units, never half a unit.
        _, units = np.unique(queries["feed_id"].to_numpy(object).astype(str), return_inverse=True)
        stack = train(recipes.WEAR, columns, y, units.astype(np.float64), units.astype(np.float64))
        return QuestionModel(kind, stack, horizon, labels.head(0), scale)
    if kind == "batch":
        delay = _LABEL_DELAY_SHARE * float(order.max() - order.min()) if len(order) else 0.0
        columns = delivery_features.delivery_features(events, queries, labels, delay)
        return QuestionModel(kind, train(recipes.DELIVERY, columns, y, order, day), horizon, labels)
    raise BadInput(
        f"unknown kind of question {kind!r}",
        say="I can't learn from this history: I don't know its kind.",
        next_step="Use outage, runs, telemetry or batch.",
    )
