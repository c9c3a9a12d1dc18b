"""Who reads an answer: the asker's audiences, and those who read along in the channel."""

from collections.abc import Mapping

from domain.identity.chat import Place
from domain.identity.people import Person
from domain.ids import PersonId
from domain.knowledge.articles import EVERYONE, Audience, Reader, may_read

ChannelAudiences = Mapping[str, frozenset[Audience]]
"""A channel's id or name to whom it belongs; a channel that is not named is read by everybody."""


def audiences_of(person: Person | None) -> frozenset[Audience]:
    """Return every audience that a person belongs to; a visitor only to everybody."""
    if person is None or not person.is_active:
        return frozenset({EVERYONE})
    found = {EVERYONE, Audience(f"person:{person.id}")}
    found |= {Audience(f"team:{team}") for team in person.teams}
    found |= {Audience(f"role:{role.value}") for role in person.roles}
    return frozenset(found)


def readers_of_place(
    place: Place, person: PersonId | None, channels: ChannelAudiences
) -> frozenset[Audience]:
    """Return who may read what a person said at a place: its teams, the person alone, or everybody."""
    if place.is_private and person is not None:
        return frozenset({Audience(f"person:{person}")})
    along = channels.get(place.channel, frozenset({EVERYONE}))
    return frozenset(along - {EVERYONE}) or frozenset({EVERYONE})


def may_stand_at(readers: frozenset[Audience], place: Place, channels: ChannelAudiences) -> bool:
    """Say whether everybody who reads along at a place may read what has these readers."""
    along = channels.get(place.channel, frozenset({EVERYONE}))
    return EVERYONE in readers or bool(readers & along and not place.is_private)


def may_handle(readers: frozenset[Audience], person: Person) -> bool:
    """Say whether a person may read, and so act on, what has these readers, wherever they do it."""
    return may_read(readers, Reader(person=person.id, audiences=audiences_of(person)))


def reader_at(person: Person | None, place: Place, channels: ChannelAudiences) -> Reader:
    """Return the reader of an answer that will stand at a place; whoever reads along there limits it."""
    along = None if place.is_private else channels.get(place.channel, frozenset({EVERYONE}))
    return Reader(person=person.id if person else None, audiences=audiences_of(person), channel=along)
