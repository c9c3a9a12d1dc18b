"""What was seen around an incident: telemetry as columns, changes, and the single pieces a claim rests on.

Telemetry arrives in tables of equal-length columns, because a case holds up to a million spans and one object
each would cost more than the diagnosis. Everything in here is data from outside: log text is quoted, never
obeyed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ENTRY = "@entry"
"""The name under which telemetry describes the system as its users see it."""


class EvidenceKind(StrEnum):
    """What sort of thing a piece of evidence points at."""

    METRIC = "metric"
    EDGE = "edge"
    LOG = "log"
    SPAN = "span"
    CHANGE = "change"
    TOPOLOGY = "topology"
    ABSENCE = "absence"
    RUN = "run"
    SCHEMA = "schema"


class ChangeKind(StrEnum):
    """What was changed on purpose before the trouble."""

    COMMIT = "commit"
    DEPLOY = "deploy"
    FLAG = "flag"
    CONFIG = "config"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class MetricTable:
    """Series of a window on one time axis.

    Args:
        times: Unix seconds, ascending.
        series: (service, metric) to values as long as `times`; NaN is a missing sample. A service written
            `a>b` is the call edge from a to b.
    """

    times: Sequence[float] = ()
    series: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpanTable:
    """Spans as columns; `parent` is the parent's span id or `-1` for a root; times in ms relative to the
    anomaly."""

    trace: Sequence[str] = ()
    span: Sequence[str] = ()
    parent: Sequence[str] = ()
    service: Sequence[str] = ()
    operation: Sequence[str] = ()
    start_ms: Sequence[float] = ()
    duration_us: Sequence[float] = ()
    failed: Sequence[bool] = ()

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.span)

    def take(self, rows: Sequence[int]) -> "SpanTable":
        """Return the table of these rows, in this order."""
        return SpanTable(
            trace=[self.trace[row] for row in rows],
            span=[self.span[row] for row in rows],
            parent=[self.parent[row] for row in rows],
            service=[self.service[row] for row in rows],
            operation=[self.operation[row] for row in rows],
            start_ms=[self.start_ms[row] for row in rows],
            duration_us=[self.duration_us[row] for row in rows],
            failed=[self.failed[row] for row in rows],
        )


@dataclass(frozen=True, slots=True)
class LogTable:
    """Log lines as columns; `t_ms` is relative to the anomaly. `message` is text from outside."""

    t_ms: Sequence[float] = ()
    service: Sequence[str] = ()
    level: Sequence[str] = ()
    trace: Sequence[str] = ()
    span: Sequence[str] = ()
    message: Sequence[str] = ()

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.message)

    def take(self, rows: Sequence[int]) -> "LogTable":
        """Return the table of these rows, in this order."""
        return LogTable(
            t_ms=[self.t_ms[row] for row in rows],
            service=[self.service[row] for row in rows],
            level=[self.level[row] for row in rows],
            trace=[self.trace[row] for row in rows],
            span=[self.span[row] for row in rows],
            message=[self.message[row] for row in rows],
        )


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Metrics, spans and logs of one window."""

    metrics: MetricTable = field(default_factory=MetricTable)
    spans: SpanTable = field(default_factory=SpanTable)
    logs: LogTable = field(default_factory=LogTable)


@dataclass(frozen=True, slots=True)
class Change:
    """A change somebody made on purpose.

    Args:
        change_id: Commit hash, deploy id or flag name.
        kind: What sort of change.
        at: Unix seconds at which it took effect, or was written when nothing is known of its effect.
        service: What it touched, empty when unknown.
        files: Paths it touched.
        diff: Text of the change, shortened at the source; empty when unknown.
    """

    change_id: str
    kind: ChangeKind
    at: float
    service: str = ""
    summary: str = ""
    files: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True, slots=True)
class LogPattern:
    """A message template whose counts the source itself compared with its baseline."""

    service: str
    signature: str
    count: float
    excess: float
    negative: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """What fired: the service as users see it is `@entry`."""

    service: str = ENTRY
    metric: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Evidence that counts less, because its sender can't be relied on.

    Args:
        service: Whom the evidence speaks about.
        kind: `metric`, `log` or `span`.
        weight: By how much it still counts, 0 to 1.
        sender: Who sent it.
        why: What is wrong with what the sender sends.
    """

    service: str
    kind: str
    weight: float
    sender: str
    why: str


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """Everything a diagnosis may look at.

    Args:
        case_id: The incident's id.
        anomaly_time: Unix seconds of the alert or of the first sign of trouble.
        sample_seconds: Distance of metric samples; 0 when unknown.
        telemetry: The window around the anomaly.
        reference: A fault-free window of the same system; its spans and logs have their own zero.
        calls: Known (caller, callee) pairs.
        unavailable: Sources that could not be read, in words for people.
        doubts: What counts less, because of who sent it.
    """

    case_id: str
    anomaly_time: float
    sample_seconds: float = 0.0
    alert: Alert = field(default_factory=Alert)
    telemetry: Telemetry = field(default_factory=Telemetry)
    reference: Telemetry | None = None
    calls: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    patterns: tuple[LogPattern, ...] = ()
    unavailable: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One piece that a claim rests on.

    Args:
        evidence_id: Stable within a diagnosis, e.g. `e3`.
        kind: What it points at.
        service: Whom it speaks about.
        text: One sentence with numbers and units, bounded and with control characters removed.
        reference: Resolves against the case: `metric:<service>|<metric>`, `log:<row>`, `span:<trace>/<span>`,
            `change:<id>`, `edge:<caller>><callee>`, `silence:<service>`, `run:<id>`, `schema:<feed>`.
        at: Unix seconds at which it begins, None when it has no moment.
        weight: Share it added to the score of its service; 0 for context.
    """

    evidence_id: str
    kind: EvidenceKind
    service: str
    text: str
    reference: str
    at: float | None = None
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class UpstreamRun:
    """The run that a feed waits for.

    Args:
        feed: Name of the upstream feed.
        status: `succeeded`, `failed`, `running` or `missing`.
        due_at: Unix seconds at which it usually is there.
        finished_at: Unix seconds, None when it has not finished.
    """

    feed: str
    status: str
    due_at: float
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class PastRun:
    """An earlier run of the same feed; times in unix seconds, None is unknown."""

    run_id: str
    status: str
    started_at: float
    seconds: float | None = None
    rows: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run of a data feed and its own scope: what a pipeline incident is about before any infrastructure.

    Args:
        columns: Names to types of what came this time; `usual_columns` of what comes usually.
        rows: Rows that came, None when unknown; `usual_rows` the counts of earlier good runs.
        log: Lines of the task's own log, oldest first: text from outside.
        services: Services the run uses, by topology or configuration.
        earlier: Runs before this one, oldest first.
        changes: Changes of the feed's own configuration, any order.
        due_at: Unix seconds at which it should have begun, None when unknown.
        late_by: Seconds after its promised or usual time at which it ended, or that it goes on beyond it; not
            above 0 in time, None when unknown.
    """

    feed: str
    run_id: str
    status: str
    started_at: float
    finished_at: float | None = None
    usual_seconds: Sequence[float] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    usual_columns: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    usual_rows: Sequence[int] = ()
    upstream: tuple[UpstreamRun, ...] = ()
    log: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    earlier: tuple[PastRun, ...] = ()
    changes: tuple[Change, ...] = ()
    due_at: float | None = None
    late_by: float | None = None
