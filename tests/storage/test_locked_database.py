"""A database that answers and takes nothing is told from one that is well."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from domain.errors import OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, Place, Platform
from storage.engine import Database
from storage.inbox_writer import InboxWriter
from storage.migrate import migrate

ACT = Incoming(
    key="web:1",
    kind=IncomingKind.MESSAGE,
    account=Account(platform=Platform.WEB, workspace="web", user="sam"),
    place=Place(platform=Platform.WEB, workspace="web", channel="general"),
    at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    text="feeds",
)


@pytest.mark.proves("E12", "E13")
def test_while_acts_can_t_be_kept_it_shows_and_ends_by_itself(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/truth.db", pool_size=1)
    migrate(database)
    pragmas = ["PRAGMA query_only = ON"]

    @event.listens_for(database.engine, "checkout")
    def limited(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(pragmas[0])

    writer = InboxWriter(database)
    database.prove()
    with pytest.raises(OutsideTrouble):
        writer.accept(ACT).result(30)
    database.ping()  # it answers
    with pytest.raises(OutsideTrouble):
        database.prove()

    pragmas[0] = "PRAGMA query_only = OFF"
    database.prove()
    assert writer.accept(ACT).result(30) is True
    database.prove()
    writer.close()
    database.close()
