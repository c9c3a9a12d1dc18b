"""A database of another release: a newer one is left alone in words, an older one is not moved by a look."""

from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import NotNow
from runtime.doctor.examination import examine
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from storage.engine import Database
from storage.migrate import NEWEST, version_of


def at_version(settings: Settings, version: str) -> Database:
    open_stores(settings).database.close()
    database = Database(settings.database_url())
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": version})
    return database


def test_a_database_of_a_newer_release_is_left_alone_in_words(tmp_path: Path) -> None:
    """Whoever went back to an older release gets to read what to do, and no trace of a library."""
    database = at_version(Settings(data_dir=tmp_path), "9999")

    with pytest.raises(NotNow) as refused:
        open_stores(Settings(data_dir=tmp_path))

    assert "Start the newer release again" in refused.value.sentence()
    assert version_of(database) == "9999"


def test_the_doctor_looks_at_an_older_database_without_moving_it(tmp_path: Path) -> None:
    """A new release may be installed beside a house that still runs the former one."""
    former = f"{int(NEWEST) - 1:04d}"
    settings = Settings(data_dir=tmp_path)
    database = at_version(settings, former)

    found = {one.part: one for one in examine(settings)}

    assert version_of(database) == former
    assert not found["database"].is_fine
    assert "dogwatch migrate" in found["database"].says
    assert found["audit trail"].says == "not looked at, because of the database"
