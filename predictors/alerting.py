"""Decide which estimates people are told about: by budget and cost, once per trouble, and only from proven
feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.feeds import COST_OF_A_MISS, Criticality, Feed
from domain.ids import FeedName
from domain.predictions import Prediction

# An alert is withdrawn only well below the level that raised it; otherwise a card flickers with every sweep.
_RELEASE = 0.6
_CALM_SWEEPS = 3
_LEAST_THRESHOLD = 0.02


class CardState(StrEnum):
    """What a card says now."""

    QUIET = "quiet"
    RAISED = "raised"
    BACK_ON_TRACK = "back on track"


@dataclass(frozen=True)
class Watch:
    """Where the alert of one feed stands: its state and for how many sweeps the estimate has been calm."""

    state: CardState = CardState.QUIET
    calm: int = 0


@dataclass(frozen=True)
class TroubleCard:
    """One trouble as people see it: the feed it starts at, its dependants, and how much it matters."""

    root: FeedName
    dependants: tuple[FeedName, ...]
    probability: float
    priority: float


@dataclass(frozen=True)
class QuietHours:
    """Local hours in which only critical feeds may speak."""

    start: time
    end: time
    zone: str

    def cover(self, now: datetime) -> bool:
        """Return whether the moment lies in the quiet hours."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def threshold_for_budget(
    past: Sequence[float], alerts_a_week: float, weeks: float, criticality: Criticality
) -> float:
    """Return the probability from which to alert: the budget's level, lowered by the cost of a miss.

    Args:
        past: One peak estimate per candidate alert (a feed's run of high estimates counts once) of a team.
        alerts_a_week: How many alerts the team accepts.
        weeks: Length of the past in weeks.
        criticality: Of the feed; a miss that costs c false alarms is worth alerting from 1 / (1 + c).
    """
    affordable = int(alerts_a_week * weeks)
    ordered = sorted(past, reverse=True)
    by_budget = (
        ordered[affordable - 1]
        if 0 < affordable <= len(ordered)
        else (_LEAST_THRESHOLD if affordable else 1.0)
    )
    by_cost = 1.0 / (1.0 + COST_OF_A_MISS[criticality])
    return (
        max(_LEAST_THRESHOLD, by_budget, by_cost)
        if criticality is not Criticality.CRITICAL
        else max(_LEAST_THRESHOLD, min(by_budget, by_cost))
    )


def watched(before: Watch, probability: float, threshold: float) -> Watch:
    """Return where an alert stands after one more sweep: raised at the threshold, released well below and
    for long."""
    if probability >= threshold:
        return Watch(CardState.RAISED, 0)
    if before.state is not CardState.RAISED:
        return Watch(CardState.QUIET, 0)
    if probability >= _RELEASE * threshold:
        return replace(before, calm=0)
    calm = before.calm + 1
    return Watch(CardState.BACK_ON_TRACK, calm) if calm >= _CALM_SWEEPS else replace(before, calm=calm)


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


def may_speak(feed: Feed, quiet: QuietHours | None, now: datetime) -> bool:
    """Return whether an alert of this feed may be posted now rather than kept for the morning."""
    return quiet is None or feed.criticality is Criticality.CRITICAL or not quiet.cover(now)


def may_leave_shadow(true: int, alerts: int, *, bar: float = 0.5, least: int = 10) -> bool:
    """Return whether a feed's shadow alerts proved good enough: the lower 90 % bound of precision reaches
    the bar.

    The bound is Wilson's (1927), one-sided: eight of ten is not yet proof of one in two being worth it, 16
    of 20 is.
    """
    if alerts < least:
        return False
    z, share = 1.2816, true / alerts
    centre = share + z * z / (2 * alerts)
    spread = z * ((share * (1 - share) + z * z / (4 * alerts)) / alerts) ** 0.5
    return bool((centre - spread) / (1 + z * z / alerts) >= bar)


def snoozed_until(now: datetime, minutes: int) -> datetime:
    """Return when a snoozed card speaks again, at most a day from now."""
    return now + timedelta(minutes=max(1, min(minutes, 24 * 60)))


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
