"""What pages look up beside their subject: names, mutes, open incidents, and why a feed is not there."""

import difflib
from collections.abc import Mapping
from datetime import datetime

from domain.errors import NotFound
from domain.ports.transactions import Opening
from domain.watch.alerts import Mute
from web.pages.hands import mutes_of_each
from web.pages.incidents import OpenIncident, open_incidents


def names_of_people(reading: Opening) -> dict[str, str]:
    """Return what people are called, by id."""
    with reading() as uow:
        return {person.id: person.name for person in uow.people.everybody()}


def mutes_by_feed(reading: Opening, now: datetime) -> dict[str, list[Mute]]:
    """Return what is told to nobody now, by feed."""
    with reading() as uow:
        return mutes_of_each(uow.alerts.mutes(now).values())


def incidents_now(reading: Opening, names: Mapping[str, str]) -> list[OpenIncident]:
    """Return the incidents that are open."""
    with reading() as uow:
        return open_incidents(uow.incidents.every_open(), names)


def unknown_feed(reading: Opening, name: str) -> NotFound:
    """Return why there is no page of a feed, and which one may be meant."""
    with reading() as uow:
        heard_of = [str(one) for one in uow.watched.names()]
    if name in heard_of:
        return NotFound(
            "not looked at yet",
            say=f"I have heard of {name} and have not looked at it yet.",
            next_step="Reload this page in half a minute; a long history takes some minutes.",
        )
    near = difflib.get_close_matches(name.lower(), heard_of, n=3)
    return NotFound(
        "feed",
        say=f"There is no feed named {name[:80]} under watch.",
        next_step=f"Did you mean {' or '.join(near)}?" if near else "",
    )
