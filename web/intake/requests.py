"""One way in for every route: size, sender, flood limit, then the route's own act; errors as answers."""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from domain.errors import BadInput, DogwatchError, NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.ports.telemetry_intake import Crowded, TurnedAway
from web.intake.keys import IntakeKeys
from web.intake.signed_once import UNDER_WAY_SECONDS, Claim, SignedOnce, UsedRequests, request_of, under_way

log = logging.getLogger("dogwatch.intake")

MOST_BYTES = 16 << 20
"""Largest body as it comes, before it is unpacked."""
_MOST_HELD = 256 << 20
"""Bytes of all bodies that are being read or taken."""
_RETRY_SECONDS = 5.0
_ASKING = ("GET", "HEAD")
_ALREADY = {"status": "already taken"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request whose sender is known."""

    source: str
    body: bytes
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


Act = Callable[[Sent], Awaitable[Response]]
_Answer = Callable[[Request, Sent, bool], Awaitable[Response]]


class Flood:
    """A token bucket a source: so many requests a second, so many at once.

    Args:
        a_second: Requests a source may send a second, over time.
        burst: Requests it may send at once.
    """

    def __init__(self, a_second: float = 500.0, burst: float = 2_000.0) -> None:
        self._rate, self._burst = a_second, burst
        self._tokens: dict[str, tuple[float, float]] = {}

    def check(self, source: str) -> None:
        """Count one request; raises `Crowded` when the source sends too many."""
        now = time.monotonic()
        left, then = self._tokens.get(source, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        if left < 1.0:
            raise Crowded(
                f"intake: flood from {source}",
                say=f"That is more than {self._rate:.0f} requests a second.",
                next_step="Send larger batches, less often.",
            )
        self._tokens[source] = (left - 1.0, now)


class Gate:
    """Turns a route's act into an endpoint.

    Args:
        keys: Who may send.
        flood: How often.
        most_bytes: Largest body as it comes.
        note: Who lets people see what was refused here.
        used: Which signed requests the house has taken; None remembers them in this process alone.
        under_way_seconds: How long others wait for a process that may have died while it took one.
    """

    def __init__(
        self,
        keys: IntakeKeys,
        flood: Flood | None = None,
        most_bytes: int = MOST_BYTES,
        *,
        note: Callable[[TurnedAway], None] = lambda refused: None,
        used: UsedRequests | None = None,
        under_way_seconds: float = UNDER_WAY_SECONDS,
    ) -> None:
        self.keys, self.flood, self._most_bytes = keys, flood or Flood(), most_bytes
        self.note = note
        self._held = {True: 0, False: 0}
        self._once = SignedOnce(used=used, under_way_seconds=under_way_seconds)

    def endpoint(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that admits a request and then acts; what is signed and posted, once."""

        async def answer(request: Request, sent: Sent, is_signed: bool) -> Response:
            if not is_signed or request.method in _ASKING:
                return await act(sent)
            return await self._act_once(request, sent, act)

        return self._admitting(answer)

    def question(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of an act that may come twice: a repetition gets the answer, not a receipt."""

        async def answer(request: Request, sent: Sent, is_signed: bool) -> Response:
            return await act(sent)

        return self._admitting(answer)

    def _admitting(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._admit(request, answer)
            except ClientDisconnect:
                return Response(status_code=400)
            except DogwatchError as error:
                return refusal(error)

        return endpoint

    async def _admit(self, request: Request, answer: _Answer) -> Response:
        headers = request.headers
        is_signed = self.keys.is_signed(headers)
        # A key is judged before a byte of the body is read; a signature needs the bytes.
        source = "" if is_signed else await self.keys.source_of(headers)
        async with self._body(request, source) as body:
            source = source or self.keys.source_of_signed(headers, _request_line(request), body)
            self.flood.check(source)
            sent = Sent(source, body, headers, request.path_params, request.query_params)
            return await answer(request, sent, is_signed)

    async def _act_once(self, request: Request, sent: Sent, act: Act) -> Response:
        signed = request_of(sent.source, request.method, request.url.path, sent.headers)
        if self._once.was_taken(signed):
            return JSONResponse(_ALREADY)
        with self._once.taking(signed) as taking:
            claim = await self._once.claim(signed)
            if claim is Claim.UNDER_WAY:
                raise under_way()
            if claim is Claim.TAKEN:
                taking.is_taken = True
                return JSONResponse(_ALREADY)
            try:
                async with self._once.held(signed):
                    response = await act(sent)
                taking.is_taken = response.status_code < 400
            finally:
                if not taking.is_taken:
                    await self._once.release(signed)
            if taking.is_taken:
                await self._once.note(signed)
        return response

    @contextlib.asynccontextmanager
    async def _body(self, request: Request, source: str) -> AsyncIterator[bytes]:
        """Yield the body, which counts as held meanwhile; of a known sender, note what did not come."""
        pieces: list[bytes] = []
        is_known = bool(source)
        try:
            await self._read(request, pieces, is_known)
            yield b"".join(pieces)
        except (BodyTooLarge, ClientDisconnect) as error:
            cut = "The connection ended before the whole body had come."
            if is_known:
                why = error.sentence() if isinstance(error, BodyTooLarge) else cut
                self.note(TurnedAway(source, request.url.path, why))
            raise
        finally:
            self._held[is_known] -= sum(map(len, pieces))

    async def _read(self, request: Request, pieces: list[bytes], is_known: bool) -> None:
        told, size = request.headers.get("content-length", ""), 0
        self._measure(int(told) if told.isdecimal() else 0, is_known)
        async for piece in request.stream():
            pieces.append(piece)
            size += len(piece)
            self._held[is_known] += len(piece)
            self._measure(size, is_known)

    def _measure(self, size: int, is_known: bool) -> None:
        """Refuse a body of this size, or any body while too many are held."""
        if size > self._most_bytes:
            raise BodyTooLarge(
                f"intake: body above {self._most_bytes} bytes",
                say=f"The body is larger than {self._most_bytes >> 20} MiB.",
                next_step="Send smaller batches.",
            )
        # Who signs is known by the whole body only: those who are not known yet crowd out each other.
        if self._held[is_known] > (_MOST_HELD if is_known else _MOST_HELD // 4):
            raise Crowded(
                f"intake: {self._held[is_known]} bytes held",
                say="Too many large bodies come at the same time.",
                next_step="Send the same again in a few seconds.",
            )


def _request_line(request: Request) -> bytes:
    """Return method, path and query as they were sent."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return request.method.encode() + b" " + path + (b"?" + query if query else b"")


class BodyTooLarge(BadInput):
    """A body is larger than is taken."""


def refusal(error: DogwatchError) -> Response:
    """Return the answer to a request that was not taken: status, sentence, and when to come again."""
    status, headers = 500, {}
    if isinstance(error, BadInput):
        status = 413 if isinstance(error, BodyTooLarge) or "larger than" in error.say else 400
    elif isinstance(error, NotFound):
        status = 404
    elif isinstance(error, NotAllowed):
        status, headers = 401, {"WWW-Authenticate": "Bearer"}
    elif isinstance(error, NotNow):
        seconds = error.retry_after_seconds if isinstance(error, Crowded) else _RETRY_SECONDS
        status, headers = 429, {"Retry-After": f"{max(round(seconds), 1)}"}
    elif isinstance(error, OutsideTrouble):
        status, headers = 503, {"Retry-After": f"{_RETRY_SECONDS:.0f}"}
    log.info("a delivery was refused", extra={"status": status, "why": str(error)})
    return JSONResponse({"error": error.sentence(), "status": status}, status, headers)
