"""What is known of the rows of a feed, beside its runs: scores of deliveries, agreement with the source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from domain.errands import DeliveryState
from domain.trends import forecast_band
from domain.watch.predictions import Reason

# Of a feed that delivers every few minutes the newest say enough.
MOST_SCORES = 120
_DROP = 5.0
_FALL = 3.0
_LEAST_FOR_A_USUAL = 3
_LEAST_RATE = 0.001


class Scored(NamedTuple):
    """When a delivery was scored, its score, and what became of it."""

    at: datetime
    overall: float
    state: str


class Compared(NamedTuple):
    """A comparison with the source: when it was made, the share of rows that differ, its business date."""

    at: datetime
    differing: float
    day: str
    is_unusual: bool


@dataclass(frozen=True, slots=True)
class FeedRows:
    """What is stored of the rows of one feed: its deliveries, oldest first, and its newest comparison."""

    scores: tuple[Scored, ...] = ()
    compared: Compared | None = None

    def since(self, moment: datetime) -> "FeedRows":
        """Return what of it is of after a moment; itself where that is all."""
        if self.scores and self.scores[0].at <= moment:
            rest = tuple(one for one in self.scores if one.at > moment)
            return replace(self, scores=rest).since(moment)
        if self.compared is not None and self.compared.at <= moment:
            return replace(self, compared=None)
        return self

    def facts(self, held_days: tuple[str, ...] = ()) -> "DataFacts":
        """Return what people should know of it; `held_days` are days that are held back from readers."""
        told = self.compared
        return DataFacts(
            tuple(one.overall for one in self.scores),
            tuple(one.state for one in self.scores),
            told.differing if told is not None else None,
            told.day if told is not None else "",
            told.is_unusual if told is not None else False,
            held_days,
        )


NO_ROWS = FeedRows()


@dataclass(frozen=True, slots=True)
class DataFacts:
    """The rows of one feed.

    Attributes:
        scores: Of its deliveries, 0 to 100, oldest first.
        states: What became of them, in the same order.
        differing: Share of rows that differ in the newest comparison with the source, None without one.
        compared: The business date of that comparison.
        is_unusual: Whether so much differs as it never did.
        held_days: Days that are held back from readers because they differ.
    """

    scores: tuple[float, ...] = ()
    states: tuple[str, ...] = ()
    differing: float | None = None
    compared: str = ""
    is_unusual: bool = False
    held_days: tuple[str, ...] = ()

    @property
    def newest(self) -> float | None:
        """Return the newest score, None without one."""
        return self.scores[-1] if self.scores else None

    @property
    def is_held(self) -> bool:
        """Return whether the newest delivery is held back."""
        return bool(self.states) and self.states[-1] == DeliveryState.HELD.value

    def expected(self) -> float | None:
        """Return the score that the trend leads to, None with fewer than four deliveries."""
        if len(self.scores) <= _LEAST_FOR_A_USUAL:
            return None
        return forecast_band(self.scores, ahead=3)[1]

    def reasons(self) -> tuple[Reason, ...]:
        """Return what of it people should know beside an estimate; it moves no probability."""
        return _reasons(self)

    def of_scores(self) -> Sequence[str]:
        """Return what the scores of its deliveries say."""
        if not self.scores:
            return ()
        told, earlier = self.scores[-1], self.scores[:-1]
        if self.is_held:
            return (f"its newest delivery is held back: it scored {told:.0f} of 100",)
        usual = median(earlier) if len(earlier) >= _LEAST_FOR_A_USUAL else None
        if usual is not None and told <= usual - _DROP:
            return (f"its newest delivery scored {told:.0f} of 100, usually {usual:.0f}",)
        ahead = self.expected()
        if ahead is not None and ahead <= self.scores[0] - _FALL and ahead < told:
            return (f"the quality of its rows falls: {ahead:.0f} of 100 expected soon",)
        return ()


# Every sweep asks for all feeds, and what is known of most changes once a day.
@lru_cache(maxsize=20_000)
def _reasons(facts: DataFacts) -> tuple[Reason, ...]:
    found = [*facts.of_scores()]
    if facts.differing is not None and (facts.is_unusual or facts.differing >= _LEAST_RATE):
        more = ", far more than usual" if facts.is_unusual else ""
        found.append(f"{facts.differing:.1%} of its rows differ from the source ({facts.compared}){more}")
    if facts.held_days:
        found.append(f"its rows for {', '.join(facts.held_days)} are held back: they differ from the source")
    return tuple(Reason(fact, 0.0) for fact in found)


NO_DATA = DataFacts()
