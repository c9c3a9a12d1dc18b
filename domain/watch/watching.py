"""What one sweep over the feeds finds: an estimate per feed, with what is needed to judge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed
from domain.watch.data_facts import NO_DATA, DataFacts
from domain.watch.feed_health import RunPoint
from domain.watch.oddities import FeedOddities
from domain.watch.predictions import Prediction, Verdict


@dataclass(frozen=True, slots=True)
class WatchedFeed:
    """A feed under watch with the level from which it alerts, and whether people are told (not in shadow).

    `since` is from when it is watched: one that never ran owes what was due after that. `heard_since` is
    from when its runs are reported as they happen, None while an import of history is all that told of it.
    """

    feed: Feed
    threshold: float
    speaks: bool
    since: datetime | None = None
    heard_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One feed at one moment.

    Attributes:
        watched: The feed.
        prediction: What the model says.
        last: Its newest finished run.
        trouble_at: When its newest finished run ended in trouble, None when it ended well.
        good_at: When a run of it last ended well.
        running_since: When the run that has not ended began.
        overdue_at: From when the missing, running or next run counts as late, None when nothing is due.
        data: What is known of its rows.
        is_unheard: Whether all that is known of it was imported: what it owes since then nobody can know.
        news_due_at: When nine in ten of its runs would have ended, of the one under way or due; None without.
        news_due_last: The same of the newest run that is due, where several are missing.
    """

    watched: WatchedFeed
    prediction: Prediction
    last: RunPoint | None
    trouble_at: datetime | None
    good_at: datetime | None
    running_since: datetime | None
    overdue_at: datetime | None
    data: DataFacts = NO_DATA
    is_unheard: bool = False
    news_due_at: datetime | None = None
    news_due_last: datetime | None = None

    @property
    def name(self) -> FeedName:
        """Return the feed's name."""
        return self.watched.feed.name

    @property
    def is_late(self) -> bool:
        """Return whether a run is overdue: trouble that is there, no longer foretold."""
        return self.overdue_at is not None and self.overdue_at <= self.prediction.made_at

    @property
    def is_high(self) -> bool:
        """Return whether the estimate reaches the feed's threshold."""
        return not self.is_unheard and self.prediction.probability >= self.watched.threshold

    def is_without_news(self, now: datetime) -> bool:
        """Return whether the end of a run should have been heard of; one that failed has been heard of."""
        due = self.news_due_at
        return due is not None and due <= now and self.trouble_at is None and not self.is_unheard


@dataclass(frozen=True, slots=True)
class Heard:
    """When a sender last told something of a feed."""

    feed: FeedName
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SilentSender:
    """A sender of which nothing was heard `since`, and the feeds of which news was due meanwhile.

    `deaf_until` is until when nobody could have been heard, as on a machine that was asleep; None where
    somebody listened all the time.
    """

    sender: str
    since: datetime
    feeds: tuple[FeedName, ...]
    deaf_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Feeds above their thresholds that one card speaks of: the first of them and those that follow it.

    Where a sender is `silent`, its feeds may be below their thresholds: nothing is known of them.
    """

    root: FeedName
    members: tuple[FeedName, ...]
    priority: float
    silent: SilentSender | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found. `seconds` is how long it took, `damaged` names model files passed over, `odd`
    tells of feeds in whose runs something is out of the ordinary, or no longer is, `words` when each sender
    was last heard."""

    at: datetime
    estimates: tuple[Estimate, ...]
    troubles: tuple[Trouble, ...]
    model: str
    seconds: float
    damaged: tuple[str, ...] = ()
    odd: tuple[FeedOddities, ...] = ()
    words: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """How an alert of a feed ended, from its raising to its close, and the highest estimate meanwhile."""

    feed: FeedName
    opened_at: datetime
    closed_at: datetime
    outcome: Verdict
    peak: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a training chose for a feed.

    Attributes:
        level: From which estimate it alerts; `why`: what decided it, in words.
        true: How many of its `alerts` were right: those of the backtest, and real ones, shadow ones included.
        speaks: Whether people are told.
        live_true: How many of its `live_alerts` were right: real ones alone.
        share: Share of its alerts that are right, pooled with that of all feeds.
    """

    feed: FeedName
    team: TeamId
    level: float
    true: int
    alerts: int
    speaks: bool
    live_true: int = 0
    live_alerts: int = 0
    share: float = 0.0
    why: str = ""
