"""A feed whose rows differ from its source far more than usual: one thing for people, open until it agrees.

It covers every day that was found to differ and closes by itself once each of them agrees again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.data_quality.comparisons import Earlier, rate_of, rates_by_kind
from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from domain.watch.feed_health import ReconciliationPoint

LONGEST = timedelta(days=14)
"""A day that still differs after so long is not looked at any more."""
EXPECTED_FOR = timedelta(days=30)
_MOST_DAYS = 14
_MUTE = "discrepancy:"


class DiscrepancyState(StrEnum):
    """How it stands."""

    OPEN = "open"
    AGREES = "agrees"
    EXPECTED = "expected"
    LEFT = "left"
    """It still differed after `LONGEST`."""


class Discrepancy(BaseModel):
    """What differs between a feed and its source, for which days, and what was known of it before."""

    model_config = ConfigDict(frozen=True)

    id: str
    feed: FeedName
    team: TeamId
    criticality: Criticality = Criticality.NORMAL
    state: DiscrepancyState = DiscrepancyState.OPEN
    days: tuple[ReconciliationPoint, ...]
    """The newest comparison of each day that was found to differ, the oldest day first."""
    earlier: dict[str, str] = {}
    """Kind of difference to what is known of it from before."""
    opened_at: datetime
    updated_at: datetime
    announced_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    sentence: str = ""

    @property
    def subject(self) -> str:
        """Return how postings and the audit trail name it."""
        return f"discrepancy/{self.id}"

    @property
    def is_open(self) -> bool:
        """Return whether people may have to do something."""
        return self.state is DiscrepancyState.OPEN

    @property
    def differing(self) -> tuple[ReconciliationPoint, ...]:
        """Return the days that differ still."""
        return tuple(day for day in self.days if day.mismatches and day.is_unusual)

    @property
    def mended(self) -> tuple[ReconciliationPoint, ...]:
        """Return the days that differed and agree now, or differ no more than usual."""
        return tuple(day for day in self.days if day not in self.differing)

    @property
    def worst(self) -> ReconciliationPoint:
        """Return the day of which most differs."""
        return max(self.differing or self.days, key=lambda day: (rate_of(day), day.business_date))


def after_comparison(
    before: Discrepancy | None,
    found: ReconciliationPoint,
    known: Mapping[str, Earlier],
    owner: tuple[FeedName, TeamId, Criticality],
) -> Discrepancy | None:
    """Return what is open, or was just closed, after a comparison; None when nothing is or was.

    Args:
        before: The open one of the feed, if there is one.
        found: The comparison, judged by `is_unusual`.
        known: What is known from before, by kind of difference.
        owner: The feed, its team, and how much it matters.
    """
    if before is None:
        if not found.is_unusual:
            return None
        feed, team, criticality = owner
        return Discrepancy(
            id=_identity(feed, found),
            feed=feed,
            team=team,
            criticality=criticality,
            days=(found,),
            earlier=_told(known),
            opened_at=found.at,
            updated_at=found.at,
        )
    days = {day.business_date: day for day in before.days}
    if found.business_date not in days and not found.is_unusual:
        return before
    days[found.business_date] = found
    kept = tuple(days[day] for day in sorted(days))[-_MOST_DAYS:]
    after = before.model_copy(
        update={"days": kept, "earlier": before.earlier | _told(known), "updated_at": found.at}
    )
    if after.differing:
        return after
    named = ", ".join(day.business_date for day in kept)
    said = (
        f"Source and target agree for {named}."
        if not any(day.mismatches for day in kept)
        else (f"What differs for {named} is no more than usual.")
    )
    return closed(after, DiscrepancyState.AGREES, said, found.at)


def closed(
    one: Discrepancy, state: DiscrepancyState, said: str, now: datetime, by: PersonId | None = None
) -> Discrepancy:
    """Return it as over."""
    return one.model_copy(
        update={"state": state, "sentence": said, "closed_at": now, "updated_at": now, "closed_by": by}
    )


def left_if_old(one: Discrepancy, now: datetime) -> Discrepancy | None:
    """Return it as given up when it has differed for too long, else None."""
    if now - one.opened_at < LONGEST:
        return None
    named = ", ".join(day.business_date for day in one.differing)
    said = f"It still differs for {named} after {LONGEST.days} days; I look at these days no more."
    return closed(one, DiscrepancyState.LEFT, said, now)


def mute_of(one: Discrepancy) -> str:
    """Return the fingerprint under which people can undo that it is expected."""
    return f"{_MUTE}{one.id}"


def muted_discrepancies(fingerprints: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of those that people called expected and did not take back."""
    return tuple(name.removeprefix(_MUTE) for name in fingerprints if name.startswith(_MUTE))


def expected_rates(expected: Sequence[Discrepancy]) -> dict[str, float]:
    """Return, by kind of difference, the largest share of rows that people called expected."""
    rates: dict[str, float] = {}
    for one in expected:
        for day in one.days:
            for kind, rate in rates_by_kind(day).items():
                rates[kind] = max(rates.get(kind, 0.0), rate)
    return rates


def _told(known: Mapping[str, Earlier]) -> dict[str, str]:
    return {kind: one.sentence() for kind, one in known.items()}


def _identity(feed: FeedName, found: ReconciliationPoint) -> str:
    return "m" + hashlib.sha256(f"{feed}/{found.business_date}/{found.id}".encode()).hexdigest()[:13]
