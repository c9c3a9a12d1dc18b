"""Who reads an answer: the asker's audiences, and those who read along in the channel."""

from collections.abc import Mapping

from domain.articles import EVERYONE, Audience, Reader
from domain.chat import Place
from domain.people import Person

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


def reader_at(person: Person | None, place: Place, channels: ChannelAudiences) -> Reader:
    """Return the reader of an answer that will stand at a place; whoever reads along there limits it."""
    along = None if place.is_private else channels.get(place.channel, frozenset({EVERYONE}))
    return Reader(person=person.id if person else None, audiences=audiences_of(person), channel=along)
