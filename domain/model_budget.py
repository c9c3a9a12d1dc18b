"""What a language model may cost in a day, and who keeps count of it."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.errors import NotNow


@dataclass(frozen=True)
class Budget:
    """What may be spent in a day: by everybody together, and by each person."""

    calls_per_day: int = 5_000
    calls_per_person: int = 200
    tokens_per_day: int = 5_000_000
    micros_per_day: int = 20_000_000
    seconds_per_call: float = 30.0


@dataclass(frozen=True)
class Spent:
    """What a day has cost so far."""

    calls: int = 0
    calls_of_person: int = 0
    tokens: int = 0
    micros: int = 0


@dataclass(frozen=True)
class Reservation:
    """A call that was counted before it began, with the tokens that it may take."""

    day: date
    person: str
    tokens: int


class Spending(Protocol):
    """Counts what a day costs; a new day begins at midnight UTC."""

    def reserve(self, person: str, tokens: int) -> Reservation:
        """Count a call that is about to begin.

        Raises:
            NotNow: The budget is used up; nothing was counted.
            OutsideTrouble: The count can't be read or kept now.
        """
        ...

    def settle(self, reserved: Reservation, used: int, micros: int) -> None:
        """Count what the call really cost instead of what was reserved; raises `OutsideTrouble`."""
        ...


def check_budget(budget: Budget, spent: Spent, tokens: int) -> None:
    """Refuse a call that the budget of the day has no room for; raises `NotNow`."""
    if spent.calls >= budget.calls_per_day:
        raise _used_up("calls of today")
    if spent.calls_of_person >= budget.calls_per_person:
        raise _used_up("calls of yours today")
    if spent.tokens + tokens > budget.tokens_per_day:
        raise _used_up("tokens of today")
    if spent.micros >= budget.micros_per_day:
        raise _used_up("money of today")


def _used_up(what: str) -> NotNow:
    return NotNow(
        f"model budget used up: {what}",
        say=f"The language model's budget is used up ({what}).",
        next_step="I answer from articles and rules until tomorrow, or until somebody raises it.",
    )
