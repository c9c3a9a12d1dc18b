"""OTLP over gRPC: the collector's and the SDKs' default, without generated code.

Messages stay bytes on the way through: they go to the same intake as those that come by HTTP.
"""

import logging
from collections.abc import Awaitable, Callable

import grpc
from grpc.aio import ServicerContext

from domain.errors import BadInput, DogwatchError, NotAllowed
from domain.ports.telemetry_intake import Delivery, Dialect, TelemetryIntake
from web.intake.keys import IntakeKeys
from web.intake.requests import MOST_BYTES, Flood

log = logging.getLogger("dogwatch.intake")

_SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": Dialect.OTLP_TRACES,
    "opentelemetry.proto.collector.logs.v1.LogsService": Dialect.OTLP_LOGS,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": Dialect.OTLP_METRICS,
}
_ONCE = 64
Handler = Callable[[bytes, "ServicerContext[bytes, bytes]"], Awaitable[bytes]]


def otlp_server(
    intake: TelemetryIntake, keys: IntakeKeys, address: str, flood: Flood | None = None
) -> tuple[grpc.aio.Server, int]:
    """Return a server, not yet started, and the port it got; call within a running event loop.

    Args:
        intake: Who takes what comes.
        keys: Who may send: the key is the call's `authorization` or `x-api-key` metadata.
        address: host:port to listen on; port 0 takes a free one.
        flood: How often a source may call.
    """
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", MOST_BYTES), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=_ONCE,
    )
    bucket = flood or Flood()
    for service, dialect in _SERVICES.items():
        method = grpc.unary_unary_rpc_method_handler(_handler(dialect, intake, keys, bucket))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    return server, server.add_insecure_port(address)


def _handler(dialect: Dialect, intake: TelemetryIntake, keys: IntakeKeys, flood: Flood) -> Handler:
    async def export(body: bytes, context: "ServicerContext[bytes, bytes]") -> bytes:
        try:
            source = keys.source_of(_headers(context))
            flood.check(source)
            await intake.take(Delivery(dialect, source, body))
        except DogwatchError as error:
            log.info("a call was refused", extra={"why": str(error)})
            await context.abort(_code(error), error.sentence())
        return b""

    return export


def _headers(context: "ServicerContext[bytes, bytes]") -> dict[str, str]:
    pairs = context.invocation_metadata() or ()
    return {str(name).casefold(): value for name, value in pairs if isinstance(value, str)}


def _code(error: DogwatchError) -> grpc.StatusCode:
    if isinstance(error, BadInput):
        return grpc.StatusCode.INVALID_ARGUMENT
    # Senders repeat what is "unavailable", and drop what is "exhausted" unless told a delay.
    return grpc.StatusCode.UNAUTHENTICATED if isinstance(error, NotAllowed) else grpc.StatusCode.UNAVAILABLE
