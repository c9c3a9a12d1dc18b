"""The SDK's own client lists and calls our tools; keys are needed; approving is not offered."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from domain.errors import NotAllowed
from domain.ids import PersonId
from integrations.mcp_client import Condition, OutsideServer, OutsideTools
from integrations.mcp_server import AssistantTools, Found, http_app, in_process
from tests.counterparts.processes import free_ports
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def some_tools() -> AssistantTools:
    async def echo(person: PersonId, text: str) -> Found:
        return {"person": person, "text": text}

    async def refuse(person: PersonId, text: str) -> Found:
        raise NotAllowed("no", say="You can't read that incident.", next_step="Ask its team.")

    return AssistantTools(echo, echo, echo, echo, echo, refuse, echo)


async def whose(token: str) -> PersonId | None:
    return PersonId("ana") if token == "key-of-ana" else None


@pytest.fixture
def address() -> Iterator[str]:
    port = free_ports()
    url = f"http://127.0.0.1:{port}/mcp"
    server = uvicorn.Server(uvicorn.Config(http_app(some_tools(), whose, url), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    yield url
    server.should_exit = True
    thread.join(10)


@contextlib.asynccontextmanager
async def connected(url: str, key: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def test_a_foreign_client_lists_the_tools_and_none_approves() -> None:
    async with Client(in_process(some_tools(), PersonId("ana"))) as client:
        listed = await client.list_tools()

    names = {tool.name for tool in listed.tools}
    assert names == {
        "search_knowledge", "ask_knowledge", "list_feeds", "get_predictions", "list_incidents",
        "get_diagnosis", "propose_change",
    }  # fmt: skip
    assert not any(word in name for name in names for word in ("approve", "execute", "run", "grant"))


async def test_over_http_a_call_runs_as_the_owner_of_the_key(address: str) -> None:
    async with connected(address, "key-of-ana") as client:
        result = await client.call_tool("search_knowledge", {"text": "disk full"})

    assert '"ana"' in result.content[0].text  # type: ignore[union-attr]
    assert "disk full" in result.content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}])
async def test_without_a_valid_key_nothing_is_answered(address: str, headers: dict[str, str]) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}

    async with httpx2.AsyncClient() as http:
        answer = await http.post(address, json=body, headers=headers | {"Accept": "application/json"})

    assert answer.status_code == 401


async def test_a_foreign_host_header_is_refused(address: str) -> None:
    headers = {"Authorization": "Bearer key-of-ana", "Host": "evil.example", "Accept": "application/json"}

    async with httpx2.AsyncClient() as http:
        answer = await http.post(address, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers)

    assert answer.status_code in {403, 421}


async def test_a_refusal_is_a_sentence() -> None:
    async with Client(in_process(some_tools(), PersonId("ana"))) as client:
        result = await client.call_tool("get_diagnosis", {"text": "inc-1"})

    assert result.is_error
    assert "Ask its team." in result.content[0].text  # type: ignore[union-attr]


async def test_an_overlong_argument_is_refused() -> None:
    async with Client(in_process(some_tools(), PersonId("ana"))) as client:
        result = await client.call_tool("search_knowledge", {"text": "x" * 30_000})

    assert result.is_error


def an_outside(**more: object) -> OutsideServer:
    script = (
        "import asyncio\nfrom tests.integrations.test_mcp_server import some_tools\n"
        "from integrations.mcp_server import serve_stdio\nasyncio.run(serve_stdio(some_tools(), 'sam'))"
    )
    facts: dict[str, object] = {
        "name": "peer", "tools": frozenset({"search_knowledge", "get_diagnosis"}),
        "command": (sys.executable, "-c", script), "environment": {"PYTHONPATH": str(ROOT)},
        "timeout_seconds": 30.0,
    }  # fmt: skip
    return OutsideServer(**(facts | more))  # type: ignore[arg-type]


async def test_our_client_starts_a_stdio_server_and_calls_it() -> None:
    tools = OutsideTools([an_outside()])

    said = await tools.call("peer", "search_knowledge", {"text": "lag"})

    assert '"sam"' in said
    assert tools.health()[0].condition is Condition.WELL


async def test_the_loop_stays_free_while_a_tool_is_asked() -> None:
    async with Client(in_process(some_tools(), PersonId("ana"))) as client:
        answers = await asyncio.gather(
            *(client.call_tool("ask_knowledge", {"text": str(n)}) for n in range(20))
        )

    assert all(not answer.is_error for answer in answers)
