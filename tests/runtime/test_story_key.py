"""The key that seals stories got lost, or is another house's: people, health and the doctor are told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.watching import WatchRef
from domain.identity.chat import Place, Platform
from runtime.doctor.outside import examine_temporal
from runtime.keys import KeyFolder
from runtime.settings.house import Settings
from runtime.story_key import StoryKey
from runtime.temporal_child import TemporalChild
from runtime.wiring.stores import open_stores
from runtime.wiring.story_seal import sealed_elsewhere
from runtime.wiring.temporal import STORIES, Connection, converter_of
from tests.waiting import until
from workflows import names

PLACE = Place(platform=Platform.WEB, workspace="web", channel="approvals")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TemporalChild]:
    child = TemporalChild(tmp_path / "server", "dogwatch")
    child.start()
    yield child
    await asyncio.to_thread(child.stop)


async def client_of(server: TemporalChild, keys: KeyFolder, folder: Path) -> Client:
    return await Connection(server.address, Settings(data_dir=folder), keys).wait()


async def begin_watch(client: Client) -> None:
    await client.start_workflow(
        "WatchWorkflow", WatchRef(), id=names.watch_id("main"), task_queue=names.FRONT_QUEUE
    )


@pytest.mark.proves("K2", "R1")
async def test_stories_that_no_key_of_ours_opens_are_told_once_to_people_and_always_to_health(
    server: TemporalChild, tmp_path: Path
) -> None:
    stores, told = open_stores(Settings(data_dir=tmp_path / "data")), list[bool]()
    await begin_watch(await client_of(server, KeyFolder(tmp_path / "former"), tmp_path))
    client = await client_of(server, stores.keys, tmp_path)

    for _ in range(2):
        await StoryKey(stores, (PLACE,), told.append).look(client)

    with stores.transactions.reading() as uow:
        due = uow.postings.due(LATER, 10, [Platform.WEB])
    assert told == [False, False]
    assert len(due) == 1
    assert "put keys/temporal-payloads.secret back" in due[0].card_json


async def test_nothing_is_said_where_a_key_opens_them_also_a_former_one_or_where_there_are_none(
    server: TemporalChild, tmp_path: Path
) -> None:
    stores, told = open_stores(Settings(data_dir=tmp_path / "data")), list[bool]()
    look = StoryKey(stores, (PLACE,), told.append).look

    await look(await client_of(server, stores.keys, tmp_path))
    await begin_watch(await client_of(server, stores.keys, tmp_path))
    await look(await client_of(server, stores.keys, tmp_path))
    stores.keys.renew_secret(STORIES, former=1_000)
    client = await client_of(server, stores.keys, tmp_path)
    await look(client)
    await asyncio.to_thread(server.stop)

    assert await sealed_elsewhere(client) == "", "a server that is away says nothing against our keys"
    with stores.transactions.reading() as uow:
        assert uow.postings.due(LATER, 10, [Platform.WEB]) == []
    assert told == [True, True, True]


def test_the_doctor_tells_of_a_key_that_is_gone_and_of_none_that_was_never_there(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, web={"port": 0})
    new = examine_temporal(settings)
    converter_of(KeyFolder(tmp_path / "keys"))
    whole = examine_temporal(settings)
    (tmp_path / "keys" / f"{STORIES}.secret").unlink()

    lost = examine_temporal(settings)

    assert new.is_fine, new.says
    assert whole.is_fine, whole.says
    assert not lost.is_fine
    assert "put keys/temporal-payloads.secret back" in lost.says


@pytest.mark.proves("K2", "R4")
async def test_a_worker_whose_key_opens_no_story_takes_no_work_and_says_why(
    server: TemporalChild, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, others = KeyFolder(tmp_path / "ours"), KeyFolder(tmp_path / "others")
    await begin_watch(await client_of(server, ours, tmp_path))
    settings, stop = Settings(data_dir=tmp_path), asyncio.Event()

    right = await Connection(server.address, settings, ours).wait_unless(stop)
    wrong = asyncio.ensure_future(Connection(server.address, settings, others).wait_unless(stop))
    await until(lambda: "no work is taken" in caplog.text, 20)
    served = wrong.done()
    stop.set()

    assert right is not None
    assert not served
    assert await wrong is None
    assert "put keys/temporal-payloads.secret back" in caplog.text
