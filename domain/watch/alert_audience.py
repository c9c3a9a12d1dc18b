"""Where alerts of a feed are told, as its configuration says; what it names and is not here is said in words.

Channels and addresses of a configuration are names to look up, never places to send to: a chat has to be a
channel of the settings, a mailbox somebody's in the roster, a webhook the one that an operator set up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from domain.identity.contacts import address_of, masked
from domain.identity.people import Person, Way
from domain.ids import PersonId, TeamId
from domain.running.feed_facts import FeedFacts, HeardAt
from domain.watch.alert_policy import AlertPolicy


@dataclass(frozen=True)
class Audience:
    """Who hears of a feed at once.

    Attributes:
        channels: Names of channels of the settings.
        mailed: People who get mail.
        systems: Ways that lead to a system.
        amiss: What the configuration names and nobody here knows, a sentence each.
    """

    channels: tuple[str, ...]
    mailed: tuple[PersonId, ...] = ()
    systems: tuple[Way, ...] = ()
    amiss: tuple[str, ...] = ()


def audience_of(
    facts: FeedFacts, team: TeamId, policy: AlertPolicy, channels: Collection[str], people: Sequence[Person]
) -> Audience:
    """Return who hears of a feed: whom its configuration names, in its team's channel for want of one."""
    known = {name.casefold(): name for name in channels}
    said: list[str] = []
    mailed: list[PersonId] = []
    systems: list[Way] = []
    amiss: list[str] = []
    for one in facts.heard_at:
        trouble = ""
        if one.kind == "chat" and (channel := known.get(one.address.strip().removeprefix("#").casefold())):
            said.append(channel)
        elif one.kind == "mail" and (owners := _owners(one.address, people)):
            mailed += owners
        elif one.kind in _SYSTEMS and not (trouble := _why_not(one, policy)):
            systems.append(_SYSTEMS[one.kind])
        else:
            amiss.append(trouble or _unknown(one))
    home = policy.channel_of(team)
    if set(said) == {policy.channel} and home in channels:
        said.append(home)  # that channel is what a new feed is proposed: its team's own hears too
    return Audience(
        channels=tuple(dict.fromkeys(said)) or (home if home in channels else policy.channel,),
        mailed=tuple(dict.fromkeys(mailed)),
        systems=tuple(dict.fromkeys(systems)),
        amiss=tuple(amiss),
    )


def joined(audiences: Iterable[Audience]) -> Audience:
    """Return everybody who hears of any of several feeds, each once."""
    every = list(audiences)
    return Audience(
        channels=tuple(dict.fromkeys(name for one in every for name in one.channels)),
        mailed=tuple(dict.fromkeys(name for one in every for name in one.mailed)),
        systems=tuple(dict.fromkeys(way for one in every for way in one.systems)),
        amiss=tuple(dict.fromkeys(text for one in every for text in one.amiss)),
    )


def _owners(address: str, people: Sequence[Person]) -> list[PersonId]:
    wanted = address.strip().casefold()
    return [
        one.id for one in people if one.is_active and address_of(one, Way.MAIL).casefold() == wanted != ""
    ]


def _unknown(one: HeardAt) -> str:
    if one.kind == "mail":
        return f"the mail address {masked(one.address)[:80]} is nobody's in the roster"
    return f"there is no channel {one.address[:80]} here"


def _why_not(one: HeardAt, policy: AlertPolicy) -> str:
    """Return why a system can't be told, empty when it can."""
    if one.kind == "pager":
        return "" if Way.PAGERDUTY in policy.ways else "PagerDuty is not set up here"
    is_ours = Way.WEBHOOK in policy.ways and one.address.rstrip("/") == policy.webhook.rstrip("/")
    return "" if is_ours else "its webhook is not the one that is set up here"


_SYSTEMS = {"pager": Way.PAGERDUTY, "webhook": Way.WEBHOOK}
"""The ways that lead to a system, by the kind of channel."""
