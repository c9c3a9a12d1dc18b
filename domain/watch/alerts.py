"""An alert: one trouble that is expected, told once, from its raising to what became of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from domain.clock.wall_clock import clock_in
from domain.ids import AlertId, FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from domain.running.senders import in_words
from domain.watch.predictions import Verdict


class AlertState(StrEnum):
    """Where an alert stands; each name is a word people read."""

    RAISED = "raised"
    BACK_ON_TRACK = "back on track"
    HAPPENED = "happened"
    CLOSED = "closed"


_OF_SENDER = "sender:"
_REASONS_TOLD = 3
_OTHER_OUTCOMES: Mapping[Verdict, tuple[Verdict, ...]] = MappingProxyType(
    {
        Verdict.HAPPENED: (Verdict.DID_NOT_HAPPEN,),
        Verdict.DID_NOT_HAPPEN: (Verdict.HAPPENED, Verdict.PREVENTED),
        Verdict.PREVENTED: (Verdict.HAPPENED, Verdict.DID_NOT_HAPPEN),
    }
)


class AlertCall(BaseModel):
    """One step of calling people about an alert, and whether anybody could hear it.

    Attributes:
        rung: Name of the step, the same however often the ladder is drawn up.
        number: How many steps were gone through before it.
        whom: Who was meant, in words, such as *on call of desk*.
        people: Who that was.
        is_heard: Whether any of them, or a system, could be reached.
        trouble: Why nobody could, in words.
    """

    model_config = ConfigDict(frozen=True)

    rung: str
    number: int
    at: datetime
    whom: str
    people: tuple[PersonId, ...] = ()
    is_heard: bool = True
    trouble: str = ""


class Ending(StrEnum):
    """Why an alert was closed: its trouble came or stayed away, it was muted, another alert's card tells of
    it, or its feed is watched no more."""

    OVER = "over"
    MUTED = "muted"
    JOINED = "joined"
    UNWATCHED = "unwatched"


class Alert(BaseModel):
    """One expected trouble and the one card that tells of it.

    Attributes:
        id: Identity of this trouble: of its feed and the moment it was raised.
        fingerprint: Of feed and cause; equal whenever the same trouble comes back.
        root: The feed it starts at.
        teams: The teams of all its feeds: they hear of it, each in its channel.
        criticality: Of the gravest of its feeds.
        dependants: Feeds that wait for it or share its cause, told on the same card.
        peak: The highest probability since it was raised.
        record_wrong: Of `record_asked` estimates like this one, how many came true.
        cause: The strongest reason without its numbers; empty when none was given.
        calm_since: Since when the estimate has been well below the threshold, None while it is not.
        before: Newest trouble of the feed when it was raised: that one was not foretold.
        raised_at: When the estimate was last at or above the threshold.
        announced_in: The places that its card was posted in.
        told: Steps of escalation that were gone through, heard or not.
        calls: What became of each of them, oldest first.
        heard_again_at: When somebody undid that it was muted or expected.
        resumed_at: When the last snooze ended, or another team got the feed: from then on people are called.
        well_since: Since when its feed is well, where the card stands for feeds that waited for that.
        due_at: When the run is due; `extended_until` is the deadline that people set instead.
        overdue_at: From when the run counts as late.
        lateness: How much of the estimate is the chance that it passes that moment within the hour.
        zone: IANA zone in which people read its times.
        named_at: Since when it speaks of feeds that were not there when it was raised.
        sender: The sender that has gone silent, where that is the trouble; `root` is one of its feeds.
        silent_since: When that was last heard.
    """

    model_config = ConfigDict(frozen=True)

    id: AlertId
    fingerprint: str
    root: FeedName
    dependants: tuple[FeedName, ...] = ()
    team: TeamId
    teams: tuple[TeamId, ...] = ()
    criticality: Criticality = Criticality.NORMAL
    impact: str = ""
    state: AlertState = AlertState.RAISED
    is_shadow: bool = False
    probability: float
    peak: float
    threshold: float
    priority: float = 0.0
    record_wrong: int = 0
    record_asked: int = 0
    reasons: tuple[str, ...] = ()
    cause: str = ""
    model: str = ""
    due_at: datetime | None = None
    expected_finish: datetime | None = None
    overdue_at: datetime | None = None
    lateness: float = 0.0
    zone: str = "UTC"
    opened_at: datetime
    updated_at: datetime
    raised_at: datetime
    calm_since: datetime | None = None
    before: datetime | None = None
    announced_at: datetime | None = None
    announced_in: tuple[str, ...] = ()
    acknowledged_by: PersonId | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_by: PersonId | None = None
    resumed_at: datetime | None = None
    extended_until: datetime | None = None
    extended_by: PersonId | None = None
    extended_with: str = ""
    """The plan that moved the deadline; empty when somebody pressed the button."""
    told: int = 0
    calls: tuple[AlertCall, ...] = ()
    trouble_at: datetime | None = None
    well_since: datetime | None = None
    stricken: FeedName | None = None
    """The dependant to which the trouble came first; None where it was the root."""
    closed_at: datetime | None = None
    outcome: Verdict | None = None
    ending: Ending = Ending.OVER
    heard_again_at: datetime | None = None
    named_at: dict[FeedName, datetime] = {}
    sender: str = ""
    silent_since: datetime | None = None
    sentence: str = ""
    """What happened last, for people."""

    @property
    def about(self) -> str:
        """Return what the trouble is of, as people read it: a feed, or a sender."""
        return in_words(self.sender) if self.sender else self.root

    @property
    def subject(self) -> str:
        """Return the name under which cards, audit and stories speak of it."""
        return f"alert/{self.id}"

    @property
    def is_open(self) -> bool:
        """Return whether the trouble is not over."""
        return self.state is not AlertState.CLOSED

    @property
    def silenced_by(self) -> str:
        """Return the fingerprint that silenced its feed when it was closed; empty when nothing does now."""
        if self.is_open or self.heard_again_at is not None:
            return ""
        if self.ending is Ending.MUTED or (self.sender and self.outcome is Verdict.EXPECTED):
            return self.fingerprint
        return feed_fingerprint(self.root) if self.outcome is Verdict.EXPECTED else ""

    @property
    def other_outcomes(self) -> tuple[Verdict, ...]:
        """Return what people may say became of it instead; nothing while it stands or was never judged."""
        if self.is_open:
            return ()
        return _OTHER_OUTCOMES.get(self.outcome, ()) if self.outcome else ()

    @property
    def was_late(self) -> bool:
        """Return whether its trouble is a deadline that passed, and not a run that failed."""
        return self.trouble_at is not None and self.trouble_at in (self.overdue_at, self.extended_until)

    @property
    def speaks_of_lateness(self) -> bool:
        """Return whether it is the chance to be late that decides."""
        return self.lateness > 0.0 and self.lateness >= self.probability

    @property
    def is_foretold(self) -> bool:
        """Return whether the alert was there before its trouble: a run can be overdue when it is raised.

        That a sender is silent is a fact and no forecast.
        """
        return not self.sender and (
            self.trouble_at is None or self.trouble_at != self.overdue_at or self.trouble_at > self.opened_at
        )

    @property
    def why(self) -> str:
        """Return its strongest reasons as a sentence of their own; empty without any."""
        told = "; ".join(self.reasons[:_REASONS_TOLD])
        return f"{told[:1].upper()}{told[1:]}"

    def clock(self, moment: datetime) -> str:
        """Return a time of day as the people of its feed read it, with the name of their zone."""
        return clock_in(self.zone, moment)

    def minutes_left(self, now: datetime) -> int | None:
        """Return the minutes until the run counts as late, None when nothing is due."""
        deadline = self.extended_until or self.overdue_at or self.due_at
        return None if deadline is None else max(round((deadline - now).total_seconds() / 60.0), 0)


class Mute(BaseModel):
    """A fingerprint, or a whole feed, about which nobody is told between two moments; by the button of
    `alert`. Of a silent sender: with it the `feeds` of its card, as long as they have no news. Of a cause:
    with it those of its card that have it too (`sharing`), and the card's other reasons (`seen`)."""

    model_config = ConfigDict(frozen=True)

    fingerprint: str
    feed: FeedName
    cause: str
    until: datetime
    by: PersonId
    alert: AlertId | None = None
    since: datetime | None = None
    feeds: tuple[FeedName, ...] = ()
    sharing: tuple[FeedName, ...] = ()
    seen: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """Return what nobody is told about, as people read it: a feed, or a sender."""
        sender = self.fingerprint.removeprefix(_OF_SENDER)
        return self.feed if sender == self.fingerprint else in_words(sender)


class Label(BaseModel):
    """What is known of one alert: by a person's button or by what happened.

    It holds until `until`, or for as long as the alert stood.
    """

    model_config = ConfigDict(frozen=True)

    alert: AlertId
    feed: FeedName
    verdict: Verdict
    by: str
    at: datetime
    probability: float = 0.0
    until: datetime | None = None


def alert_id(root: FeedName, raised_at: datetime) -> AlertId:
    """Return the identity of a trouble."""
    return AlertId("a" + hashlib.sha256(f"{root}@{raised_at.isoformat()}".encode()).hexdigest()[:15])


def fingerprint_of(root: FeedName, cause: str) -> str:
    """Return what is equal whenever the same trouble comes back."""
    return hashlib.sha256(f"{root}\x1f{cause}".encode()).hexdigest()[:16]


def feed_fingerprint(root: FeedName) -> str:
    """Return the fingerprint that stands for every trouble of a feed."""
    return f"feed:{root}"


def sender_fingerprint(sender: str) -> str:
    """Return the fingerprint of a sender's silence."""
    return f"{_OF_SENDER}{sender}"
