"""Port: pushed telemetry, asked by time, service and kind. Every text in an answer is from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery


@dataclass(frozen=True, slots=True)
class TelemetryEvent:
    """A single happening: an alert, a Kubernetes event, a deployment; `at` in Unix seconds."""

    at: float
    service: str
    event: str
    severity: str
    message: str
    attributes: str = "{}"


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One service seen calling another: how often, and when last (Unix seconds)."""

    caller: str
    callee: str
    calls: int
    last_seen: float


@dataclass(frozen=True, slots=True)
class RefusedTelemetry:
    """A record that was not taken in: when (Unix seconds), from whom, why, and its first characters."""

    at: float
    source: str
    dialect: str
    reason: str
    detail: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How good what one source sends is.

    Args:
        score: 0 to 100: 100 less what is refused, late, missing, dated wrongly and unknown.
        late_share: Share of records that came more than a minute after they happened.
        skew_seconds: Median of arrival less the newest time of a delivery: far below 0 is a clock ahead.
        gaps: Minutes of the window in which nothing came, between its first and last delivery.
        unknown_fields: Names of fields without a place of their own, the most frequent first.
        reasons: What lowers the score, in words, worst first.
        last_at: When the newest delivery came (Unix seconds).
        doubt: How much of the score is lost by what makes evidence doubtful: refused, silent, a clock ahead.
            What only comes late, or now and then, is as true as any.
        doubts: Those reasons, worst first.
    """

    source: str
    dialect: str
    records: int
    refused: int
    score: float
    late_share: float
    skew_seconds: float
    gaps: int
    unknown_fields: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    last_at: float = 0.0
    doubt: float = 0.0
    doubts: tuple[str, ...] = ()


DOUBTFUL_FROM = 10.0
"""Evidence of a sender of so much doubt counts less in a diagnosis."""


class SenderHealth(Protocol):
    """How good the telemetry is that comes in."""

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        """Return the health of each sender over a time, worst first.

        Raises:
            OutsideTrouble: The store can't be read.
        """
        ...


class TelemetryReader(Protocol):
    """Answers from the store; also an `EvidenceSource` by its `name` and `fetch`."""

    @property
    def name(self) -> str:
        """Return the name people know the store by."""
        ...

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return metrics, logs, spans, calls and changes of a window."""
        ...

    def events(
        self, begin: datetime, end: datetime, services: tuple[str, ...] = (), most: int = 1_000
    ) -> tuple[TelemetryEvent, ...]:
        """Return events, newest first; no services means all."""
        ...

    def calls(self, begin: datetime, end: datetime) -> tuple[ServiceCall, ...]:
        """Return who was seen calling whom."""
        ...

    def refused(self, begin: datetime, end: datetime, most: int = 100) -> tuple[RefusedTelemetry, ...]:
        """Return refused records, newest first."""
        ...

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        """Return how good each source's telemetry is, worst first."""
        ...
