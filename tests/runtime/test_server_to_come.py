"""A workflow server that is not there yet, or is busy: what is owed to it is done when it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from runtime.keys import KeyFolder
from runtime.settings import Settings
from runtime.temporal_child import TemporalChild
from runtime.wiring.temporal import Connection
from runtime.wiring.watch_schedules import keep_schedules, schedules


@pytest.fixture
async def to_come(tmp_path: Path) -> AsyncIterator[TemporalChild]:
    child = TemporalChild(tmp_path / "server", "dogwatch")
    yield child
    await asyncio.to_thread(child.stop)


async def test_schedules_stand_as_soon_as_a_server_that_was_away_is_back(
    to_come: TemporalChild, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data_dir=tmp_path)
    client = await Client.connect(
        to_come.address, namespace="dogwatch", lazy=True, data_converter=pydantic_data_converter
    )
    keeping = asyncio.create_task(keep_schedules(client, settings))
    waiting = asyncio.create_task(Connection(to_come.address, settings, KeyFolder(tmp_path / "keys")).wait())

    async with asyncio.timeout(200):
        while "could not be scheduled" not in caplog.text:
            assert not keeping.done()
            await asyncio.sleep(0.05)
        to_come.start()
        await keeping
        await waiting

    for name in schedules(settings):
        assert (await client.get_schedule_handle(name).describe()).id == name
