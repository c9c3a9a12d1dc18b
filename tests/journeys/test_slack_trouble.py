"""A whole house while Slack asks it to slow down."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from runtime.demo.samples import write_samples
from tests.counterparts.fault_proxy import Fault, FaultKind, FaultProxy
from tests.counterparts.processes import free_ports
from tests.journeys.slack_town import ADA, APPROVALS, FEEDS, SAM, SlackTown, slack_town

pytestmark = pytest.mark.timeout(600)
_BUSY = json.dumps({"ok": False, "error": "ratelimited"}).encode()


class Rewriting(FaultProxy):
    """Names itself where the workspace names itself: files are fetched from where the API is."""

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        answer = await super()._forward(request, body)
        said = answer.body if isinstance(answer.body, bytes) else b""
        theirs, ours = (f":{one.rpartition(':')[2]}/".encode() for one in (self.target, self.url))
        return web.Response(status=answer.status, headers=answer.headers, body=said.replace(theirs, ours))


class Way:
    """The way to the workspace, with faults on it, served from a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.proxy: FaultProxy | None = None

    def begin(self, target: str) -> str:
        """Serve, and return the address to call."""
        self.proxy = Rewriting(target, free_ports())
        asyncio.run_coroutine_threadsafe(self.proxy.start(), self._loop).result(20)
        return self.proxy.url

    def is_busy(self, *methods: str) -> None:
        """Let the next call of each method be told to come again in a second."""
        assert self.proxy is not None
        told = {"Content-Type": "application/json", "Retry-After": "1"}
        for method in methods:
            fault = Fault(FaultKind.ANSWER, f"/api/{method}", 429, headers=told, body=_BUSY)
            self.proxy.add(fault)

    @property
    def is_used_up(self) -> bool:
        """Return whether every call that was to be told so was."""
        return self.proxy is not None and self.proxy.is_used_up

    def end(self) -> None:
        """Close everything."""
        if self.proxy is not None:
            asyncio.run_coroutine_threadsafe(self.proxy.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    made = Way()
    yield made
    made.end()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, way: Way) -> Iterator[SlackTown]:
    with slack_town(tmp_path_factory.mktemp("slack"), way=way.begin) as started:
        yield started


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


def test_a_slack_that_asks_to_slow_down_loses_and_doubles_no_card_of_an_approval(
    town: SlackTown, way: Way, samples: Path
) -> None:
    way.is_busy("chat.postMessage")
    town.drop(SAM, FEEDS, samples / "fx_trades.csv")
    card = town.wait_for(FEEDS, "I read your sample")
    way.is_busy("chat.postMessage", "chat.update")
    town.answer(SAM, FEEDS, card, "Answer", Feed_name="fx_trades")
    request = town.wait_for(APPROVALS, "Approve? Onboard feed fx_trades")
    way.is_busy("chat.update")
    town.press(ADA, APPROVALS, request, "Approve")

    assert town.wait_for(FEEDS, "Merged: fx_trades")["ts"] == card["ts"]
    assert town.wait_for(APPROVALS, "Approved: Onboard feed fx_trades")["ts"] == request["ts"]
    assert way.is_used_up
    assert _for_all(town, FEEDS, "Merged: fx_trades") == 1
    assert _for_all(town, APPROVALS, "Onboard feed fx_trades") == 1


def _for_all(town: SlackTown, channel: str, words: str) -> int:
    """Return how many messages say this to everybody in a channel."""
    said = [one for one in town.messages(channel) if "ephemeral_to" not in one]
    return sum(words in json.dumps(one) for one in said)
