"""Decide which estimates people are told about: by budget and cost, once per trouble, only where proven."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.feeds import COST_OF_A_MISS, Criticality, Feed
from domain.ids import FeedName
from domain.predictions import Prediction

_LEAST_THRESHOLD = 0.02
# One-sided 90 %.
_Z = 1.2816


@dataclass(frozen=True)
class Candidate:
    """An alert that might have been raised: the peak of a feed's run of high estimates."""

    peak: float
    criticality: Criticality

    @property
    def worth(self) -> float:
        """Return what it saves per false alarm it risks: odds of the trouble times what missing it costs."""
        return COST_OF_A_MISS[self.criticality] * self.peak / max(1.0 - self.peak, 1e-9)


@dataclass(frozen=True)
class Cut:
    """From which worth a team's alerts are told; `words` say what decided it."""

    worth: float
    words: str

    def level(self, criticality: Criticality) -> float:
        """Return the estimate from which a feed alerts: the lower, the more a miss of it costs."""
        if self.worth == float("inf"):
            return 1.0
        return max(_LEAST_THRESHOLD, self.worth / (self.worth + COST_OF_A_MISS[criticality]))


@dataclass(frozen=True)
class TroubleCard:
    """One trouble as people see it: the feed it starts at, its dependants, and how much it matters."""

    root: FeedName
    dependants: tuple[FeedName, ...]
    probability: float
    priority: float


def cut_of(past: Sequence[Candidate], affordable: float) -> Cut:
    """Return from which worth to alert: the budget buys the alerts of a team that save most.

    An alert that costs more in false alarms than it saves is not told, however much budget is left.

    Args:
        past: The would-be alerts of all feeds of a team.
        affordable: How many of them its budget allows.
    """
    count = int(affordable)
    ordered = sorted((one.worth for one in past), reverse=True)
    if not count:
        return Cut(float("inf"), "the budget allows no alert")
    by_budget = ordered[count - 1] if count <= len(ordered) else 0.0
    told = sum(worth >= max(by_budget, 1.0) for worth in ordered)
    return Cut(max(by_budget, 1.0), f"{told} of the {len(past)} alerts of the tested time pass, {count} may")


def grouped(raised: Mapping[FeedName, Prediction], feeds: Mapping[FeedName, Feed]) -> list[TroubleCard]:
    """Return one card per trouble: a raised feed with a raised upstream stands under it, most urgent card
    first."""
    roots: dict[FeedName, list[FeedName]] = {}
    for name in raised:
        roots.setdefault(_root(name, raised, feeds), []).append(name)
    cards = []
    for root, members in roots.items():
        dependants = tuple(sorted(member for member in members if member != root))
        probability = raised[root].probability
        impact = sum(COST_OF_A_MISS[feeds[name].criticality] for name in members)
        cards.append(TroubleCard(root, dependants, probability, round(probability * impact, 4)))
    return sorted(cards, key=lambda card: (-card.priority, card.root))


def falls_short(true: int, alerts: int, bar: float) -> bool:
    """Return whether real alerts miss the bar by more than bad luck would bring.

    The upper bound of their precision is Wilson's (1927), one-sided 90 %: against a bar of 30 %, four wrong
    ones in a row fall short, three do not yet.
    """
    if not alerts:
        return False
    share = true / alerts
    centre = share + _Z * _Z / (2 * alerts)
    spread = _Z * ((share * (1 - share) + _Z * _Z / (4 * alerts)) / alerts) ** 0.5
    return bool((centre + spread) / (1 + _Z * _Z / alerts) < bar)


def _root(name: FeedName, raised: Mapping[FeedName, Prediction], feeds: Mapping[FeedName, Feed]) -> FeedName:
    """Follow raised upstreams to the first of them; the likelier one where two are raised."""
    seen = {name}
    while True:
        above = [parent for parent in feeds[name].upstreams if parent in raised and parent not in seen]
        if not above:
            # Feeds that wait for each other have no first one; any fixed choice makes them one card.
            circle = any(parent in seen for parent in feeds[name].upstreams)
            return min(seen) if circle else name
        name = max(above, key=lambda parent: (raised[parent].probability, parent))
        seen.add(name)
