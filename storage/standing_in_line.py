"""Wait for others on PostgreSQL where there is no row yet to be locked; SQLite has one writer anyway."""

import zlib
from collections.abc import Iterable

from sqlalchemy import Connection, text

_PLACES = 64
"""So many locks at most are held of one kind: thousands of names in one delivery share them."""
# In their order, so that two transactions never wait for each other in a circle.
_TAKE = text("SELECT pg_advisory_xact_lock(:kind, place) FROM unnest(CAST(:places AS integer[])) AS place")


def stand_in_line(connection: Connection, kind: str, names: Iterable[str]) -> None:
    """Wait until no other transaction has taken a place under these names; it is kept until this one ends.

    What is read afterwards is what those others left. Take it before any row is locked.
    """
    if connection.dialect.name == "sqlite":
        return
    places = sorted({zlib.crc32(name.encode()) % _PLACES for name in names})
    if places:
        number = zlib.crc32(kind.encode()) - (1 << 31)
        connection.execute(_TAKE, {"kind": number, "places": places})
