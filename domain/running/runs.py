"""One execution of a feed, as reported: times, rows, effort, outcome, and when we learned of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.ids import FeedName, RunId


class Outcome(StrEnum):
    """How a run ended, or that it has not ended yet."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    LATE = "late"
    PARTIAL = "partial"


# A partial run delivered less than promised; for the people who wait for it, that is a failure.
TROUBLE = frozenset({Outcome.FAILED, Outcome.LATE, Outcome.PARTIAL})


class EndedRun(NamedTuple):
    """When a run was due, began and ended, and no more of it: of many thousand feeds little has to do."""

    run: RunId
    seen_at: datetime
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Run:
    """One execution. Times are aware and in UTC; counts are None where the source does not report them.

    Attributes:
        feed: The feed.
        run: The source's own identifier; with the feed it is the key that makes intake idempotent.
        seen_at: When the newest report of this run reached us: nothing of it may be used earlier.
        warnings: Templates of log lines that are not plain progress, without their parameters.
        start_told_at: When the first report that carried its start came, of a run that is told of as it
            happens; None where nobody knows, as in a history that is brought later.
        end_told_at: The same of its end.
    """

    feed: FeedName
    run: RunId
    seen_at: datetime
    outcome: Outcome
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    rows_read: int | None = None
    rows_written: int | None = None
    rows_rejected: int | None = None
    bytes_read: int | None = None
    retries: int = 0
    queue_seconds: float | None = None
    error_class: str = ""
    warnings: tuple[str, ...] = field(default_factory=tuple)
    start_told_at: datetime | None = None
    end_told_at: datetime | None = None

    @property
    def duration_seconds(self) -> float | None:
        """Return how long it ran, None while it runs or when a time is missing."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def went_on(self, since: datetime, until: datetime) -> bool:
        """Return whether it went on, or was due, in a span of time."""
        begin = self.started_at or self.scheduled_at or self.seen_at
        end = self.finished_at or (until if self.outcome is Outcome.RUNNING else begin)
        is_due = self.scheduled_at is not None and since <= self.scheduled_at <= until
        return is_due or (begin <= until and end >= since)

    @property
    def is_trouble(self) -> bool:
        """Return whether people would call it a failure."""
        return self.outcome in TROUBLE

    @property
    def key(self) -> tuple[FeedName, RunId]:
        """Return what makes two reports speak of the same run."""
        return self.feed, self.run


class Rejection(StrEnum):
    """Why a record was not taken in."""

    NOT_READABLE = "not readable"
    NO_FEED = "no feed named"
    BAD_FEED = "feed name not allowed"
    NO_RUN = "no run identifier"
    NO_TIME = "no usable time"
    BAD_TIME = "time not readable"
    FUTURE = "dated in the future"
    ENDS_BEFORE_START = "ends before it starts"
    BAD_NUMBER = "number not usable"
    BAD_STATE = "state not known"
    DUPLICATE = "already known"
    OLDER = "older than what is known"


@dataclass(frozen=True)
class RejectedRecord:
    """A record that was refused: why, and its first characters for people to look at."""

    reason: Rejection
    detail: str
    excerpt: str
