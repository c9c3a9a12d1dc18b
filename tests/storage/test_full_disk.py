"""A database without room says so, keeps what it had, and takes more as soon as there is room."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from domain.errors import OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, Place, Platform
from storage.engine import Database
from storage.inbox_writer import InboxWriter
from storage.migrate import migrate
from tests.full_disk import files_end_at


@pytest.mark.proves("E13")
def test_a_full_disk_is_named_and_what_could_not_be_kept_is_not_promised(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/truth.db", pool_size=1)
    migrate(database)
    most = ["PRAGMA max_page_count = 1"]  # the least it takes: the pages that there are

    @event.listens_for(database.engine, "begin")
    def limited(connection: object) -> None:
        connection.exec_driver_sql(most[0])  # type: ignore[attr-defined]  # a connection of SQLAlchemy

    act = Incoming(
        key="web:long",
        kind=IncomingKind.MESSAGE,
        account=Account(platform=Platform.WEB, workspace="web", user="sam"),
        place=Place(platform=Platform.WEB, workspace="web", channel="general"),
        at=datetime.now(UTC),
        text="x" * 30_000,
    )
    writer = InboxWriter(database)
    with pytest.raises(OutsideTrouble) as refused:
        writer.accept(act).result(30)
    most[0] = "PRAGMA max_page_count = 100000"
    again = writer.accept(act).result(30)
    writer.close()

    assert "disk under my database is full" in refused.value.sentence()
    assert "keep trying" not in refused.value.sentence()
    assert "could not keep" in refused.value.sentence()
    assert again is True
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM inbox")).scalar() == 1
    database.close()


def test_a_disk_that_takes_nothing_is_said_and_stays_known_until_a_proof(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/truth.db", pool_size=1)
    migrate(database)
    database.prove()
    log_bytes = (tmp_path / "truth.db-wal").stat().st_size

    with files_end_at(log_bytes):
        with pytest.raises(OutsideTrouble) as refused, database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        with database.writing():
            pass  # what writes nothing proves nothing
        with pytest.raises(OutsideTrouble):
            database.prove()
    database.prove()

    assert "takes nothing" in refused.value.sentence()
    assert "full, only to be read, or broken" in refused.value.sentence()
    database.close()
