"""What the embedded workflow server loses with its file, and what is begun again from our own database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from domain.identity.chat import Place, Platform
from domain.investigation.incidents import Incident, IncidentState
from domain.stories import StoryKind
from runtime.processes.recovery import recover
from runtime.settings.house import Settings
from runtime.temporal_file import set_aside_if_damaged
from runtime.wiring.stores import open_stores
from tests.domain.builders import NOW


def _file(folder: Path) -> Path:
    file = folder / "temporal-1.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode=wal")
        made.execute("CREATE TABLE namespaces (name TEXT)")
        made.executemany("INSERT INTO namespaces VALUES (?)", [("x" * 3_000,)] * 50)
        made.commit()
    return file


def test_a_sound_file_stays_where_it_is(tmp_path: Path) -> None:
    assert set_aside_if_damaged(_file(tmp_path)) is None
    assert set_aside_if_damaged(tmp_path / "not-there.db") is None


@pytest.mark.proves("E11")
@pytest.mark.parametrize("harm", ["no database", "half", "empty"])
def test_a_damaged_file_is_set_aside_with_what_belongs_to_it(tmp_path: Path, harm: str) -> None:
    file = _file(tmp_path)
    whole = file.read_bytes()
    left = {"no database": b"\0" * 4_096 + whole[4_096:], "half": whole[: len(whole) // 2], "empty": b""}
    file.write_bytes(left[harm])
    (tmp_path / "temporal-1.db-wal").write_bytes(b"")

    aside = set_aside_if_damaged(file)

    assert aside is not None
    assert aside.read_bytes() == left[harm]
    assert not list(tmp_path.glob("temporal-1.db")) + list(tmp_path.glob("temporal-1.db-*"))


@pytest.mark.proves("E11")
def test_an_incident_whose_learning_was_lost_is_learned_from(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    place = Place(platform=Platform.WEB, workspace="web", channel="incidents")
    told = {"id": "i0000000a", "kind": "incident", "title": "fx is late", "opened_by": "ada", "place": place}
    told |= dict.fromkeys(("opened_at", "updated_at", "began_at", "resolved_at"), NOW)
    incident = Incident.model_validate(told | {"state": IncidentState.RESOLVED, "is_learned": True})
    with stores.transactions.writing() as uow:
        uow.incidents.save(incident)

    recover(stores)

    with stores.transactions.reading() as uow:
        kinds = {call.kind for call in uow.stories.due(stores.clock.now(), 9)}
    stores.database.close()
    assert kinds == {StoryKind.INCIDENT, StoryKind.LEARNING, StoryKind.WATCH}
