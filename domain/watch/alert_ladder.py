"""Who is called about an alert that nobody acknowledges, and when: a ladder of rungs.

The people of the alert's own team come first, then everybody in the same role, then the next role. A feed
whose configuration says who is called has them on the first rung. When nobody on the whole ladder could be
reached, everybody who might help is called by every way that the house has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.identity.access import Act, may
from domain.identity.people import MAIL_FIRST, PHONE_FIRST, Person, Role, Way
from domain.ids import PersonId, TeamId
from domain.running.feed_facts import FeedFacts
from domain.watch.alert_policy import AlertPolicy, CallStep
from domain.watch.alerts import AlertCall

LAST = "last"
"""The rung that is there only when no other was heard."""
_USUAL = timedelta(minutes=15)


@dataclass(frozen=True)
class Rung:
    """So long after the card was posted, or after a snooze ended, these people are called.

    Attributes:
        name: The same however often the ladder is drawn up.
        step: The step of the policy that it belongs to.
        whom: Who is meant, in words.
        people: Who that is; empty when there is nobody.
        by: How they are told outside of the chats as well: by the first of these that works.
    """

    name: str
    step: int
    after: timedelta
    whom: str
    people: tuple[PersonId, ...]
    by: tuple[Way, ...]


@dataclass(frozen=True)
class Named:
    """Whom a configuration means by a name."""

    whom: str
    people: tuple[Person, ...]


class Owned(Protocol):
    """A trouble with the team that it starts at and the others that it hits: an alert, or worse rows."""

    @property
    def team(self) -> TeamId:
        """Return the team of its feed."""
        ...

    @property
    def teams(self) -> tuple[TeamId, ...]:
        """Return the teams of all its feeds."""
        ...


def ladder(alert: Owned, facts: FeedFacts, policy: AlertPolicy, people: Sequence[Person]) -> tuple[Rung, ...]:
    """Return the rungs in the order in which people are called; the last one is for when none was heard."""
    active = [one for one in people if one.is_active]
    steps = _steps(facts, policy)
    rungs = list(_rungs(alert, facts, steps, active))
    until = rungs[-1].after if rungs else _USUAL
    every = [one for one in active if _might_help(one, alert)]
    rungs.append(Rung(LAST, len(steps), until, "everybody who might help", _ids(every), PHONE_FIRST))
    return tuple(rungs)


def called_from(rung: Rung, rungs: Sequence[Rung], calls: Sequence[AlertCall], begun: datetime) -> datetime:
    """Return from when a rung is called: its time after the beginning, and as long as usual after the last.

    Whoever was called late, because the machine was asleep or the house down, has as long as ever to answer.
    """
    before = next((one for one in rungs if calls and one.name == calls[-1].rung), None)
    if before is None:
        return begun + rung.after
    return max(begun + rung.after, calls[-1].at + (rung.after - before.after))


def named(name: str, people: Sequence[Person], role: Role | None = None) -> Named | None:
    """Return whom a name means: a person, a role, or a team: those in `role`, if it has any."""
    wanted = plain(name)
    active = [one for one in people if one.is_active and wanted]
    for one in active:
        if wanted in (plain(one.id), plain(one.name), plain(one.email)):
            return Named(one.name, (one,))
    for known in Role:
        if wanted == plain(known.value):
            return Named(_word(known), tuple(one for one in active if known in one.roles))
    team = [one for one in active if wanted in _teams(one)]
    in_role = [one for one in team if role in one.roles]
    return Named(f"team {name}", tuple(in_role or team)) if team else None


def plain(name: str) -> str:
    """Return a name so that its spellings are equal."""
    return re.sub(r"[\s_-]+", "-", name.strip().removeprefix("@").casefold())


def _steps(facts: FeedFacts, policy: AlertPolicy) -> tuple[CallStep, ...]:
    """Return the policy's steps, moved so that the first is when the configuration wants it."""
    steps = policy.steps
    if facts.escalate_to and not steps:
        steps = (CallStep(_USUAL, Role.ON_CALL, MAIL_FIRST),)
    if facts.escalate_after_minutes is None or not steps:
        return steps
    later = timedelta(minutes=facts.escalate_after_minutes) - steps[0].after
    return tuple(CallStep(step.after + later, step.role, step.by) for step in steps)


def _rungs(
    alert: Owned, facts: FeedFacts, steps: Sequence[CallStep], active: Sequence[Person]
) -> Iterator[Rung]:
    called: set[PersonId] = set()
    for number, step in enumerate(steps):
        in_role = [one for one in active if step.role in one.roles]
        first = named(facts.escalate_to, active, step.role) if number == 0 and facts.escalate_to else None
        ours = first or of_teams((alert.team,), alert.teams, step.role, in_role)
        rest = [one for one in in_role if one.id not in called and (not ours or one not in ours.people)]
        if ours and ours.people:
            yield Rung(f"{number}:team", number, step.after, ours.whom, _ids(ours.people), step.by)
            if rest:
                after = step.after + _pause(steps, number)
                whom = f"others {_word(step.role)}"
                yield Rung(f"{number}:all", number, after, whom, _ids(rest), step.by)
        else:
            yield Rung(f"{number}:all", number, step.after, _word(step.role), _ids(in_role), step.by)
        called |= {one.id for one in (*in_role, *(ours.people if ours else ()))}


def of_teams(
    own: Sequence[str], others: Sequence[str], role: Role, in_role: Sequence[Person]
) -> Named | None:
    """Return the people of the team that the trouble starts at, or else of the other teams that it hits."""
    for teams in (own, [team for team in others if team not in own]):
        wanted = {plain(team) for team in teams if team}
        found = tuple(one for one in in_role if wanted & _teams(one))
        if found:
            theirs = sorted(team for team in teams if any(plain(team) in _teams(one) for one in found))
            return Named(f"{_word(role)} of {', '.join(theirs)}", found)
    return None


def _pause(steps: Sequence[CallStep], number: int) -> timedelta:
    """Return how long a team is waited for before all in its role are called: half of a step."""
    if number + 1 < len(steps):
        return (steps[number + 1].after - steps[number].after) / 2
    before = steps[number - 1].after if number else timedelta(0)
    return (steps[number].after - before) / 2


def _might_help(person: Person, alert: Owned) -> bool:
    in_team = bool({plain(team) for team in (alert.team, *alert.teams) if team} & _teams(person))
    leads = bool(person.roles & {Role.LEAD, Role.ON_CALL, Role.ADMINISTRATOR})
    return leads or (in_team and may(person, Act.ACKNOWLEDGE_ALERT))


def _teams(person: Person) -> set[str]:
    return {plain(team) for team in person.teams}


def _ids(people: Sequence[Person]) -> tuple[PersonId, ...]:
    return tuple(one.id for one in people)


def _word(role: Role) -> str:
    return role.value.replace("_", " ")
