"""Let a challenger take the champion's place only when later questions say that it is better.

Both answer the same questions, which neither has learned from. What counts is the difference of their squared
errors, added up over blocks of time that share their fate; it has to exceed its standard error, or chance
alone would change the model every other day. A champion whose data ended lately has seen too little to be
judged by: then it stays, unless the challenger knows much more, or the champion's estimates stopped coming
true.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted
from predictors.backtesting.backtest import Backtest, skill

Floats = NDArray[np.float64]

_DAY = 86_400.0
_LEAST_BLOCKS = 3
# A history of fewer days than this is compared by quarters of days.
_LEAST_DAYS = 5
_LEAST_TROUBLES = 5
_MUCH_MORE = 1.5
TRUSTED_DAYS = 14.0
LEAST_COMMON_DAYS = 3.0
"""Fewer later days than this tell nothing of two models."""


@dataclass(frozen=True)
class Gain:
    """How much closer to what came some answers were than others, per question.

    Attributes:
        mean: Difference of the mean squared errors; positive is better.
        error: Its standard error, by blocks of time; few blocks widen it as Student's law does.
        won: In how many of `blocks` they were closer; `unit`: what a block is.
    """

    mean: float
    error: float
    won: int
    blocks: int
    unit: str

    @property
    def is_clear(self) -> bool:
        """Return whether it is better by more than chance would bring."""
        return self.blocks >= _LEAST_BLOCKS and self.mean > self.error

    @property
    def is_clear_loss(self) -> bool:
        """Return whether it is worse by more than chance would bring."""
        return self.blocks >= _LEAST_BLOCKS and self.mean < -self.error


@dataclass(frozen=True)
class Common:
    """Questions that champion and challenger have both not learned from, with both answers."""

    now: Floats
    true: Floats
    champion: Floats
    challenger: Floats

    @property
    def days(self) -> float:
        """Return how long they span."""
        return float(np.ptp(self.now)) / _DAY if len(self.now) else 0.0


@dataclass(frozen=True)
class Champion:
    """The model in service as its challenger meets it.

    Attributes:
        version: Its name.
        age_days: Since its data ended.
        troubles: How many it learned from; 0 where its file does not say.
        common: The questions to compare by, None where there are too few.
        drifted: Why it is no longer trusted, empty while it is.
    """

    version: str
    age_days: float
    troubles: int
    common: Common | None
    drifted: str = ""


@dataclass(frozen=True)
class Decision:
    """Whether the challenger is taken, and why, in words."""

    wins: bool
    words: str


def gain(ours: Floats, theirs: Floats, true: Floats, now: Floats) -> Gain:
    """Return how much closer to what came `ours` were than `theirs`."""
    if not len(now):
        return Gain(0.0, 0.0, 0, 0, "days")
    days = len(np.unique(np.floor(now / _DAY)))
    unit, length = ("days", _DAY) if days >= _LEAST_DAYS else ("quarters of a day", _DAY / 4.0)
    _, block = np.unique(np.floor(now / length), return_inverse=True)
    closer = np.bincount(block, (theirs - true) ** 2 - (ours - true) ** 2)
    count = len(closer)
    spread = float(np.std(closer, ddof=1)) * count**0.5 * (1.0 + 0.5 / (count - 1)) if count > 1 else 0.0
    return Gain(float(closer.sum()) / len(now), spread / len(now), int((closer > 0.0).sum()), count, unit)


def decided(test: Backtest, troubles: int, champion: Champion | None) -> Decision:
    """Return whether a challenger with that backtest, which learned from so many troubles, is taken."""
    rules = _against_rules(test)
    if not rules.wins or champion is None:
        return rules
    rival = _against(champion, troubles)
    return Decision(rival.wins, f"{rules.words} {rival.words}")


def _against_rules(test: Backtest) -> Decision:
    later = test.later
    told, true, now = test.told[later], test.true[later], test.now[later]
    rules = (("elapsed time", test.elapsed, test.elapsed_skill), ("last status", test.last, test.last_skill))
    lost = [name for name, theirs, _ in rules if not gain(told, theirs[later], true, now).is_clear]
    beats = test.brier_skill > 0.0 and not lost
    figures = ", ".join(f"{name} {value:.3f}" for name, _, value in rules)
    figures = f"Brier skill {test.brier_skill:.3f}, {figures}, PR-AUC {test.pr_auc:.3f}"
    asked = f"On {counted(len(now), 'later question')}"
    if beats:
        return Decision(True, f"{asked} it did better than both simple rules ({figures}).")
    than = " and ".join(lost) if lost else "the usual rate"
    return Decision(False, f"{asked} it was not clearly better than {than} ({figures}).")


def _against(champion: Champion, troubles: int) -> Decision:
    common, name = champion.common, champion.version
    if common is None or common.days < LEAST_COMMON_DAYS or common.true.sum() < _LEAST_TROUBLES:
        return _untested(champion, troubles)
    found = gain(common.challenger, common.champion, common.true, common.now)
    ours, theirs = (skill(told, common.true) for told in (common.challenger, common.champion))
    figures = (
        f"on {counted(len(common.now), 'question')} of {counted(round(common.days), 'day')}"
        " that neither had seen, it was closer to"
        f" what came on {found.won} of {found.blocks} {found.unit} (skill {ours:.3f} against {theirs:.3f})"
    )
    if found.is_clear:
        return Decision(True, f"Than {name} it is better: {figures}.")
    if champion.age_days >= TRUSTED_DAYS and not found.is_clear_loss:
        old = f"{name} learned nothing for {counted(round(champion.age_days), 'day')}"
        return Decision(True, f"{old} and is not clearly better: {figures}.")
    if found.is_clear_loss:
        return Decision(False, f"Than {name} it is worse: {figures}.")
    return Decision(False, f"From {name} it differs by no more than chance would bring: {figures}.")


def _untested(champion: Champion, troubles: int) -> Decision:
    """Decide without common questions: who knows much more, or replaces what failed, is taken."""
    name = champion.version
    few = f"Too little came since the data of {name} ended to compare the two"
    if champion.drifted:
        return Decision(True, f"{few}, but the world has left it since.")
    if champion.age_days >= TRUSTED_DAYS:
        return Decision(
            True, f"{few}, but it learned nothing for {counted(round(champion.age_days), 'day')}."
        )
    if troubles >= _MUCH_MORE * champion.troubles:
        known = f"{champion.troubles:,}" if champion.troubles else "an unknown number"
        return Decision(
            True, f"{few}, but this one learned from {counted(troubles, 'trouble')} instead of {known}."
        )
    return Decision(False, f"{few}, so {name} stays.")
