"""Put the model in service and its challenger before the same questions; answer for the one that serves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from domain.errors import BadInput, NotFound
from predictors import registry
from predictors.backtesting.backtest import Backtest
from predictors.backtesting.contest import LEAST_COMMON_DAYS, Champion, Common
from predictors.backtesting.exam import Exam
from predictors.failure.failure_model import FailureModel
from predictors.known.history import DAY_SECONDS
from predictors.registry import ModelCard
from runtime.wiring.watching.training_order import TrainingOrder

Fitting = Callable[[float], FailureModel]
"""Fits a model to what was known by a moment."""


@dataclass(frozen=True)
class InService:
    """The model that answers now."""

    model: FailureModel
    card: ModelCard


def in_service(order: TrainingOrder) -> InService | None:
    """Return the model that answers now, None where a rule does."""
    try:
        model, card, _ = registry.newest(Path(order.models), bytes.fromhex(order.key))
    except (NotFound, BadInput):
        return None
    return InService(model, card)


def champion_of(
    order: TrainingOrder, now: InService, exam: Exam, test: Backtest, cut: float, fit: Fitting
) -> Champion:
    """Return the model in service as the challenger meets it.

    Args:
        order: What was ordered.
        now: The model in service.
        exam: The questions after `cut`; test: what the challenger's trial, fitted until `cut`, says of them.
        fit: Fits another trial, for a champion that has seen a part of those questions: until half of the
            time since the champion's data ended, so that it is fresher than the champion by as much as it is
            staler than the challenger.
    """
    card = now.card
    age = (order.now.timestamp() - card.data_until) / DAY_SECONDS
    return Champion(card.version, age, card.troubles, _common(now, exam, test, cut, fit), order.drifted)


def _common(now: InService, exam: Exam, test: Backtest, cut: float, fit: Fitting) -> Common | None:
    until, last = now.card.data_until, float(exam.now.max()) if len(exam.now) else cut
    if until <= cut:
        told, _ = exam.told(now.model)
        return Common(exam.now, exam.true, told, test.told)
    middle = 0.5 * (until + last)
    if last - middle < LEAST_COMMON_DAYS * DAY_SECONDS:
        return None
    rows = exam.now > middle
    champion, _ = exam.told(now.model, rows)
    challenger, _ = exam.told(fit(middle), rows)
    return Common(exam.now[rows], exam.true[rows], champion, challenger)


def as_served(test: Backtest, exam: Exam, now: InService) -> Backtest:
    """Return the answers of the model in service; a trial answers what the model has learned from."""
    rows = exam.now > now.card.data_until
    told = test.told.copy()
    if rows.any():
        told[rows], _ = exam.told(now.model, rows)
    return replace(test, told=np.asarray(told, dtype=np.float64))
