"""Ask tools of other MCP servers for evidence: named servers, named tools, bounded time and text.

A server that is not in the settings is never reached, a tool that is not listed is never called, and what
comes back is text from outside. After failures in a row a server rests before it is tried again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import DogwatchError, NotAllowed, NotNow, OutsideTrouble

_LONGEST_ANSWER = 20_000
_FAILURES_BEFORE_REST = 3
_FIRST_REST_SECONDS = 5.0
_LONGEST_REST_SECONDS = 300.0


@dataclass(frozen=True)
class OutsideServer:
    """One server an operator allowed: a command to start, or a URL, and the tools that may be called."""

    name: str
    tools: frozenset[str]
    command: tuple[str, ...] = ()
    url: str = ""
    token: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 10.0


class Condition(StrEnum):
    """How a server is."""

    UNTRIED = "untried"
    WELL = "well"
    FAILING = "failing"
    RESTING = "resting"


@dataclass(frozen=True)
class ServerHealth:
    """What `doctor` shows of one server."""

    name: str
    condition: Condition
    failures_in_a_row: int
    last_error: str
    missing_tools: tuple[str, ...]


@dataclass
class _Record:
    failures: int = 0
    last_error: str = ""
    rests_until: float = 0.0
    tried: bool = False
    missing: tuple[str, ...] = ()


class OutsideTools:
    """The allowed servers.

    Args:
        servers: What an operator allowed.
        now: A clock that only goes forward, in seconds.
    """

    def __init__(self, servers: Sequence[OutsideServer], now: Callable[[], float] = time.monotonic) -> None:
        self._servers = {server.name: server for server in servers}
        self._records = {server.name: _Record() for server in servers}
        self._now = now

    async def call(self, server: str, tool: str, arguments: Mapping[str, object]) -> str:
        """Return what a tool says, at most 20,000 characters; a command is started anew for every call.

        Raises:
            NotAllowed: The server or the tool is not on the list.
            NotNow: The server failed several times and rests.
            OutsideTrouble: It did not answer in time, or answered with an error.
        """
        allowed = self._allowed(server, tool)
        record = self._records[server]
        if record.rests_until > self._now():
            raise NotNow(
                f"mcp server {server} rests",
                say=f"The tool server *{server}* failed {record.failures} times; it rests for a while.",
                next_step="dogwatch doctor shows why.",
            )
        try:
            async with asyncio.timeout(allowed.timeout_seconds):
                answer = await _call(allowed, tool, dict(arguments))
        except DogwatchError as error:
            self._failed(record, str(error))
            raise
        except Exception as error:
            # border: the transport raises groups of whatever its tasks raised.
            self._failed(record, _cause(error))
            raise OutsideTrouble(
                f"mcp server {server}: {_cause(error)}", say=f"The tool server *{server}* did not answer."
            ) from error
        record.tried, record.failures, record.rests_until, record.last_error = True, 0, 0.0, ""
        return answer

    async def probe(self) -> list[ServerHealth]:
        """Connect to every server, list its tools, and say how each is."""
        for name, server in self._servers.items():
            record = self._records[name]
            try:
                async with asyncio.timeout(server.timeout_seconds):
                    offered = await _list(server)
            except Exception as error:
                # border: as in call.
                self._failed(record, _cause(error))
                continue
            record.tried, record.failures, record.rests_until, record.last_error = True, 0, 0.0, ""
            record.missing = tuple(sorted(server.tools - offered))
        return self.health()

    def health(self) -> list[ServerHealth]:
        """Return how each server was when it was last used."""
        return [
            ServerHealth(name, self._condition(record), record.failures, record.last_error, record.missing)
            for name, record in self._records.items()
        ]

    def _allowed(self, server: str, tool: str) -> OutsideServer:
        found = self._servers.get(server)
        if found is None or tool not in found.tools:
            raise NotAllowed(
                f"mcp tool {server[:60]}/{tool[:60]} is not listed",
                say="That tool is not on the list of tools I may ask.",
                next_step="An operator can add it under integrations.mcp.",
            )
        return found

    def _failed(self, record: _Record, why: str) -> None:
        record.tried, record.failures, record.last_error = True, record.failures + 1, why[:200]
        if record.failures >= _FAILURES_BEFORE_REST:
            doubled = _FIRST_REST_SECONDS * 2 ** min(record.failures - _FAILURES_BEFORE_REST, 10)
            record.rests_until = self._now() + min(doubled, _LONGEST_REST_SECONDS)

    def _condition(self, record: _Record) -> Condition:
        if not record.tried:
            return Condition.UNTRIED
        if record.rests_until > self._now():
            return Condition.RESTING
        return Condition.FAILING if record.failures else Condition.WELL


async def _call(server: OutsideServer, tool: str, arguments: dict[str, object]) -> str:
    async with _connected(server) as client:
        result = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in result.content if getattr(block, "type", "") == "text")
    if result.is_error:
        raise OutsideTrouble(f"mcp tool {tool} refused", say=f"The tool *{tool}* answered with an error.")
    return text[:_LONGEST_ANSWER]


async def _list(server: OutsideServer) -> frozenset[str]:
    async with _connected(server) as client:
        listed = await client.list_tools()
    return frozenset(tool.name for tool in listed.tools)


def _connected(server: OutsideServer) -> "_Connection":
    return _Connection(server)


class _Connection:
    """One connection, closed with everything it started."""

    def __init__(self, server: OutsideServer) -> None:
        self._server = server

    async def __aenter__(self):  # type: ignore[no-untyped-def]  # the SDK's client, imported on first use
        from contextlib import AsyncExitStack

        import httpx2
        from mcp.client.client import Client
        from mcp.client.stdio import StdioServerParameters
        from mcp.client.streamable_http import streamable_http_client

        self._stack = AsyncExitStack()
        server = self._server
        if server.command:
            parameters = StdioServerParameters(
                command=server.command[0], args=list(server.command[1:]), env=dict(server.environment)
            )
            return await self._stack.enter_async_context(Client(parameters))
        headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        http = await self._stack.enter_async_context(
            httpx2.AsyncClient(headers=headers, timeout=server.timeout_seconds, follow_redirects=False)
        )
        return await self._stack.enter_async_context(
            Client(streamable_http_client(server.url, http_client=http))
        )

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


def _cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return type(error).__name__
