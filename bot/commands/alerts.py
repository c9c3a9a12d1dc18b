"""The buttons of an alert: acknowledge, snooze, extend, expected, mute; what it was, once it is over.

Each press is a fact or a label. What people say became of a trouble stands above what the reports say.
"""

from datetime import datetime, timedelta

from bot.cards.model import Reply
from bot.cards.text import md
from bot.commands.incident.alerts_over import refuse_when_over
from bot.intents import Area
from bot.presenters.alert_actions import extension_of
from bot.presenters.sentences import sentence
from bot.quiet_spans import quiet_until
from bot.turn import Turn
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.ids import AlertId, FeedName, PersonId
from domain.proof.audit import AuditAct
from domain.running.feeds import Extension
from domain.stories import StoryKind
from domain.watch.alerts import Alert, AlertState, Ending, Label, Mute, feed_fingerprint
from domain.watch.causes import cause_in_words, cause_of
from domain.watch.predictions import Verdict

_SNOOZE = timedelta(hours=1)
_EXTENSION = timedelta(minutes=30)
_MUTED = timedelta(days=14)
_UNDO = "The card undoes it, and so does `muted`."


def acknowledge(turn: Turn) -> Reply:
    """Note who has it; nobody else is called."""
    person, alert = _open(turn)
    if alert.acknowledged_by is not None:
        raise _taken(turn, alert, person)
    _take(turn, alert, person, "acknowledged")
    return _whisper("Yours", "You have the alert of **{about}**; I call nobody else.", about=alert.about)


def take_over(turn: Turn) -> Reply:
    """Note that somebody else has it now."""
    person, alert = _open(turn)
    had = alert.acknowledged_by
    if had == person.id or had != turn.arguments.get("had", had):
        raise _taken(turn, alert, person)
    _take(turn, alert, person, "taken over")
    return _whisper("Yours", "You have the alert of **{about}** now.", about=alert.about)


def snooze(turn: Turn) -> Reply:
    """Call nobody for an hour; the card stays, and speaks again when the hour is over."""
    person, alert = _open(turn)
    until = turn.now + _SNOOZE
    _keep(turn, alert, "snoozed", snoozed_until=until, snoozed_by=person.id)
    told = "I call nobody about **{about}** until {when}, then I speak up again."
    return _whisper("Snoozed", told, about=alert.about, when=alert.clock(until))


def wake(turn: Turn) -> Reply:
    """End a snooze before its time: people are called again."""
    _, alert = _open(turn)
    if alert.snoozed_until is None:
        raise NotNow(f"{alert.id} is awake", say="That snooze is over already.")
    _keep(turn, alert, "woken", snoozed_until=None, resumed_at=turn.now)
    nobody = "and people are called until somebody has it"
    who = f"and {_name(turn, alert.acknowledged_by)} has it" if alert.acknowledged_by else nobody
    return _whisper("Awake", "The snooze of **{about}** is over, {who}.", about=alert.about, who=who)


def extend(turn: Turn) -> Reply:
    """Let the run be half an hour later before it counts as late."""
    person, alert = _open(turn)
    if turn.arguments.get("so_far", extension_of(alert)) != extension_of(alert):
        said = f"The deadline of {alert.root} was extended a moment ago, to {extension_of(alert)}."
        raise NotNow(
            f"{alert.id} was extended", say=said, next_step="Press again on the card as it is now for more."
        )
    deadline = alert.extended_until or alert.overdue_at or alert.due_at or turn.now
    until = max(deadline, turn.now) + _EXTENSION
    turn.uow.watched.extend(Extension(alert.root, until, turn.now, person.id))
    _keep(turn, alert, "extended", extended_until=until, extended_by=person.id, extended_with="")
    when = alert.clock(until)
    return _whisper("Extended", "**{feed}** counts as late from {when}.", feed=alert.root, when=when)


def expected(turn: Turn) -> Reply:
    """Close the alert: people knew of it, so it is neither right nor wrong."""
    person, alert = _open(turn)
    ends = quiet_until(turn.arguments, turn.now)
    turn.uow.alerts.mute(
        Mute(
            fingerprint=alert.fingerprint if alert.sender else feed_fingerprint(alert.root),
            feed=alert.root,
            cause=f"{alert.cause}, as expected" if alert.sender else "expected",
            feeds=_named(alert),
            until=ends,
            by=person.id,
            alert=alert.id,
            since=turn.now,
        )
    )
    _label(turn, alert, person, Verdict.EXPECTED, ends)
    until = alert.clock(ends)
    said = f"{person.name} says that this is expected. I say nothing about {alert.about} until {until}."
    _close(turn, alert, "expected", said)
    told = "I say nothing more about **{about}** until {until}. " + _UNDO
    return _whisper("Noted", told, about=alert.about, until=until)


def mute(turn: Turn) -> Reply:
    """Tell nobody of this feed, and of those that share its card and its cause, for two weeks."""
    person, alert = _open(turn)
    until = turn.now + _MUTED
    sharing = () if alert.sender else alert.dependants
    turn.uow.alerts.mute(
        Mute(
            fingerprint=alert.fingerprint,
            feed=alert.root,
            cause=alert.cause,
            feeds=_named(alert),
            sharing=sharing,
            seen=tuple(cause_of(reason) for reason in alert.reasons),
            until=until,
            by=person.id,
            alert=alert.id,
            since=turn.now,
        )
    )
    _label(turn, alert, person, Verdict.NOT_WORTH_TELLING)
    cause = cause_in_words(alert.cause)
    others = " The same holds for the feeds on this card that share it." if sharing else ""
    said = (
        f"{person.name} muted this cause until {until:%d %b}: {cause}.{others} Other causes are still told."
    )
    _close(turn, alert, "muted", said)
    told = "I tell nobody about **{about}**{others} for this cause until {until}. " + _UNDO
    others = ", nor about the feeds on its card that share it," if sharing else ""
    return _whisper("Muted", told, about=alert.about, others=others, until=f"{until:%d %b}")


def happened(turn: Turn) -> Reply:
    """Say of an alert that is over: the trouble came, whatever was reported."""
    return _settle(turn, Verdict.HAPPENED, "it did happen")


def no_trouble(turn: Turn) -> Reply:
    """Say of an alert that is over: what came was no trouble."""
    return _settle(turn, Verdict.DID_NOT_HAPPEN, "it was no trouble")


def prevented(turn: Turn) -> Reply:
    """Say of an alert that is over: the trouble would have come, and somebody prevented it."""
    return _settle(turn, Verdict.PREVENTED, "it was prevented")


def _named(alert: Alert) -> tuple[FeedName, ...]:
    """Return the feeds that are hushed with a silent sender."""
    return (alert.root, *alert.dependants) if alert.sender else ()


def _settle(turn: Turn, verdict: Verdict, words: str) -> Reply:
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    alert = turn.uow.alerts.get(AlertId(turn.subject.removeprefix("alert/")))
    if verdict not in alert.other_outcomes:
        raise NotNow(f"{alert.id} is not so", say=_why_not_said(alert, verdict))
    _label(turn, alert, person, verdict)
    said = f"{person.name} says: {words}."
    _change(turn, alert, verdict.value, outcome=verdict, sentence=said, updated_at=turn.now)
    told = "**{feed}**: {words}. I learn from it, and judge my estimates by it."
    return _whisper("Noted", told, feed=alert.root, words=words)


def _why_not_said(alert: Alert, verdict: Verdict) -> str:
    """Return why that can't be said: two people often say the same, or it is too soon."""
    if alert.is_open:
        return "It is not over yet. Once it is, say what became of it."
    if alert.outcome is verdict:
        return f"That stands already. {alert.sentence}".strip()
    return "That can't be said of this alert now."


def _open(turn: Turn) -> tuple[Person, Alert]:
    """Return the presser and the alert; raises when they may not or when it is over."""
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    alert = turn.uow.alerts.get(AlertId(turn.subject.removeprefix("alert/")))
    refuse_when_over(alert)
    return person, alert


def _take(turn: Turn, alert: Alert, person: Person, what: str) -> None:
    _keep(turn, alert, what, acknowledged_by=person.id, acknowledged_at=turn.now)


def _taken(turn: Turn, alert: Alert, person: Person) -> NotNow:
    """Return the refusal for an alert that somebody has already."""
    has = alert.acknowledged_by
    who = "Nobody has" if has is None else "You have" if has == person.id else f"{_name(turn, has)} has"
    return NotNow(f"{alert.id} is acknowledged", say=f"{who} it {'yet' if has is None else 'already'}.")


def _name(turn: Turn, person: PersonId) -> str:
    return turn.uow.people.get(person).name


def _keep(turn: Turn, alert: Alert, what: str, **update: object) -> None:
    _change(turn, alert, what, **update)
    turn.nudge(StoryKind.ALERT, alert.id)


def _change(turn: Turn, alert: Alert, what: str, **update: object) -> None:
    turn.uow.alerts.save(alert.model_copy(update=update))
    turn.record(AuditAct.ALERT_CHANGED, alert.subject, did=what)
    turn.uow.postings.refresh(alert.subject, turn.now)


def _close(turn: Turn, alert: Alert, what: str, said: str) -> None:
    outcome = Verdict.EXPECTED if what == "expected" else alert.outcome
    _keep(
        turn,
        alert,
        what,
        state=AlertState.CLOSED,
        closed_at=turn.now,
        outcome=outcome,
        ending=Ending.MUTED if what == "muted" else Ending.OVER,
        sentence=said,
    )


def _label(turn: Turn, alert: Alert, person: Person, verdict: Verdict, until: datetime | None = None) -> None:
    turn.uow.alerts.label(
        Label(
            alert=alert.id,
            feed=alert.root,
            verdict=verdict,
            by=person.id,
            at=turn.now,
            probability=alert.peak,
            until=until,
        )
    )


def _whisper(title: str, template: str, **values: object) -> Reply:
    """Answer in private; names of feeds and senders come from outside, so they are values, never template."""
    return Reply(whispers=(sentence(title, md(template, **values)),))


AREA = Area(
    buttons={
        "alert.acknowledge": acknowledge,
        "alert.take_over": take_over,
        "alert.snooze": snooze,
        "alert.wake": wake,
        "alert.extend": extend,
        "alert.expected": expected,
        "alert.mute": mute,
        "alert.happened": happened,
        "alert.no_trouble": no_trouble,
        "alert.prevented": prevented,
    }
)
