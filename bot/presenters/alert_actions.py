"""The buttons of an alert: who has it, what waits, the ways out, and what it was once it is over."""

from collections.abc import Iterator

from bot.cards.model import Action, ActionStyle
from bot.turn import button
from domain.watch.alerts import Alert, AlertState, Ending
from domain.watch.causes import cause_in_words
from domain.watch.predictions import Verdict

_CORRECTIONS = (
    (Verdict.HAPPENED, "alert.happened", "It did happen"),
    (Verdict.PREVENTED, "alert.prevented", "We prevented it"),
    (Verdict.DID_NOT_HAPPEN, "alert.no_trouble", "It was no trouble"),
)


def alert_actions(alert: Alert) -> tuple[Action, ...]:
    """Return the buttons of an alert as it stands; once it is over, what people may say became of it."""
    about = alert.subject
    if alert.ending is Ending.JOINED:  # the other card counts, and has the buttons
        return ()
    if alert.silenced_by:
        return (
            button("alert.unmute", f"Tell about {alert.about} again"[:60], about, mute=alert.silenced_by),
        )
    if not alert.is_open:
        return _corrections(alert)
    mute = Action(
        verb="alert.mute",
        label="Mute this cause",
        subject=about,
        confirm=f"Tell nobody about {alert.about} for 14 days when this is the cause: {_cause(alert)}?",
    )
    if alert.state is AlertState.BACK_ON_TRACK and not alert.sender:
        return (mute,)  # nothing to do unless it comes back, and then all of it is
    expected = Action(
        verb="alert.expected",
        label="This is expected",
        subject=about,
        confirm=f"Close this alert and say nothing about {alert.about} for 12 hours?",
    )
    if alert.state is AlertState.BACK_ON_TRACK:  # its sender speaks again, and some of its feeds are missing
        return (expected, mute)
    ways_out: tuple[Action, ...] = (button("incident.open", "Open incident", about),)
    if not alert.sender:  # no plan for one feed mends who reports it
        ways_out += (button("fix.open", "Fix", about),)
    return (_taking(alert), *_waiting(alert), *ways_out, expected, mute)


def _cause(alert: Alert) -> str:
    return cause_in_words(alert.cause)


def _taking(alert: Alert) -> Action:
    if alert.acknowledged_by is None:
        style = ActionStyle.PRIMARY
        return Action(verb="alert.acknowledge", label="Acknowledge", subject=alert.subject, style=style)
    return button("alert.take_over", "Take over", alert.subject, had=alert.acknowledged_by)


def _waiting(alert: Alert) -> Iterator[Action]:
    if alert.snoozed_until is not None:
        yield button("alert.wake", "End the snooze", alert.subject)
    else:
        yield button("alert.snooze", "Snooze 1 h", alert.subject)
    if alert.state is AlertState.RAISED:
        yield button("alert.extend", "Extend deadline 30 min", alert.subject, so_far=extension_of(alert))


def extension_of(alert: Alert) -> str:
    """Return until when the deadline was extended, so that two who press at once extend it once."""
    return "" if alert.extended_until is None else alert.clock(alert.extended_until)


def _corrections(alert: Alert) -> tuple[Action, ...]:
    """Return what people may say became of it instead."""
    return tuple(
        button(verb, label, alert.subject)
        for verdict, verb, label in _CORRECTIONS
        if verdict in alert.other_outcomes
    )
