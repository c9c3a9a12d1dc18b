"""Deliveries of a feed in a row that are worse than usual or of another shape: one thing for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from domain.errands import DeliveryState
from domain.ids import FeedName
from domain.watch.feed_health import QualityPoint

DROP = 5.0
"""So many points below the usual score a delivery is worth a word."""
LOOKED_AT = 60
_LEAST_FOR_A_USUAL = 3
_USUAL_OF = 10
_SUBJECT = "rows/"


@dataclass(frozen=True)
class RowTrouble:
    """Bad deliveries in a row, the oldest first, and the usual score, None while too few are known."""

    points: tuple[QualityPoint, ...]
    usual: float | None
    is_over: bool = False

    @property
    def since(self) -> datetime:
        """Return when the first of them was scored: the trouble's identity within its feed."""
        return self.points[0].measured_at

    @property
    def has_fallen(self) -> bool:
        """Return whether scores are low, or a delivery is held back."""
        return any(_is_held(one) or _is_low(one, self.usual) for one in self.points)

    @property
    def has_drifted(self) -> bool:
        """Return whether columns came or went."""
        return any(one.drift for one in self.points)

    def sentence(self) -> str:
        """Return what is amiss with the newest of them."""
        newest = self.points[-1]
        usually = f", usually {self.usual:.0f}" if self.usual is not None else ""
        said = [f"Its newest delivery scored {newest.overall:.0f} of 100{usually}"] if self.has_fallen else []
        if newest.state == DeliveryState.HELD:
            said.append("it is held back")
        return "; ".join([*said, *newest.drift[:3]]) + "."


def troubles_of(points: Sequence[QualityPoint]) -> list[RowTrouble]:
    """Return the troubles in a feed's scores, oldest first; only the last one may be going on."""
    found: list[RowTrouble] = []
    good: list[float] = []
    bad: list[QualityPoint] = []
    for one in points:
        usual = median(good[-_USUAL_OF:]) if len(good) >= _LEAST_FOR_A_USUAL else None
        if _is_held(one) or one.broken or one.drift or _is_low(one, usual):
            bad.append(one)
            continue
        if bad:
            found.append(RowTrouble(tuple(bad), usual, is_over=True))
        good.append(one.overall)
        bad = []
    usual = median(good[-_USUAL_OF:]) if len(good) >= _LEAST_FOR_A_USUAL else None
    return [*found, RowTrouble(tuple(bad), usual)] if bad else found


def begun_at(start: str, points: Sequence[QualityPoint]) -> RowTrouble | None:
    """Return the trouble that began at a moment, in ISO form; it may be older than the scores."""
    began = datetime.fromisoformat(start)
    found = next((one for one in troubles_of(points) if one.points[-1].measured_at >= began), None)
    if found is None or found.since == began:
        return found
    # At the edge of what is looked at no usual score is known yet, so low ones are not seen as such.
    between = [one for one in points if began <= one.measured_at < found.since]
    is_cut = len(points) >= LOOKED_AT and found.since > began
    return found if is_cut and len(between) <= _LEAST_FOR_A_USUAL else None


def subject_of(feed: str, trouble: RowTrouble) -> str:
    """Return how postings name a trouble."""
    return f"{_SUBJECT}{feed}@{trouble.since.isoformat()}"


def feed_and_start(subject: str) -> tuple[FeedName, str]:
    """Return the feed of a trouble and when it began, from how postings name it."""
    feed, _, start = subject.removeprefix(_SUBJECT).partition("@")
    return FeedName(feed), start


def _is_held(one: QualityPoint) -> bool:
    return one.state in (DeliveryState.HELD, DeliveryState.REFUSED)


def _is_low(one: QualityPoint, usual: float | None) -> bool:
    return usual is not None and one.overall <= usual - DROP
