"""What a talk can speak of: names of feeds, teams and resources, and what was said in it before."""

import re
from datetime import timedelta

from bot.commands.feeds_asked_for import resources_of
from bot.thread_subjects import first_subject
from bot.turn import Asked
from domain.identity.chat import Incoming
from domain.ids import AlertId
from domain.ports.transactions import UnitOfWork

_BACK = timedelta(minutes=30)
_EARLIER = 12
_TAKEN_BACK = 200
"""Merged changes, among which a feed that is none any more is looked for."""
_OF_THE_HOUSE = re.compile(
    r"(?i)\b(?:feeds?|own(?:s|ed)?|belongs?|responsible|jobs|pipelines|loads|alerts?|alarms?)\b"
)


def feed_names(asked: Asked) -> frozenset[str]:
    """Return every feed's name, watched or only configured."""
    if asked.tools.reading is None:
        return frozenset()
    with asked.tools.reading() as uow:
        configured = {feed.name for feed in uow.feeds.every()}
        return frozenset(configured | {str(name) for name in uow.watched.names()})


def other_names(asked: Asked, text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return every team that owns a feed and every resource that one uses, for a text that may name one."""
    if asked.tools.reading is None or not _OF_THE_HOUSE.search(text):
        return frozenset(), frozenset()
    with asked.tools.reading() as uow:
        watched = [one.feed for one in uow.watched.every()]
        owners = {feed.owner for feed in uow.feeds.every()} | {str(feed.team) for feed in watched}
    return frozenset(owners - {""}), resources_of(watched)


def coming_feeds(asked: Asked, names: frozenset[str]) -> frozenset[str]:
    if asked.tools.reading is None:
        return frozenset()
    with asked.tools.reading() as uow:
        merged = uow.changes.newest_merged(_TAKEN_BACK)
        taken_back = {one.feed for one in merged if one.goes_back}
        return frozenset({one.feed for one in uow.changes.every_open()} | taken_back) - names - {""}


def said_before(asked: Asked) -> list[str]:
    """Return what the same account said here in the last half hour, the newest first."""
    here, reading = asked.incoming, asked.tools.reading
    if reading is None:
        return []
    with reading() as uow:
        said = uow.inbox.said_recently(here.account, here.at - _BACK, _EARLIER * 3)
    return [one.text for one in said if one.key != here.key and _is_same_talk(one, here)][:_EARLIER]


def _is_same_talk(before: Incoming, here: Incoming) -> bool:
    if before.place.channel != here.place.channel or before.at > here.at:
        return False
    thread = here.place.thread
    return before.place.thread == thread or (bool(thread) and before.message == thread)


def feed_of_thread(asked: Asked) -> str:
    """Return the feed that the card of a thread is about: "mute it" below an alert; empty without one."""
    if asked.tools.reading is None or not asked.incoming.place.thread:
        return ""
    with asked.tools.reading() as uow:
        kind, _, name = first_subject(uow, asked.incoming.place).partition("/")
        return _feed_of(uow, kind, name)


def _feed_of(uow: UnitOfWork, kind: str, name: str) -> str:
    if kind == "alert":
        return str(uow.alerts.get(AlertId(name)).root)
    errand = uow.errands.find(name) if kind == "delivery" else None
    return errand.feed if errand is not None else ""
