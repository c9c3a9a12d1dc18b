"""What people see of feeds under watch: lights, forecasts, histories, alerts and the scorecard.

Probabilities are 0 to 1, durations minutes, times aware and in UTC. A field that is not known is None.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.alerts import Alert


class Light(StrEnum):
    """Red: trouble is there. Yellow: it is likely, or the feed is running late. Green: neither."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunPoint(_Model):
    """One run as a history shows it."""

    run: str
    outcome: str
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    minutes: float | None = None
    rows: int | None = None
    rejected: int | None = None
    retries: int = 0
    error: str = ""

    @property
    def at(self) -> datetime | None:
        """Return the moment to draw it at."""
        return self.finished_at or self.started_at or self.scheduled_at


class FeedHealth(_Model):
    """One feed now.

    Attributes:
        probability: Of trouble within an hour; `within` has (minutes, probability) for 30, 45 and 60.
        minutes_left: Until the next or running run counts as late, None when nothing is due within a day.
        why: One sentence that says what the light means.
        reasons: What moved the estimate, the strongest first.
        is_shadow: True while its alerts are only counted and told to nobody.
        alert: Id of its open alert, empty without one.
    """

    name: str
    team: str
    criticality: str
    impact: str = ""
    state: Light
    why: str = ""
    probability: float
    within: tuple[tuple[int, float], ...] = ()
    threshold: float = 1.0
    reasons: tuple[str, ...] = ()
    record_wrong: int = 0
    record_asked: int = 0
    next_due: datetime | None = None
    overdue_at: datetime | None = None
    finish_early: datetime | None = None
    finish_middle: datetime | None = None
    finish_late: datetime | None = None
    last_run: RunPoint | None = None
    running_since: datetime | None = None
    upstreams: tuple[str, ...] = ()
    source: str = ""
    model: str = ""
    is_shadow: bool = False
    alert: str = ""
    quality: float | None = None
    measured_at: datetime

    def minutes_left(self, now: datetime) -> int | None:
        """Return the minutes until the run counts as late, None when nothing is due within a day."""
        deadline = self.overdue_at or self.next_due
        return None if deadline is None else max(round((deadline - now).total_seconds() / 60.0), 0)


class Band(_Model):
    """What is usual of a figure: one in ten is below `low`, one in ten above `high`."""

    low: float
    middle: float
    high: float


class ToldPoint(_Model):
    """An estimate beside its outcome; `came_true` is None while the hour is not over."""

    made_at: datetime
    probability: float
    alerted: bool
    came_true: bool | None = None


class QualityPoint(_Model):
    """The score of one delivery, 0 to 100."""

    measured_at: datetime
    overall: float
    dimensions: dict[str, float] = {}
    findings: tuple[str, ...] = ()
    state: str = ""
    """`released`, `held` or `refused`."""


class MismatchPoint(_Model):
    """One kind of difference between source and target."""

    kind: str
    rows: int
    column: str = ""
    detail: str = ""


class ReconciliationPoint(_Model):
    """One comparison of source and target; `state` is `wanted`, `done` or `failed`."""

    id: str
    business_date: str
    at: datetime
    state: str
    source_rows: int = 0
    target_rows: int = 0
    matched_rows: int = 0
    mismatches: tuple[MismatchPoint, ...] = ()
    is_unusual: bool = False
    sentence: str = ""


class Neighbour(_Model):
    """A feed of the lineage with its light."""

    name: str
    state: Light
    probability: float


class FeedPage(_Model):
    """Everything about one feed."""

    health: FeedHealth
    runs: tuple[RunPoint, ...] = ()
    """Oldest first."""
    duration_band: Band | None = None
    rows_band: Band | None = None
    told: tuple[ToldPoint, ...] = ()
    quality: tuple[QualityPoint, ...] = ()
    quality_forecast: Band | None = None
    reconciliations: tuple[ReconciliationPoint, ...] = ()
    upstreams: tuple[Neighbour, ...] = ()
    downstreams: tuple[Neighbour, ...] = ()
    alerts: tuple[Alert, ...] = ()
    """The newest first, open ones included."""


class TimelineEntry(_Model):
    """Something that is likely to fail: when it would count as failed, and how much that matters.

    Its run finishes between `finish_early` and `finish_late` in 80 of 100 cases.
    """

    feed: str
    at: datetime
    probability: float
    state: Light
    team: str
    criticality: str
    impact: str = ""
    reasons: tuple[str, ...] = ()
    alert: str = ""
    finish_early: datetime | None = None
    finish_late: datetime | None = None


class ScoreRow(_Model):
    """The scorecard of all feeds, a team or a feed; leads are minutes P10, P50, P90.

    `basis` says what it was counted on: `live` estimates or the `backtest` of the model in service.
    """

    scope: str
    basis: str = "live"
    questions: int = 0
    troubles: int = 0
    alerts: int = 0
    precision: float = 0.0
    recall: float = 0.0
    brier: float = 0.0
    brier_skill: float = 0.0
    lead_minutes: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alerts_a_week: float = 0.0
    reliability: tuple[tuple[float, float, int], ...] = ()
    """(mean promise, frequency, count) per bin."""


class LogEntry(_Model):
    """One line of the promotion log: a feed left or entered shadow mode, a model was taken or refused."""

    at: datetime
    kind: str
    subject: str
    sentence: str


class ScorecardView(_Model):
    """How good the predictions were: over all, by team, and what was promoted when."""

    overall: ScoreRow | None = None
    backtest: ScoreRow | None = None
    teams: tuple[ScoreRow, ...] = ()
    feeds: tuple[ScoreRow, ...] = ()
    model: str = ""
    log: tuple[LogEntry, ...] = ()
    measured_at: datetime | None = None


class IntakeHealth(_Model):
    """What came in: runs known, and records refused by reason, with a few of the newest to look at."""

    runs: int = 0
    feeds: int = 0
    last_report_at: datetime | None = None
    refused: tuple[tuple[str, str, int], ...] = ()
    """(source, reason, count)."""
    examples: tuple[tuple[datetime, str, str, str], ...] = ()
    """(when, source, reason, excerpt), the newest first."""
