"""Ports: look over all feeds at once, and learn how to from history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.watch.feed_health import ScorecardView
from domain.watch.watching import Swept, Threshold


class Forecaster(Protocol):
    """Estimates for all feeds."""

    def sweep(self, now: datetime) -> Swept:
        """Return one estimate per feed under watch from what is known by `now`; reads only what is new.

        Without a usable model it answers by a rule on elapsed time, and says so in `model`.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training brought.

    Attributes:
        version: Of the model that was fitted, empty when there was too little to learn from.
        is_taken: Whether it is in service now.
        sentence: What happened, in words and numbers.
        thresholds: Per feed, from the backtest of the model that is in service.
        scorecard: Of that backtest, None when there was none.
        serving: Version of the model that is in service, empty where it is not known or a rule answers.
    """

    version: str
    is_taken: bool
    sentence: str
    thresholds: Sequence[Threshold] = ()
    scorecard: ScorecardView | None = None
    serving: str = ""


class Trainer(Protocol):
    """Fits models."""

    def train(self, now: datetime, beat: Callable[[str], None]) -> TrainingReport:
        """Fit a challenger on what is known, judge it beside the champion on later data, keep the better.

        Blocking for minutes; `beat` is called every few seconds with how far it is. Killed at any moment it
        leaves the champion in service.

        Raises:
            OutsideTrouble: The fitting process died; try again.
        """
        ...

    def drift(self, now: datetime) -> str:
        """Return why a new model is due now, or an empty string."""
        ...
