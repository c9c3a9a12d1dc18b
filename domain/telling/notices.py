"""A notice: what one person, or one system, is told outside of the chats, and what became of it.

It is a row before it is sent, it falls to its next way when one is down, and it is dropped when what it is
about no longer waits for anybody. It tells; nothing can be decided by it or by an answer to it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.people import PERSONAL_WAYS, Way
from domain.ids import PersonId

MOST_ATTEMPTS = 30
LIVES = timedelta(hours=24)
LEASE = timedelta(seconds=90)
_NEXT_WAY = timedelta(seconds=1)
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=10)
_FIRST_LOOK = timedelta(seconds=20)
_MOST_LOOKS = 9
HOUR = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(minutes=1)
"""More than the clocks of two machines of a house differ."""
_GAP, _LONGEST_GAP, _LONGEST_URGENT_GAP = (timedelta(minutes=m) for m in (1, 15, 3))


class NoticeKind(StrEnum):
    """Why somebody is told."""

    CALL = "call"
    """Something waits for them."""
    CODE = "code"
    """Their address is to be confirmed; the code is made when it is sent."""


class NoticeState(StrEnum):
    """How far a notice is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    """Taken by the other side; where that can say more, it is asked."""
    ARRIVED = "arrived"
    DROPPED = "dropped"
    """What it was about was over, or none of its ways is set up here."""
    GIVEN_UP = "given_up"


class Fate(StrEnum):
    """What the other side says became of a message that it took."""

    UNDER_WAY = "under_way"
    ARRIVED = "arrived"
    LOST = "lost"


class Notice(BaseModel):
    """One notice for one person; `person` is empty where the way leads to a system."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(max_length=300)
    """Unique: calling twice for the same step is calling once."""
    kind: NoticeKind = NoticeKind.CALL
    person: PersonId = PersonId("")
    subject: str = Field(default="", max_length=200)
    """What the cards that show its fate are about."""
    waits_on: str = Field(default="", max_length=200)
    """What has to be still open when it is sent, such as `approval/<id>`."""
    title: str = Field(max_length=2000)
    text: str = Field(default="", max_length=8000)
    path: str = Field(default="/", max_length=300)
    """The page below our own address that shows it, behind the sign-in."""
    ways: tuple[Way, ...]
    """In the order in which they are tried."""
    is_urgent: bool = False
    created_at: datetime
    state: NoticeState = NoticeState.WAITING
    next_attempt_at: datetime | None
    """When it is to be looked at again, None when never."""
    attempts: int = 0
    tried: tuple[Way, ...] = ()
    ruled_out: tuple[Way, ...] = ()
    """Ways on which it will never arrive."""
    bundle: str = ""
    """What goes out as one message has this in common, on every try."""
    way: Way | None = None
    """The way that took it."""
    sent_at: datetime | None = None
    receipt: str = Field(default="", max_length=300)
    looks: int = 0
    trouble: str = Field(default="", max_length=300)
    """Why the last try failed, in words."""

    @property
    def way_was_tried(self) -> bool:
        """Return whether the way of the newest try had been tried before."""
        return len(self.tried) > 1 and self.tried[-1] in self.tried[:-1]


class Call(BaseModel):
    """A step of an escalation: whom to tell, how, and of what."""

    model_config = ConfigDict(frozen=True)

    key: str
    people: tuple[PersonId, ...]
    by: tuple[Way, ...]
    subject: str
    waits_on: str
    title: str
    text: str
    path: str
    is_urgent: bool
    at: datetime
    not_before: datetime | None = None
    """When the quiet hours end, for what can wait; None: at once."""


def notices_of(call: Call) -> list[Notice]:
    """Return the notices of a call: one for each person, and one for each system."""
    personal = tuple(way for way in call.by if way in PERSONAL_WAYS)
    told: list[tuple[str, tuple[Way, ...]]] = [(person, personal) for person in call.people if personal]
    told += [("", (way,)) for way in call.by if way not in PERSONAL_WAYS]
    return [
        Notice(
            key=f"{call.key}:{person or ways[0]}"[:300],
            person=PersonId(person),
            subject=call.subject,
            waits_on=call.waits_on,
            title=call.title[:2000],
            text=call.text[:8000],
            path=call.path,
            ways=ways,
            is_urgent=call.is_urgent,
            created_at=call.at,
            next_attempt_at=max(call.at, call.not_before or call.at),
        )
        for person, ways in told
    ]


def claimed(notice: Notice, way: Way, bundle: str, now: datetime) -> Notice:
    """Return the notice while it is being sent; whoever dies over it lets it become due again."""
    return notice.model_copy(
        update={
            "state": NoticeState.SENDING,
            "next_attempt_at": now + LEASE,
            "attempts": notice.attempts + 1,
            "tried": (*notice.tried, way),
            "bundle": notice.bundle or bundle,
        }
    )


def taken(notice: Notice, way: Way, receipt: str, now: datetime, *, is_followed: bool) -> Notice:
    """Return the notice after the other side took it."""
    look = now + _FIRST_LOOK if is_followed else None
    moved = {"state": NoticeState.SENT, "way": way, "sent_at": now, "receipt": receipt[:300], "looks": 0}
    return notice.model_copy(update={**moved, "next_attempt_at": look})


def failed(notice: Notice, way: Way, trouble: str, now: datetime, *, is_final: bool) -> Notice:
    """Return the notice after a try that failed: on its next way soon, later on the same, or given up."""
    ruled_out = (*notice.ruled_out, way) if is_final else notice.ruled_out
    open_ways = [one for one in notice.ways if one not in ruled_out]
    moved = {"ruled_out": ruled_out, "trouble": trouble[:300], "way": None, "receipt": ""}
    if not open_ways or notice.attempts >= MOST_ATTEMPTS or now - notice.created_at > LIVES:
        return notice.model_copy(
            update={**moved, "state": NoticeState.GIVEN_UP, "next_attempt_at": None, "sent_at": None}
        )
    rounds = notice.attempts // len(open_ways)
    is_round_over = notice.attempts % len(open_ways) == 0
    wait = min(_FIRST_WAIT * 2 ** min(max(rounds - 1, 0), 10), _LONGEST_WAIT) if is_round_over else _NEXT_WAY
    return notice.model_copy(update={**moved, "state": NoticeState.WAITING, "next_attempt_at": now + wait})


def looked(notice: Notice, fate: Fate, now: datetime) -> Notice:
    """Return the notice after the other side was asked what became of it."""
    if fate is Fate.ARRIVED:
        return notice.model_copy(update={"state": NoticeState.ARRIVED, "next_attempt_at": None})
    if fate is Fate.LOST and notice.way is not None:
        lost = failed(notice, notice.way, f"{WORDS[notice.way]} was not delivered", now, is_final=True)
        return lost.model_copy(update={"sent_at": None})
    looks = notice.looks + 1
    if notice.way is Way.PAGERDUTY:  # it stays open there until it is over here
        later: datetime | None = now + _FIRST_LOOK
    else:
        # Whoever never says more is believed: it took the message.
        later = None if looks >= _MOST_LOOKS else now + _FIRST_LOOK * 2**looks
    return notice.model_copy(update={"looks": looks, "next_attempt_at": later})


def dropped(notice: Notice, why: str) -> Notice:
    """Return the notice that is sent no more."""
    return notice.model_copy(
        update={"state": NoticeState.DROPPED, "next_attempt_at": None, "trouble": why[:300]}
    )


def may_go_at(sent: Sequence[datetime], now: datetime, *, is_urgent: bool) -> datetime:
    """Return from when a person may be told again on a way; what comes meanwhile goes out together then.

    The pause grows with what they got in the last hour, so that a storm is a handful of messages. What went
    out at a time that is still to come did so before our clock was set back, and holds nothing up.
    """
    recent = [moment for moment in sent if now - HOUR < moment <= now + CLOCKS_DIFFER]
    if not recent:
        return now
    longest = _LONGEST_URGENT_GAP if is_urgent else _LONGEST_GAP
    gap: timedelta = min(_GAP * 2 ** min(len(recent) - 1, 10), longest)
    return max(now, max(recent) + gap)


WORDS = {
    Way.MAIL: "mail",
    Way.SMS: "a text message",
    Way.PAGERDUTY: "PagerDuty",
    Way.WEBHOOK: "the webhook",
}


def fate_in_words(notice: Notice, name: str) -> str:
    """Return what became of a notice, for cards and timelines; empty while there is nothing to say."""
    who = name or "The on-call system"
    if notice.state in (NoticeState.SENT, NoticeState.ARRIVED) and notice.way and notice.sent_at:
        got = ", which arrived" if notice.state is NoticeState.ARRIVED and notice.way is Way.SMS else ""
        before = f" ({notice.trouble})" if notice.trouble else ""
        return f"{who} by {WORDS[notice.way]} at {notice.sent_at:%H:%M} UTC{got}{before}"
    if notice.state is NoticeState.GIVEN_UP:
        return f"{who} could not be reached: {notice.trouble}"
    if notice.trouble and notice.state in (NoticeState.WAITING, NoticeState.SENDING):
        return f"{who} not reached yet: {notice.trouble}"
    return ""
