"""Read our own notes of what a door refused: it is shown beside the records that could not be used."""

import orjson

from domain.ports.telemetry_intake import TurnedAway
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.json_bodies import at, loads, text
from telemetry.records import Decoded, Refusal

_LONGEST = 400


def note_of(refused: TurnedAway) -> bytes:
    """Return a note as it is written to the log."""
    excerpt = refused.excerpt[:_LONGEST].encode("utf-8", "replace").decode()
    told = {"dialect": refused.dialect, "why": refused.why, "excerpt": excerpt, "count": refused.count}
    return orjson.dumps(told)


def dialect_of(note: bytes) -> str:
    """Return what the refused delivery was written in."""
    return text(at(loads(note), "dialect"), 100)


def check_note(body: bytes) -> int:
    """Refuse: nobody sends notes."""
    raise Unreadable("this is for the doors only")


def read_note(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Count what was refused, and keep one example."""
    value = loads(body)
    out.refuse(Refusal.AT_THE_DOOR, text(at(value, "why")), text(at(value, "excerpt")))
    count = at(value, "count")
    out.refused += count - 1 if isinstance(count, int) else 0
