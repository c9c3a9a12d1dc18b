"""One way in for every route: size, sender, flood limit, then the route's own act; errors as answers."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from domain.errors import BadInput, DogwatchError, NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.ports.telemetry_intake import Crowded
from web.intake.keys import SIGNATURE_HEADER, IntakeKeys

log = logging.getLogger("dogwatch.intake")

MOST_BYTES = 16 << 20
"""Largest body as it comes, before it is unpacked."""
_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request whose sender is known."""

    source: str
    body: bytes
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


Act = Callable[[Sent], Awaitable[Response]]


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
    """

    def __init__(self, keys: IntakeKeys, flood: Flood | None = None, most_bytes: int = MOST_BYTES) -> None:
        self.keys, self.flood, self._most_bytes = keys, flood or Flood(), most_bytes

    def endpoint(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that admits a request and then acts."""

        async def endpoint(request: Request) -> Response:
            try:
                return await self._admit(request, act)
            except ClientDisconnect:
                return Response(status_code=400)
            except DogwatchError as error:
                return refusal(error)

        return endpoint

    async def _admit(self, request: Request, act: Act) -> Response:
        headers = request.headers
        is_signed = self.keys.is_signed(headers)
        # A key is judged before a byte of the body is read; a signature needs the bytes.
        source = "" if is_signed else self.keys.source_of(headers)
        body = await self._read(request)
        if is_signed:
            source, is_repeated = self.keys.source_of_signed(headers, body)
            if is_repeated:
                return JSONResponse({"status": "already taken"})
        try:
            self.flood.check(source)
            return await act(Sent(source, body, headers, request.path_params, request.query_params))
        except DogwatchError:
            if is_signed:
                self.keys.forget(headers.get(SIGNATURE_HEADER, ""))
            raise

    async def _read(self, request: Request) -> bytes:
        told = request.headers.get("content-length", "")
        if told.isdigit() and int(told) > self._most_bytes:
            raise _too_large(self._most_bytes)
        pieces, size = [], 0
        async for piece in request.stream():
            size += len(piece)
            if size > self._most_bytes:
                raise _too_large(self._most_bytes)
            pieces.append(piece)
        return b"".join(pieces)


def _too_large(most: int) -> BadInput:
    return BadInput(
        f"intake: body above {most} bytes",
        say=f"The body is larger than {most >> 20} MiB.",
        next_step="Send smaller batches.",
    )


def refusal(error: DogwatchError) -> Response:
    """Return the answer to a request that was not taken: status, sentence, and when to come again."""
    status, headers = 500, {}
    if isinstance(error, BadInput):
        status = 413 if "larger than" in error.say else 400
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
