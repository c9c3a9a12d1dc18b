"""Make a blend's answers as steep as what came true, no further than the backtest is sure of.

An average of log-odds is timid where one member sees plainly what another hardly sees: troubles that always
come were promised at a tenth. One slope for all answers (Cox 1958; Platt 2000) mends that and keeps their
order. The likeliest slope was as often luck: it is taken as near to 1 as one standard error allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.evidence import log_losses
from predictors.estimators.inner_choice import Trial, levelled
from predictors.estimators.prior_logistic import sigmoid

Floats = NDArray[np.float64]

# Half as steep to three times; one of them is 1.
_LOG_SLOPES = np.arange(-14, 23) * 0.05
# Within so many nats of the best lies what one standard error cannot tell from it.
_UNSURE = 0.5


@dataclass(frozen=True)
class Steepness:
    """A slope on the log-odds scale, and the shift that keeps the mean promise where it was."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, log_odds: Floats) -> Floats:
        """Return the log-odds made steeper or flatter."""
        return self.slope * log_odds + self.shift


AS_IT_IS = Steepness()


def untouched(answers: Sequence[Floats], trials: Sequence[Trial], sharing: float) -> Steepness:
    """Return that answers stay as they are, whatever came true."""
    return AS_IT_IS


def measured(answers: Sequence[Floats], trials: Sequence[Trial], sharing: float) -> Steepness:
    """Return the slope nearest to 1 of those that make what came true almost as likely as the best does.

    Args:
        answers: The blend's log-odds for the questions of each step of the backtest.
        trials: These steps.
        sharing: How many failures share a cause: so many answers count as one.
    """
    if not trials:
        return AS_IT_IS
    steps = list(zip(answers, trials, strict=True))
    lost = np.array([sum(_loss(np.exp(one), *step) for step in steps) for one in _LOG_SLOPES])
    near = _LOG_SLOPES[lost <= lost.min() + _UNSURE * max(sharing, 1.0)]
    slope = float(np.exp(near[np.abs(near).argmin()]))
    if slope == 1.0:
        return AS_IT_IS
    shifts = [levelled(slope * told, sigmoid(told), trial.weight) - slope * told for told, trial in steps]
    return Steepness(slope, float(np.mean([shift[0] for shift in shifts])))


def never_flatter(answers: Sequence[Floats], trials: Sequence[Trial], sharing: float) -> Steepness:
    """Return what `measured` says, unless that would make answers flatter.

    Where weights yield to little evidence, those of a step that saw half of the history promise more than the
    whole will: that they are too steep says nothing of it.
    """
    told = measured(answers, trials, sharing)
    return told if told.slope > 1.0 else AS_IT_IS


def _loss(slope: float, told: Floats, trial: Trial) -> float:
    p = sigmoid(levelled(slope * told, trial.y, trial.weight))
    return float((trial.weight * log_losses(p, trial.y)).sum())
