"""Tell people once per trouble, and only where alerts have not proved wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.ids import FeedName
from domain.running.feeds import COST_OF_A_MISS, Feed
from domain.watch.predictions import Prediction

# One-sided 90 %.
_Z = 1.2816


@dataclass(frozen=True)
class TroubleCard:
    """One trouble as people see it: the feed it starts at, its dependants, and how much it matters."""

    root: FeedName
    dependants: tuple[FeedName, ...]
    probability: float
    priority: float


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
