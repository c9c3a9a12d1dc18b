"""Feeds under watch: their runs, estimates, alerts, labels, and what was refused at intake; and errands."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Float, Index, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment

IN_TROUBLE = text("outcome IN ('failed', 'late', 'partial')")
"""Which runs ended in trouble, word by word as their index has it: SQLite finds it by nothing else."""


class WatchedFeedRow(SQLModel, table=True):
    """A feed under watch: its calendar and lineage, its threshold, and what people see of it now."""

    __tablename__ = "watched_feeds"

    name: str = Field(primary_key=True)
    document: str
    is_learned: bool
    threshold: float = Field(sa_column=Column(Float, nullable=False))
    speaks: bool
    health: str = ""
    since: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    heard_since: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))


class RunRow(SQLModel, table=True):
    """One run of one feed; (feed, run) makes intake idempotent, `taken_at` is when we last learned of it."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_feed", "feed", "seen_at"),
        Index("runs_in_trouble", "finished_at", sqlite_where=IN_TROUBLE, postgresql_where=IN_TROUBLE),
    )

    feed: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    taken_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    outcome: str
    scheduled_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    started_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    finished_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    rows_read: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    rows_written: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    rows_rejected: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    bytes_read: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    retries: int = 0
    queue_seconds: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    error_class: str = ""
    warnings: str = ""
    start_told_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    end_told_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class ReadingRow(SQLModel, table=True):
    """What a source, database or pool said at a moment; of a feed: that something about it was changed."""

    __tablename__ = "readings"

    resource: str = Field(primary_key=True)
    sign: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=Column(Moment, primary_key=True, index=True))
    value: float = Field(sa_column=Column(Float, nullable=False))
    taken_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))


class LineageRow(SQLModel, table=True):
    """A data set that a feed reads or writes, as its source calls it."""

    __tablename__ = "feed_datasets"

    feed: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    writes: bool = Field(primary_key=True)


class RunColumnsRow(SQLModel, table=True):
    """The columns that a run delivered, name to type as its source calls them."""

    __tablename__ = "run_columns"

    feed: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    document: str


class FeedResourceRow(SQLModel, table=True):
    """What a feed uses as its newest report tells it: `source`, `pool` or `databases`, a name a line."""

    __tablename__ = "feed_resources"

    feed: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    names: str


class FeedSenderRow(SQLModel, table=True):
    """When a sender last told something of a feed."""

    __tablename__ = "feed_senders"

    feed: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    heard_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class OddityRow(SQLModel, table=True):
    """What is out of the ordinary in the runs of a feed."""

    __tablename__ = "feed_oddities"

    feed: str = Field(primary_key=True)
    document: str


class RefusedRow(SQLModel, table=True):
    """How many records of a source were refused on a day, by reason, with the newest of them."""

    __tablename__ = "refused_records"

    day: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    examples: str


class PredictionRow(SQLModel, table=True):
    """What was said of a feed, when, and what became of it within the hour."""

    __tablename__ = "predictions"
    __table_args__ = (Index("predictions_to_judge", "is_judged", "made_at"),)

    feed: str = Field(primary_key=True)
    made_at: datetime = Field(sa_column=Column(Moment, primary_key=True))
    probability: float = Field(sa_column=Column(Float, nullable=False))
    threshold: float = Field(sa_column=Column(Float, nullable=False))
    is_alerted: bool
    is_shadow: bool
    model: str
    is_judged: bool = False
    due_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    deadline: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    trouble_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class MissedDeadlineRow(SQLModel, table=True):
    """A deadline by which the run that was due had not ended; `made_at` is when that was told or foretold."""

    __tablename__ = "missed_deadlines"

    feed: str = Field(primary_key=True)
    deadline: datetime = Field(sa_column=Column(Moment, primary_key=True, index=True))
    due_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class AlertRow(SQLModel, table=True):
    """One alert. Two open ones can never stand for the same feed: the partial unique index sees to it."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "one_open_alert_per_feed",
            "root",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index("alerts_by_team", "team", "opened_at"),
    )

    id: str = Field(primary_key=True)
    root: str = Field(index=True)
    fingerprint: str = Field(index=True)
    team: str
    state: str
    is_open: bool = Field(index=True)
    is_shadow: bool
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    updated_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    outcome: str = ""
    document: str


class AlertMuteRow(SQLModel, table=True):
    """A cause, or a feed, about which nobody is told until a moment."""

    __tablename__ = "alert_mutes"

    fingerprint: str = Field(primary_key=True)
    until: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class LabelRow(SQLModel, table=True):
    """What is known of an alert: by what happened, and by people's buttons."""

    __tablename__ = "alert_labels"

    alert: str = Field(primary_key=True)
    by: str = Field(primary_key=True)
    feed: str = Field(index=True)
    verdict: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    probability: float = Field(sa_column=Column(Float, nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class WatchLogRow(SQLModel, table=True):
    """A feed left or entered shadow mode; a model was taken, refused, found damaged or drifting."""

    __tablename__ = "watch_log"

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    kind: str
    subject: str
    sentence: str


class ScorecardRow(SQLModel, table=True):
    """The newest scorecard."""

    __tablename__ = "scorecards"

    basis: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class ErrandRow(SQLModel, table=True):
    """Work that somebody asked for and that takes a while: an import, a comparison, the scoring of a file."""

    __tablename__ = "errands"
    __table_args__ = (Index("errands_by_age", "kind", "at"),)

    id: str = Field(primary_key=True)
    kind: str
    state: str = Field(index=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str
