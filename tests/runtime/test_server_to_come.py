"""A workflow server that is not there yet, is busy, or lost its file: what is owed to it is done later."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.stories import StoryKind
from runtime.keys import KeyFolder
from runtime.processes.recovery import keep_stories
from runtime.settings.house import Settings
from runtime.temporal_child import TemporalChild
from runtime.wiring.stores import open_stores
from runtime.wiring.temporal import Connection
from runtime.wiring.watching.watch_schedules import keep_schedules, schedules
from tests.waiting import until


@pytest.fixture
async def to_come(tmp_path: Path) -> AsyncIterator[TemporalChild]:
    child = TemporalChild(tmp_path / "server", "dogwatch")
    yield child
    await asyncio.to_thread(child.stop)


async def test_who_waits_for_a_server_can_be_ended(to_come: TemporalChild, tmp_path: Path) -> None:
    connection = Connection(to_come.address, Settings(data_dir=tmp_path), KeyFolder(tmp_path / "keys"))
    stop = asyncio.Event()
    stop.set()

    assert await connection.wait_unless(stop) is None


async def test_schedules_stand_as_soon_as_a_server_that_was_away_is_back(
    to_come: TemporalChild, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data_dir=tmp_path)
    client = await Client.connect(
        to_come.address, namespace="dogwatch", lazy=True, data_converter=pydantic_data_converter
    )
    keeping = asyncio.create_task(keep_schedules(client, settings))
    connection = Connection(to_come.address, settings, KeyFolder(tmp_path / "keys"))
    waiting = asyncio.create_task(connection.wait())

    async with asyncio.timeout(200):
        await until(lambda: "could not be scheduled" in caplog.text or keeping.done())
        assert not keeping.done()
        to_come.start()
        await keeping
        await waiting

    for name in schedules(settings):
        assert (await client.get_schedule_handle(name).describe()).id == name
    # A server that began anew knows no story: all of them are begun again, here what is open for the watch.
    stores = open_stores(settings)
    patient, rounds = asyncio.Event(), list[None]()
    looking = asyncio.create_task(
        keep_stories(connection, settings, stores, patient.set, look_seconds=0.01)  # its call is on its way
    )
    keeping = asyncio.create_task(
        keep_stories(
            connection,
            settings,
            stores,
            lambda: rounds.append(None),
            look_seconds=0.01,
            begun_within_seconds=0,
        )
    )
    await until(lambda: len(rounds) == 2)
    keeping.cancel()
    looking.cancel()
    assert not patient.is_set(), "a watch whose call is on its way is not lost"
    with stores.transactions.reading() as uow:
        calls = uow.stories.due(stores.clock.now(), 9)
    stores.database.close()
    assert {(call.kind, call.subject_id) for call in calls} == {(StoryKind.WATCH, "main")}


@pytest.mark.proves("K1")
async def test_the_server_is_told_no_secret_of_ours(
    to_come: TemporalChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DOGWATCH_SLACK__BOT_TOKEN", "DOGWATCH_MODEL__API_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "canary-4821")

    to_come.start()
    # Until the program has taken the place of ours, its environment is ours.
    seen = await until(lambda: (told := _environment_of(to_come.pid)) and b"PATH=" in told and told)

    assert b"canary-4821" not in seen


def _environment_of(pid: int | None) -> bytes:
    program = Path(f"/proc/{pid}/exe").resolve().name
    return Path(f"/proc/{pid}/environ").read_bytes() if program.startswith("temporal") else b""
