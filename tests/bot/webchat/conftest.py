from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.bot.webchat.parts import Chat
from tests.bot.webchat.screens import browser
from tests.bot.webchat.visitor import Visitor
from tests.bot.webchat.world import World


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[Visitor]:
    visitor = Visitor(chat)
    await visitor.enter("ana")
    yield visitor
    await visitor.http.aclose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path, chromium: Browser) -> Iterator[World]:
    made = World(tmp_path, chromium)
    with made.server.running() as url:
        made.url = url
        yield made
