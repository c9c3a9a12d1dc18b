"""What a question about feeds can be: its topic, what is wanted, and the question as it was understood."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.alerts_asked import AlertsAsked
from bot.comparison import Compared
from bot.feed_conditions import Conditions
from bot.feed_wishes import Wish
from bot.figures_asked import Figure
from bot.times_asked import Times
from domain.clock.day_words import Window


class Topic(StrEnum):
    """What is asked about feeds."""

    STATE = "state"
    OWNER = "owner"
    RUNS = "runs"
    DUE = "due"
    WHICH = "which"
    CHANGED = "changed"
    LINEAGE = "lineage"
    QUALITY = "quality"
    ON_CALL = "on call"
    MAY_APPROVE = "may approve"
    ALERTS = "alerts"
    DECISIONS = "decisions"
    TEAMS = "teams"
    BEFORE_ACTING = "before acting"
    """What speaks against a restart or a release now: a freeze, incidents, runs under way."""
    COMPARED = "compared"
    """How one span is beside another; `compared` has both."""
    BESIDE = "beside"
    """Feeds beside each other."""
    WISH = "wish"
    """What no command does: a pause, another name; `wish` says which."""
    TERM = "term"
    """The meaning of a word of this house; `kind` is the word."""
    WATCH = "watch"
    """What is in shadow, what is held back, which model answers; `kind` says which."""
    COMMAND = "command"
    """Another way to say a command; `command` has it."""


OF_ONE_FEED = frozenset({Topic.STATE, Topic.OWNER, Topic.RUNS, Topic.DUE, Topic.LINEAGE, Topic.QUALITY})
"""What one feed has."""


class Wanted(StrEnum):
    """What a feed is asked to be, or which feeds are asked for."""

    ANY = ""
    LATE = "late"
    FAILED = "failed"
    GOOD = "good"
    DONE = "done"
    LIKELY = "likely"
    RED = "in trouble"
    YELLOW = "at risk"
    GREY = "without news"
    WORST = "worst"
    """By the quality of its rows."""
    URGENT = "urgent"
    """Whatever its trouble is: late, failed, or likely to be."""


@dataclass(frozen=True)
class Question:
    """A question as it was understood.

    Attributes:
        feeds: Known feeds that were named.
        misspelt: A word that stands where a feed would and is none.
        team: Whose feeds are asked for; empty: everybody's.
        is_last: Whether the last time is asked for, not all of them.
        only: What the feeds have to meet that are asked for.
        by_team: Whether teams are asked for, by their feeds.
        person: Whose decisions are asked for, as the text names them; `i` is the asker.
        beyond: A day to come that no estimate reaches.
        kind: Heading of the one kind of change that is asked for, such as `Incidents`; empty: all of them.
        times: How often at least what is wanted happened in the span, or that it never did.
        figure: What is asked of all runs of a span, such as the slowest.
        alerts: What the alerts have to meet that are asked for.
        compared: What of two spans is compared.
        is_share: Whether it is asked how many that is of all runs.
        wish: What is ordered for the feeds.
        weekdays: The days of each week that are asked about, 0 for Monday; empty: every day.
    """

    topic: Topic
    feeds: tuple[str, ...] = ()
    window: Window | None = None
    wanted: Wanted = Wanted.ANY
    command: str = ""
    misspelt: str = ""
    is_last: bool = False
    team: str = ""
    only: Conditions = field(default_factory=Conditions)
    by_team: bool = False
    person: str = ""
    beyond: str = ""
    kind: str = ""
    figure: Figure | None = None
    times: Times = field(default_factory=Times)
    alerts: AlertsAsked = field(default_factory=AlertsAsked)
    compared: Compared | None = None
    is_share: bool = False
    wish: Wish | None = None
    weekdays: frozenset[int] = frozenset()
