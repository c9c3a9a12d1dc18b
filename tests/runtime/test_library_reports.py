"""Reports on the library take their time, and nobody's question waits for them."""

import asyncio
import threading
from pathlib import Path

import httpx
from pydantic import BaseModel

from domain.knowledge.articles import EVERYONE, Reader
from knowledge.base import KnowledgeRoom
from knowledge.embedding import NoEncoder
from knowledge.vector_store import ChromaPlace
from runtime.library.app import library_app
from runtime.library.desk import LibraryDesk
from runtime.library.keeper import Keeper
from runtime.library.source import SqlArticleSource
from runtime.library_access import wire
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.waiting import until, wait_until

_SECRET = b"s" * 32
_EVERYBODY = Reader(audiences=frozenset({EVERYONE}))


class _SlowDesk(LibraryDesk):
    """Looks for twins for as long as it is told to."""

    begun, may_end = threading.Event(), threading.Event()

    def findings(self, asked: wire.FindingsAsked) -> BaseModel:
        self.begun.set()
        assert self.may_end.wait(60)
        return super().findings(asked)


async def test_a_question_is_answered_while_many_wait_for_reports(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    source = SqlArticleSource(stores.transactions)
    room = KnowledgeRoom(source, NoEncoder(), ChromaPlace(tmp_path / "chroma"), folder=tmp_path)
    keeper = Keeper(room, source, None)
    keeper.start()
    await asyncio.to_thread(wait_until, lambda: keeper.is_ready)
    desk = _SlowDesk(keeper, stores.transactions)
    transport = httpx.ASGITransport(library_app(desk, _SECRET))
    headers = {"authorization": f"Bearer {_SECRET.hex()}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://library", headers=headers) as client:

        async def ask(path: str, asked: BaseModel) -> int:
            return (await client.post(path, content=asked.model_dump_json())).status_code

        report = wire.FindingsAsked(reader=_EVERYBODY)
        reports = [asyncio.create_task(ask("/findings", report)) for _ in range(6)]
        try:
            await until(desk.begun.is_set)
            async with asyncio.timeout(30):
                told = await ask("/answer", wire.AnswerAsked(question="how?", reader=_EVERYBODY, earlier=()))
            assert not any(one.done() for one in reports)
        finally:
            desk.may_end.set()
        assert {told, *await asyncio.gather(*reports)} == {200}
    keeper.stop()
    stores.database.close()
