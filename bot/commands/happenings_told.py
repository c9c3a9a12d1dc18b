"""Answers about what was told and decided: alerts, and who said yes or no to what."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.alerts_asked import AlertsAsked
from bot.cards.text import quote
from bot.presenters.alerts import moment
from bot.presenters.plain_happenings import alerts_card, decisions_card
from bot.question_kinds import Question
from bot.turn import Turn
from domain.approval.approvals import Say
from domain.clock.day_words import Window
from domain.errors import NotFound
from domain.identity.people import Person
from domain.ids import PersonId
from domain.running.feeds import Criticality
from domain.watch.alerts import Alert

_LISTED = 12
_GRAVE = (Criticality.HIGH, Criticality.CRITICAL)
_A_WEEK = timedelta(days=7)
_SAID = {Say.YES: "yes", Say.NO: "no"}


def tell_alerts(turn: Turn, question: Question, alerts: Sequence[Alert], *, is_cut: bool = False) -> None:
    """Say which alerts are open, or were raised in the span that is asked for, and who has them."""
    window, named, asked = question.window, set(question.feeds), question.alerts
    of_time = [
        one
        for one in alerts
        if (one.is_open if window is None else window.since <= one.opened_at < window.until)
        and (not named or named & {str(one.root), *map(str, one.dependants)})
    ]
    found = [one for one in of_time if _meets(one, asked, turn.person, turn.now)]
    if asked.is_oldest_first:
        found.sort(key=lambda one: one.opened_at)
    told = [one for one in found if not one.is_shadow]
    people = {person.id: person.name for person in turn.uow.people.everybody()}
    rows = [
        (
            f"**{quote(one.about)}**",
            one.state.value,
            moment(one.opened_at, one.zone, turn.now),
            quote(_hands(one, people)),
            quote(one.reasons[0] if one.reasons else one.sentence or one.cause),
        )
        for one in told[:_LISTED]
    ]
    of_all = sum(not one.is_shadow for one in of_time)
    turn.say(
        alerts_card(
            rows,
            len(told),
            window.words if window else "",
            len(found) - len(told),
            is_cut=is_cut,
            narrowed=(asked.words, of_all),
            order="oldest" if asked.is_oldest_first else "newest" if window else "most urgent",
        )
    )


def _meets(one: Alert, asked: AlertsAsked, person: Person | None, now: datetime) -> bool:
    teams = {str(team) for team in (one.team, *one.teams)}
    mine = {str(team) for team in person.teams} if person is not None else set()
    is_mine = person is not None and (bool(teams & mine) or one.acknowledged_by == person.id)
    grave = (Criticality.CRITICAL,) if asked.criticality == "critical" else _GRAVE
    return (
        (asked.age is None or one.opened_at <= now - asked.age.span)
        and (asked.before is None or one.opened_at < asked.before.since)
        and (asked.is_taken is None or asked.is_taken == (one.acknowledged_by is not None))
        and (not asked.criticality or one.criticality in grave)
        and (not asked.is_mine or is_mine)
        and (not asked.team or asked.team in teams)
    )


def _hands(alert: Alert, people: Mapping[PersonId, str]) -> str:
    """Return who has an alert, or that it waits to be told, as in quiet hours."""
    if alert.acknowledged_by:
        return people.get(alert.acknowledged_by, "somebody")
    return "told to nobody yet" if alert.is_open and alert.announced_at is None else "nobody yet"


def tell_decisions(turn: Turn, question: Question) -> None:
    """Say who decided what in the span that is asked for, the last week without one."""
    window = question.window or Window(turn.now - _A_WEEK, turn.now, "in the last 7 days", "")
    people = turn.uow.people.everybody()
    who = _person(turn, question.person, people)
    names = {person.id: person.name for person in people}
    until = window.until + timedelta(seconds=1)
    whose = who.id if who is not None else None
    found = turn.uow.approval_list.decided(window.since, until, _LISTED, whose)
    total = turn.uow.approval_list.count_decided(window.since, until, whose)
    rows = [
        (moment(one.at, turn.tools.zone, turn.now), quote(names.get(one.person, "somebody")), _SAID[one.say],
         quote(request.title))
        for request, one in found
    ]  # fmt: skip
    turn.say(decisions_card(rows, total, who.name if who else "", window.words))


def _person(turn: Turn, named: str, people: Sequence[Person]) -> Person | None:
    """Return whose decisions are asked for, None for everybody's; raises `NotFound` for a name of nobody."""
    if not named:
        return None
    if named == "i":
        return turn.person
    found = [one for one in people if named in one.name.lower().split() or named == one.id.lower()]
    if len(found) != 1:
        some = " or ".join(one.name for one in found) if found else ""
        raise NotFound(
            f"whose decisions: {named[:40]!r}",
            say=f"I know {'several people' if found else 'nobody'} by the name {named[:40]}.",
            next_step=f"Name one of them in full: {some}." if found else "Ask *what was approved this week?*",
        )
    return found[0]
