from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.webchat.parts import Chat
from tests.bot.webchat.visitor import Visitor


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[Visitor]:
    visitor = Visitor(chat)
    await visitor.enter("ana")
    yield visitor
    await visitor.http.aclose()
