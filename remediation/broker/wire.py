"""A very small HTTP server on a Unix socket, for scripts: bounded, one request a connection."""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

_MOST_HEAD = 65_536
_MOST_BODY = 12 * 2**20
"""A file of 8 MiB, as Base64 in JSON."""
_PATIENCE_SECONDS = 60.0
_MOST_VISITS = 64
_MOST_TURNS = 8
"""Requests of one script that are read and answered at once: each may hold 20 MiB of the runner's memory."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the script asked for. `path` is quoted as it came, `words` are its parts, unquoted."""

    method: str
    path: str
    words: tuple[str, ...]
    query: dict[str, str]
    body: bytes

    def fields(self) -> dict[str, object]:
        """Return the body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """Return a text field of the body or of the query; empty when there is none."""
        value = self.fields().get(name, self.query.get(name, ""))
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Response:
    """What it gets."""

    status: int
    body: bytes = b""
    kind: str = "application/json"


Handler = Callable[[Request], Awaitable[Response]]
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def said(status: int, **fields: object) -> Response:
    """Return a JSON answer."""
    return Response(status, json.dumps(fields, sort_keys=True).encode())


class Doors:
    """The listening sockets of one step, with every connection on them, so that all end together."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._visits: set[asyncio.Task[None]] = set()
        self.turns = asyncio.Semaphore(_MOST_TURNS)

    async def open(self, path: Path, visit: Visit) -> None:
        """Listen on a new socket; who opens more connections than a script needs finds them closed."""

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._visits) >= _MOST_VISITS:
                writer.close()
                return
            task = asyncio.get_running_loop().create_task(_closing(visit, reader, writer))
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)

        server = await asyncio.start_unix_server(begin, sock=_bound(path), limit=_MOST_HEAD)
        self._servers.append(server)

    async def close(self) -> None:
        """Stop listening and end every connection; nothing reaches a target through them afterwards."""
        for server in self._servers:
            server.close()
        visits = list(self._visits)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)


def _bound(path: Path) -> socket.socket:
    """Bind by way of the folder's descriptor: a socket's path may have 107 bytes, a folder's more."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    door = socket.socket(socket.AF_UNIX)
    try:
        door.bind(f"/proc/self/fd/{folder}/{path.name}")
    except OSError:
        door.close()
        raise
    finally:
        os.close(folder)
    return door


async def _closing(visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await visit(reader, writer)
    except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


def answering(handler: Handler, turns: asyncio.Semaphore) -> Visit:
    """Return a visit that reads one request and answers it, when it is its turn."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with turns:
            await _answered(reader, writer)

    async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            request = await _read(reader)
        answer = said(400, error="not a request I understand") if request is None else await handler(request)
        head = f"HTTP/1.1 {answer.status} -\r\nContent-Type: {answer.kind}\r\n"
        head += f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + answer.body)
        await writer.drain()

    return visit


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        return None
    lines = head.split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[1].startswith("/"):
        return None
    headers = {
        n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)
    }
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length) > _MOST_BODY:
        return None
    try:
        parts = urlsplit(words[1])
    except ValueError:  # such as the beginning of an address in brackets
        return None
    body = await reader.readexactly(int(length))
    return Request(
        method=words[0].upper(),
        path=words[1],
        words=tuple(unquote(part) for part in parts.path.split("/") if part),
        query=dict(parse_qsl(parts.query)),
        body=body,
    )
