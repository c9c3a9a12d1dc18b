"""OTLP over gRPC: the collector's and the SDKs' default, without generated code.

Messages stay bytes on the way through: they go to the same intake as those that come by HTTP.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
from grpc.aio import ServicerContext

from domain.errors import BadInput, DogwatchError, NotAllowed, NotNow
from domain.ports.telemetry_intake import Delivery, Dialect, TelemetryIntake, TurnedAway
from web.intake.requests import MOST_BYTES, Gate

log = logging.getLogger("dogwatch.intake")

_SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": Dialect.OTLP_TRACES,
    "opentelemetry.proto.collector.logs.v1.LogsService": Dialect.OTLP_LOGS,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": Dialect.OTLP_METRICS,
}
_ONCE = 64
MOST_CONNECTIONS = 1_000
_BODY_SECONDS = 30.0
_OPTIONS = [
    ("grpc.max_receive_message_length", MOST_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", _ONCE),
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_connection_idle_ms", 600_000),
    # Else another server may listen on the same port, and senders reach now this one, now that.
    ("grpc.so_reuseport", 0),
]
Handler = Callable[[AsyncIterator[bytes], "ServicerContext[bytes, bytes]"], Awaitable[bytes]]


def otlp_server(
    intake: TelemetryIntake,
    gate: Gate,
    address: str,
    body_seconds: float = _BODY_SECONDS,
    most_connections: int = MOST_CONNECTIONS,
) -> tuple[grpc.aio.Server, int]:
    """Return a server, not yet started, and the port it got; call within a running event loop.

    Args:
        intake: Who takes what comes.
        gate: Who may send, and how often: the key is the call's `authorization` or `x-api-key` metadata.
        address: host:port to listen on; port 0 takes a free one.
        body_seconds: How long a call's message may take to come.
        most_connections: How many may be open; more are closed at once, and their senders try again.

    Raises:
        RuntimeError: The address can't be had.
    """
    server = grpc.aio.server(options=[*_OPTIONS, ("grpc.max_allowed_incoming_connections", most_connections)])
    for service, dialect in _SERVICES.items():
        # As a stream, which looks the same on the wire: so a key is judged before the message is waited for,
        # and a message that never comes ends.
        method = grpc.stream_unary_rpc_method_handler(_handler(dialect, intake, gate, body_seconds))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    return server, server.add_insecure_port(address)


def _handler(dialect: Dialect, intake: TelemetryIntake, gate: Gate, body_seconds: float) -> Handler:
    room = asyncio.Semaphore(_ONCE)

    async def take(messages: AsyncIterator[bytes], context: "ServicerContext[bytes, bytes]") -> None:
        source = await gate.keys.source_of(_headers(context))
        gate.flood.check(source)
        async with room:
            try:
                async with asyncio.timeout(body_seconds):
                    body = await anext(messages, None)
            except TimeoutError:
                gate.note(TurnedAway(source, dialect.value, "A call's message did not come in time."))
                raise _late(body_seconds) from None
            if body is None:
                raise BadInput("a call without a message", say="The call holds no message.")
            await intake.take(Delivery(dialect, source, body))

    async def export(messages: AsyncIterator[bytes], context: "ServicerContext[bytes, bytes]") -> bytes:
        try:
            await take(messages, context)
        except DogwatchError as error:
            log.info("a call was refused", extra={"why": str(error)})
            await context.abort(_code(error), error.sentence())
        return b""

    return export


def _late(seconds: float) -> NotNow:
    return NotNow(
        f"a message took longer than {seconds:.0f} s",
        say=f"The message did not come within {seconds:.0f} seconds.",
        next_step="Send it again.",
    )


def _headers(context: "ServicerContext[bytes, bytes]") -> dict[str, str]:
    pairs = context.invocation_metadata() or ()
    return {str(name).casefold(): value for name, value in pairs if isinstance(value, str)}


def _code(error: DogwatchError) -> grpc.StatusCode:
    if isinstance(error, BadInput):
        return grpc.StatusCode.INVALID_ARGUMENT
    # Senders repeat what is "unavailable", and drop what is "exhausted" unless told a delay.
    return grpc.StatusCode.UNAUTHENTICATED if isinstance(error, NotAllowed) else grpc.StatusCode.UNAVAILABLE
