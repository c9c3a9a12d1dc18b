"""What people see of feeds under watch: lights, forecasts, histories, alerts and the scorecard.

Probabilities are 0 to 1, durations minutes, times aware and in UTC. A field that is not known is None.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.lights import Light as Light
from domain.watch.alerts import Alert
from domain.watch.oddities import OddPoint


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
        zone: IANA zone in which people read its times.
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
    zone: str = "UTC"
    quality: float | None = None
    measured_at: datetime

    @property
    def has_not_run(self) -> bool:
        """Return whether no run of it is known at all."""
        return self.last_run is None and self.running_since is None

    def is_overdue(self, now: datetime) -> bool:
        """Return whether its run counts as late; a feed that is fine or without news is not said to be."""
        is_troubled = self.state in (Light.RED, Light.YELLOW)
        return is_troubled and self.overdue_at is not None and self.overdue_at < now

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
    """An estimate beside its outcome; `came_true` is None while the hour is not over, `alerted` is False for
    what was only counted in shadow."""

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
    bar: float | None = None
    """Below it the feed's configuration wants a delivery held back."""
    drift: tuple[str, ...] = ()
    """How its columns differ from the agreed ones."""
    broken: str = ""
    """How the delivery differs from what it declares of itself; it is held back then, whatever its score."""


class MismatchPoint(_Model):
    """One kind of difference between source and target; `is_declared` where the sender's own number is
    another."""

    kind: str
    rows: int
    column: str = ""
    detail: str = ""
    is_declared: bool = False


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
    loses_rows: bool = False
    """Whether rows are missing that seldom are: too few to be told, too many to be published unasked."""
    tolerated: float = 0.0
    """Share of the rows that may differ by the feed's configuration."""
    on_break: str = ""
    """`hold`, `hold_unusual` or `warn`: what follows when more than that differs; empty where nobody said."""
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
    """Of the next delivery's score, 80 in 100."""
    quality_trend: str = ""
    reconciliations: tuple[ReconciliationPoint, ...] = ()
    upstreams: tuple[Neighbour, ...] = ()
    downstreams: tuple[Neighbour, ...] = ()
    alerts: tuple[Alert, ...] = ()
    """The newest first, open ones included."""
    odd: tuple[OddPoint, ...] = ()
    """Runs that went beyond the feed's own habits, oldest first."""


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
    zone: str = "UTC"
    finish_early: datetime | None = None
    finish_late: datetime | None = None


class CardScore(_Model):
    """How good cards were, one per trouble.

    Attributes:
        cards: How many there were; `right` came true, `wrong` did not, `neither` were expected or prevented,
            and the rest are open.
        precision: Of those that came true or did not, the share that did; None without any.
        troubles: How many began; each lasts from a failed run or missed deadline until a run ends well.
        foretold: How many of them a card had named the feed of before they began.
        unheard: Troubles that are not among them, because people had asked not to be told.
        recall: The share that was foretold; None without troubles.
        lead_minutes: From the card to the trouble, P10, P50 and P90; None where none was foretold.
    """

    cards: int = 0
    right: int = 0
    wrong: int = 0
    neither: int = 0
    precision: float | None = None
    troubles: int = 0
    foretold: int = 0
    unheard: int = 0
    recall: float | None = None
    lead_minutes: tuple[float, float, float] | None = None
    cards_a_week: float = 0.0


class ScoreRow(_Model):
    """The scorecard of all feeds, a team or a feed.

    Attributes:
        basis: Counted on what was said `live`, or on the `backtest` of the model in service.
        told: The cards that people were told; `shadow`: those that were only counted.
        questions: Estimates whose hour is over, two an hour and feed; after `came_true` of them trouble came.
        brier: Mean squared error of the estimates; `brier_skill`: against always telling their mean.
        reliability: (mean promise, frequency, count) of parts of the estimates: of small ones ten, and by
            their promise of those from 10 % on.
    """

    scope: str
    basis: str = "live"
    told: CardScore = CardScore()
    shadow: CardScore = CardScore()
    questions: int = 0
    came_true: int = 0
    brier: float = 0.0
    brier_skill: float = 0.0
    reliability: tuple[tuple[float, float, int], ...] = ()


class LogEntry(_Model):
    """One line of the promotion log: a feed left or entered shadow mode, a model was taken or refused."""

    at: datetime
    kind: str
    subject: str
    sentence: str


class ScorecardView(_Model):
    """How good the predictions were since a moment, over all, by team and feed; what was promoted when."""

    overall: ScoreRow | None = None
    backtest: ScoreRow | None = None
    teams: tuple[ScoreRow, ...] = ()
    feeds: tuple[ScoreRow, ...] = ()
    model: str = ""
    log: tuple[LogEntry, ...] = ()
    since: datetime | None = None
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
