"""A reverse proxy with faults: what no counterpart does itself, put in front of any of them.

One proxy forwards to one counterpart. Faults are queued for calls whose path holds a word, and are used up
one a call; `duplicate` and `hold` work on what is delivered towards us (events, presses).
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import ClientError, ClientSession, ClientTimeout, web

_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host", "upgrade"}
)


class FaultKind(StrEnum):
    """What happens to one call."""

    REFUSE = "refuse"
    """Answered with a status, never forwarded."""
    LOSE_ANSWER = "lose_answer"
    """Forwarded and done, but the answer is lost: the caller sees a status or a broken connection."""
    SLOW = "slow"
    """Forwarded after a wait."""
    HANG_UP = "hang_up"
    """The connection closes without an answer, and nothing is forwarded."""
    DUPLICATE = "duplicate"
    """Forwarded several times, byte for byte; the first answer is given."""
    ANSWER = "answer"
    """Answered with a status, headers and body of the fault's own, never forwarded."""
    DRIP = "drip"
    """Answered with the fault's body, a byte at a time, `seconds` apart."""
    HOLD = "hold"
    """Answered 200 at once and kept; forwarded by `release`, last first, so later calls overtake it."""


@dataclass(frozen=True)
class Fault:
    """One fault for one call."""

    kind: FaultKind
    path: str = ""
    """Only calls whose path holds this."""
    status: int = 500
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    copies: int = 3
    body: bytes = b""


@dataclass(frozen=True)
class Seen:
    """A call as it arrived."""

    method: str
    path: str
    body: bytes


class FaultProxy:
    """Start with `start`; `url` is where callers go instead of the counterpart."""

    def __init__(self, target: str, port: int) -> None:
        self.target = target.rstrip("/")
        self.url = f"http://127.0.0.1:{port}"
        self.seen: list[Seen] = []
        self._port = port
        self._faults: deque[Fault] = deque()
        self._held: list[tuple[web.Request, bytes]] = []
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Listen on the loopback address."""
        self._session = ClientSession(timeout=ClientTimeout(total=30), auto_decompress=True)
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        """Close everything."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    def add(self, *faults: Fault) -> None:
        """Queue faults; each is used by the next call that it fits."""
        self._faults.extend(faults)

    @property
    def is_used_up(self) -> bool:
        """Return whether no queued fault waits for its call."""
        return not self._faults

    def calls(self, path: str) -> list[Seen]:
        """Return the calls whose path holds a word."""
        return [seen for seen in self.seen if path in seen.path]

    async def release(self) -> list[int]:
        """Forward what was held, last first; return the statuses in that order."""
        held, self._held = list(reversed(self._held)), []
        return [(await self._forward(request, body)).status for request, body in held]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(request.method, request.path, body))
        fault = self._fault_for(request.path)
        if fault is None:
            return await self._forward(request, body)
        match fault.kind:
            case FaultKind.REFUSE:
                return web.Response(status=fault.status, headers=fault.headers, text="")
            case FaultKind.ANSWER:
                return web.Response(status=fault.status, headers=fault.headers, body=fault.body)
            case FaultKind.DRIP:
                return await self._drip(request, fault)
            case FaultKind.HANG_UP:
                return self._hang_up(request)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                return await self._forward(request, body)
            case FaultKind.LOSE_ANSWER:
                await self._forward(request, body)
                return web.Response(status=fault.status, headers=fault.headers, text="")
            case FaultKind.DUPLICATE:
                answers = await asyncio.gather(*(self._forward(request, body) for _ in range(fault.copies)))
                return answers[0]
            case FaultKind.HOLD:
                self._held.append((request, body))
                return web.Response(status=200, text="")

    def _fault_for(self, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.path in path:
                self._faults.remove(fault)
                return fault
        return None

    @staticmethod
    async def _drip(request: web.Request, fault: Fault) -> web.StreamResponse:
        response = web.StreamResponse(status=200, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for place in range(len(fault.body)):
                await response.write(fault.body[place : place + 1])
                await asyncio.sleep(fault.seconds)
            await response.write_eof()
        return response

    @staticmethod
    def _hang_up(request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=502)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        address = self.target + request.rel_url.raw_path_qs
        try:
            async with self._session.request(
                request.method, address, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())
        except ClientError as error:
            return web.Response(status=502, text=type(error).__name__)
