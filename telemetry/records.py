"""Telemetry as columns while it is decoded: one list a column, because an object a record costs too much.

Times are microseconds since 1970 in UTC. Every text is from outside and bounded here. `Attributes` are one
JSON object as text.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.text.redaction import mask_shapes

LONGEST_TEXT = 16_384
LONGEST_NAME = 512
LONGEST_ID = 64
"""Of traces and spans, in hexadecimal: twice what OpenTelemetry uses."""
MOST_GROWTH = 256 << 20
"""How much more text a delivery may become than it was: each bucket of a histogram repeats its labels."""


class Kind(StrEnum):
    """What is stored; one folder of files each."""

    METRICS = "metrics"
    LOGS = "logs"
    SPANS = "spans"
    EVENTS = "events"
    REJECTED = "rejected"
    ARRIVALS = "arrivals"
    CALLS = "calls"
    """Counted from spans, see `call_counts`."""


class Refusal(StrEnum):
    """Why a record of telemetry was not taken in."""

    NOT_READABLE = "not readable"
    NO_TIME = "no usable time"
    FUTURE = "dated in the future"
    TOO_OLD = "older than what is kept"
    NO_NAME = "nothing named"
    BAD_VALUE = "value not usable"
    TOO_DEEP = "nested too deeply"
    TOO_MUCH = "too much in one delivery"
    AT_THE_DOOR = "refused at the door"
    BREAKS = "breaks the reader"


@dataclass(slots=True)
class Spans:
    """Columns of spans; `failed` is the sender's own status."""

    t_us: list[int] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    span: list[str] = field(default_factory=list)
    parent: list[str] = field(default_factory=list)
    operation: list[str] = field(default_factory=list)
    span_kind: list[int] = field(default_factory=list)
    duration_us: list[int] = field(default_factory=list)
    failed: list[bool] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Logs:
    """Columns of log lines; `level` is one of trace, debug, info, warn, error, fatal, or empty."""

    t_us: list[int] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    span: list[str] = field(default_factory=list)
    message: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Metrics:
    """Columns of samples; `counter` says that the value only grows until it is reset."""

    t_us: list[int] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    metric: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    counter: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class Events:
    """Columns of single happenings: alerts, Kubernetes events, deployments."""

    t_us: list[int] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    severity: list[str] = field(default_factory=list)
    message: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Rejected:
    """Columns of refused records: why, and their first characters for people to look at."""

    t_us: list[int] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    detail: list[str] = field(default_factory=list)
    excerpt: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Decoded:
    """What deliveries held, record by record, and what could not be used.

    Args:
        now_us: When the delivery arrived: what lies far from it is refused.
        unknown_fields: Names of fields that no column has room for and that were kept as attributes or
            dropped, with how often they came.
        refused: Count of refused records; only the first thousand are kept in `rejected`.
        growth: How much text records of this delivery became beyond what it held.
    """

    now_us: int = 0
    spans: Spans = field(default_factory=Spans)
    logs: Logs = field(default_factory=Logs)
    metrics: Metrics = field(default_factory=Metrics)
    events: Events = field(default_factory=Events)
    rejected: Rejected = field(default_factory=Rejected)
    unknown_fields: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    growth: int = 0

    def count(self) -> int:
        """Return how many records were taken in."""
        return len(self.spans.t_us) + len(self.logs.t_us) + len(self.metrics.t_us) + len(self.events.t_us)

    def refuse(self, reason: Refusal, detail: str, excerpt: object) -> None:
        """Count a refused record, and keep its beginning while there is room."""
        self.refused += 1
        if len(self.rejected.t_us) < MOST_REJECTED_KEPT:
            self.rejected.t_us.append(self.now_us)
            self.rejected.reason.append(reason.value)
            self.rejected.detail.append(detail[:200])
            self.rejected.excerpt.append(mask_shapes(repr(excerpt)[:800])[:400])

    def objection_to_time(self, t_us: int) -> Refusal | None:
        """Return why a time cannot be, or None."""
        if t_us <= 0:
            return Refusal.NO_TIME
        if t_us > self.now_us + SLACK_US:
            return Refusal.FUTURE
        return Refusal.TOO_OLD if t_us < self.now_us - OLDEST_US else None

    def objection_to_end(self, t_us: int) -> Refusal | None:
        """Return why a span's end cannot be, or None; one that never ended, or before it began, may."""
        return Refusal.FUTURE if t_us > self.now_us + SLACK_US else None

    def has_room_for(self, growth: int) -> bool:
        """Count text that a delivery becomes beyond what it held; return whether it is not too much."""
        self.growth += growth
        return self.growth <= MOST_GROWTH


MOST_REJECTED_KEPT = 1_000
SLACK_US = 10 * 60 * 1_000_000
"""Clocks go wrong by minutes; a record from further ahead is not believed."""
OLDEST_US = 30 * 86_400 * 1_000_000


def micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return int(moment.timestamp() * 1_000_000)
