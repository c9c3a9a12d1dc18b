"""What is known of the rows of a feed, beside its runs: scores of deliveries, agreement with the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from domain.errands import DeliveryState
from domain.predictions import Reason
from domain.trends import forecast_band

_DROP = 5.0
_FALL = 3.0
_LEAST_FOR_A_USUAL = 3
_LEAST_RATE = 0.001


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
        found = [*self._of_scores()]
        if self.differing is not None and (self.is_unusual or self.differing >= _LEAST_RATE):
            more = ", far more than usual" if self.is_unusual else ""
            share = f"{self.differing:.1%}"
            found.append(f"{share} of its rows differ from the source ({self.compared}){more}")
        if self.held_days:
            found.append(
                f"its rows for {', '.join(self.held_days)} are held back: they differ from the source"
            )
        return tuple(Reason(fact, 0.0) for fact in found)

    def _of_scores(self) -> Sequence[str]:
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


NO_DATA = DataFacts()
