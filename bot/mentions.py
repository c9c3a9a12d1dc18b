"""People whom somebody mentions: read by their names, so that "hand over to @Ada" says to whom."""

import re

from domain.identity.chat import Incoming
from domain.ports.transactions import UnitOfWork

_MENTION = re.compile(r"<@([^>|\s]{1,60})(?:\|[^>]{0,80})?>")


def has_mentions(incoming: Incoming) -> bool:
    """Return whether a text names accounts by their ids, as Slack writes them."""
    return "<@" in incoming.text


def with_names(incoming: Incoming, uow: UnitOfWork) -> Incoming:
    """Return what was said with the names of people whom we know; other mentions stay, and say nothing."""

    def name(found: re.Match[str]) -> str:
        person = uow.people.find_person(incoming.account.model_copy(update={"user": found[1]}))
        return found[0] if person is None else person.name

    return incoming.model_copy(update={"text": _MENTION.sub(name, incoming.text)})
