"""A report on the library that takes too long is late; the library is asked other things meanwhile."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from domain.knowledge.articles import EVERYONE, Query, Reader
from runtime.library_access.client import KnowledgeClient
from runtime.library_access.fallback import WordFallback
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.waiting import until

_EVERYBODY = Reader(audiences=frozenset({EVERYONE}))


class _Library(ThreadingHTTPServer):
    """Says nothing of reports until it is told to, and has no answer to anything but a search."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reports_at_once: list[int] = []
        self._under_way = 0
        self._counting = threading.Lock()
        self.may_answer = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def count(self, change: int) -> None:
        """Note that a report began or ended."""
        with self._counting:
            self._under_way += change
            self.reports_at_once.append(self._under_way)


class _Handler(BaseHTTPRequestHandler):
    server: _Library

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/search":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"hits": []}')
            return
        if self.path in ("/findings", "/gaps"):
            self.server.count(1)
            self.server.may_answer.wait(60)
            self.server.count(-1)
        self.send_error(500)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def library() -> Iterator[_Library]:
    made = _Library()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.may_answer.set()
    made.shutdown()
    made.server_close()


def test_a_report_that_is_late_keeps_no_question_from_the_library(library: _Library, tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    url = f"http://127.0.0.1:{library.server_port}"
    fallback = WordFallback(stores.transactions)
    client = KnowledgeClient(b"s" * 32, url, tmp_path / "none", fallback, report_seconds=0.3)

    with pytest.raises(OutsideTrouble):
        asyncio.run(client.findings(_EVERYBODY))
    asyncio.run(client.answer("how?", _EVERYBODY))

    assert library.asked == ["/findings", "/answer"]
    client.close()
    stores.database.close()


def test_reports_are_sent_one_by_one_so_that_none_waits_in_its_own_time(
    library: _Library, tmp_path: Path
) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    url = f"http://127.0.0.1:{library.server_port}"
    client = KnowledgeClient(b"s" * 32, url, tmp_path / "none", WordFallback(stores.transactions))

    async def both() -> None:
        reports = [asyncio.create_task(client.findings(_EVERYBODY)) for _ in range(2)]
        await until(lambda: library.asked)
        await client.search(Query(text="how?"), _EVERYBODY)  # by then a second report would be there, too
        library.may_answer.set()
        await asyncio.gather(*reports, return_exceptions=True)

    asyncio.run(both())
    assert sorted(library.asked) == ["/findings", "/findings", "/search"]
    assert max(library.reports_at_once) == 1
    client.close()
    stores.database.close()
