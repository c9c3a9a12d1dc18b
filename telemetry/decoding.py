"""Each dialect's two readers: a quick check at the door, and the full reading into columns behind it."""

from collections.abc import Callable

from domain.ports.telemetry_intake import Dialect
from telemetry.receivers import otlp_proto
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.records import Decoded, Refusal

Check = Callable[[bytes], None]
Read = Callable[[bytes, Decoded, AttributeCache], None]

_READERS: dict[Dialect, tuple[Check, Read]] = {
    Dialect.OTLP_TRACES: (otlp_proto.check_traces, otlp_proto.read_traces),
    Dialect.OTLP_LOGS: (otlp_proto.check_logs, otlp_proto.read_logs),
    Dialect.OTLP_METRICS: (otlp_proto.check_metrics, otlp_proto.read_metrics),
}


def check(dialect: Dialect, body: bytes) -> None:
    """Return when a body is of its dialect as far as a quick look tells.

    Raises:
        Unreadable: It is not; the text says why.
    """
    _READERS[dialect][0](body)


def decode(dialect: Dialect, body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add a body's records to `out`; what cannot be used is refused there, never raised."""
    try:
        _READERS[dialect][1](body, out, cache)
    except Unreadable as error:
        out.refuse(Refusal.NOT_READABLE, str(error), body[:400])
