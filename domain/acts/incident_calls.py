"""Whom an incident without a lead calls: the people of its feed first, then everybody in the role."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.identity.people import Person, Role
from domain.ids import FeedName, TeamId
from domain.investigation.incidents import TOLD, Incident
from domain.ports.transactions import UnitOfWork
from domain.running.feed_facts import FeedFacts
from domain.watch.alert_ladder import Named, named, of_teams

_FEED = "feed/"


@dataclass(frozen=True)
class FeedOfIncident:
    """The feed that an incident is about: its team, and what its configuration says of who is called."""

    name: FeedName
    team: TeamId
    facts: FeedFacts = field(default_factory=FeedFacts)


def feed_of(uow: UnitOfWork, about: str) -> FeedOfIncident | None:
    """Return the feed that an incident is about, None when it is about something else."""
    if not about.startswith(_FEED):
        return None
    name = FeedName(about.removeprefix(_FEED))
    entry = uow.feeds.find(name)
    if entry is not None:
        return FeedOfIncident(name, TeamId(entry.owner), entry.facts)
    watched = uow.watched.find(name)
    return FeedOfIncident(name, watched.feed.team) if watched is not None else None


def first_call_minutes(uow: UnitOfWork, about: str) -> int | None:
    """Return after how many minutes the configuration of the feed wants somebody called."""
    feed = feed_of(uow, about)
    return feed.facts.escalate_after_minutes if feed is not None else None


def own_people(incident: Incident, feed: FeedOfIncident | None, people: Sequence[Person]) -> Named | None:
    """Return the feed's own people, who are called before the others; None when they were, or if it has none.

    Those whom its configuration names, or else those of its team in the role of the first step.
    """
    if feed is None or incident.escalated or incident.own_called_at is not None:
        return None
    active = [one for one in people if one.is_active]
    role = TOLD[0]
    named_ones = named(feed.facts.escalate_to, active, role) if feed.facts.escalate_to else None
    in_role = [one for one in active if role in one.roles]
    found = named_ones or of_teams((feed.team,), (), role, in_role)
    return found if found is not None and found.people else None


def others_in_role(people: Sequence[Person], own: Sequence[Person]) -> list[Person]:
    """Return who else is called in the first step, after a feed's own people."""
    return [one for one in people if one.is_active and TOLD[0] in one.roles and one not in own]


def next_to_call(
    incident: Incident, people: Sequence[Person], already: Sequence[str]
) -> tuple[Role, list[Person]]:
    """Return whom a step calls: its role, or, when nobody has that, the next one that somebody has.

    Args:
        incident: The incident.
        people: Everybody.
        already: The feed's own people who were called; they are not called again in the same step.
    """
    active = [one for one in people if one.is_active]
    roles = TOLD[min(incident.escalated, len(TOLD) - 1) :]
    for role in roles:
        if called := [one for one in active if role in one.roles and one.id not in already]:
            return role, called
    return roles[0], []
