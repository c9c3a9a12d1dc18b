"""Port: where pushed telemetry is handed over at the door.

What an implementation promises: when `take` returns, the delivery is on disk and survives a kill of the
process and of the machine's power; its records can be queried within five seconds; a record that cannot be
used is kept with the reason. A delivery that is refused left nothing behind but a note for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.errors import NotNow


class Dialect(StrEnum):
    """What a delivery is written in; the names appear in file formats, so they stay."""

    OTLP_TRACES = "otlp-traces"
    OTLP_LOGS = "otlp-logs"
    OTLP_METRICS = "otlp-metrics"
    OTLP_TRACES_JSON = "otlp-traces-json"
    OTLP_LOGS_JSON = "otlp-logs-json"
    OTLP_METRICS_JSON = "otlp-metrics-json"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"
    FLUENT_BIT = "fluent-bit"
    ELASTIC = "elastic"
    SYSLOG = "syslog"
    EVENTS = "events"
    REFUSED = "refused"
    """Our own note of what was refused at the door; nobody sends it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body as it came.

    Args:
        dialect: What it is written in.
        source: Name of the key that sent it, or of the listener.
        body: Bytes as received, still compressed.
        encoding: Content encoding: empty, `gzip`, `deflate`, `snappy` or `zstd`.
    """

    dialect: Dialect
    source: str
    body: bytes
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """What a door refused of a source that may send.

    Args:
        source: Who sent it.
        dialect: What it was written in, or to which address it came.
        why: What the sender was told, or would have been told.
        excerpt: How it began.
        count: How many of the same.
    """

    source: str
    dialect: str
    why: str
    excerpt: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What becomes of one operation of a delivery that holds several.

    Args:
        action: As its sender calls it.
        index: Where the sender wanted it, empty where that is not told.
        id: Under which name, empty where that is not told.
        why: Why it is refused, empty when it is taken.
    """

    action: str
    index: str
    id: str
    why: str = ""


class Crowded(NotNow):
    """More comes than can be written; the sender waits `retry_after_seconds` and sends the same again."""

    retry_after_seconds: float = 2.0


class TelemetryIntake(Protocol):
    """Takes deliveries of telemetry."""

    async def take(self, delivery: Delivery) -> int:
        """Make a delivery durable; return how many records, or groups of them, a quick look saw in it.

        Raises:
            BadInput: The body is not of its dialect, or too large when unpacked (the door answers 400).
            Crowded: Too much is waiting, or the disk is full (429 with Retry-After).
            OutsideTrouble: It could not be written (503).
        """
        ...

    async def take_operations(self, delivery: Delivery) -> Sequence[ItemResult]:
        """Make a delivery in Elasticsearch's bulk form durable, as `take` does; tell of each operation."""
        ...

    def note(self, refused: TurnedAway) -> None:
        """Let people see what a door refused by itself, among the records that could not be used.

        What `take` refuses is noted there.
        """
        ...
