"""Calling people about an alert: rung by rung, and at once to the next where nobody could hear.

Somebody can hear when they have an account where the card stands, or an address outside of the chats that is
known to be theirs and has not failed. A rung that nobody could hear does not pass in silence: it is kept with
its reason, said on the card, and the next one is called in the same step.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.feed_audiences import Audiences
from activities.kept_calls import kept_call
from domain.acts.notice_calls import call_out, called_at, page_of
from domain.identity.chat import Place
from domain.identity.contacts import is_trusted
from domain.identity.people import MAIL_FIRST, PERSONAL_WAYS, Way
from domain.ids import PersonId
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Criticality
from domain.telling.notices import Call, Notice, NoticeState
from domain.telling.postings import Delivery, Posting, View
from domain.watch.alert_ladder import LAST, Rung, called_from, ladder
from domain.watch.alerts import Alert, AlertCall, AlertState


@dataclass(frozen=True)
class NextCall:
    """Which rung is next, and from when."""

    rung: Rung
    at: datetime


class Calling:
    """Walks up the ladder of one alert at a time."""

    def __init__(self, audiences: Audiences, card: SentenceCard) -> None:
        self._audiences = audiences
        self._card = card

    def next_call(self, uow: UnitOfWork, alert: Alert) -> NextCall | None:
        """Return which rung is called next, and when; None when nobody is left or somebody has it."""
        if not waits(alert) or alert.acknowledged_by is not None:
            return None
        begun = alert.announced_at or alert.opened_at
        begun = max(begun, alert.resumed_at or begun)
        *rungs, last = self._ladder(uow, alert)
        gone = {call.rung for call in alert.calls}
        # Before calls were kept one by one, `told` counted the steps that were done.
        counted = 0 if alert.calls else alert.told
        ahead = [rung for rung in rungs if rung.name not in gone and rung.step >= counted]
        unheard = bool(alert.calls) and not self._is_heard(uow, alert, alert.calls[-1])
        if ahead:
            return NextCall(ahead[0], begun if unheard else called_from(ahead[0], rungs, alert.calls, begun))
        is_nobody = alert.calls and not any(self._is_heard(uow, alert, call) for call in alert.calls)
        return NextCall(last, begun) if is_nobody and LAST not in gone else None

    def call(self, uow: UnitOfWork, alert: Alert, now: datetime) -> Alert:
        """Call the next rung, and further ones until somebody could hear; return the alert as it then is."""
        alert = self._revised(uow, alert)
        number, missed = alert.told, []
        while (due := self.next_call(uow, alert)) is not None:
            called = self._ring(uow, alert, due.rung, now)
            alert = alert.model_copy(update={"told": alert.told + 1, "calls": (*alert.calls, called)})
            if called.is_heard:
                break
            missed.append(called)
        self._say_called(uow, alert, f"call#{alert.id}:{number}", missed, now)
        return alert

    def wake_up(self, uow: UnitOfWork, alert: Alert, until: datetime, now: datetime) -> Alert:
        """Say once that the snooze is over, to who has the alert or to who was, or would be, called."""
        key = f"wake#{alert.id}:{until.timestamp():.0f}"
        awake = alert.model_copy(update={"snoozed_until": None, "resumed_at": now})
        text = f"the alert of {alert.about} still stands."
        if alert.acknowledged_by is not None:
            self._post(uow, alert, key, [alert.acknowledged_by], text, now, view=View.MESSAGE)
            return awake
        heard = [call for call in alert.calls if call.is_heard and call.people]
        due = self.next_call(uow, awake)
        people = heard[-1].people if heard else due.rung.people if due else ()
        self._post(uow, alert, key, people, f"{text} Nobody has acknowledged it yet.", now)
        by = due.rung.by if due else MAIL_FIRST
        self._call_out(uow, alert, key, people=people, by=by, now=now)
        return awake

    def _ladder(self, uow: UnitOfWork, alert: Alert) -> tuple[Rung, ...]:
        entry = uow.feeds.find(alert.root)
        facts = entry.facts if entry is not None else FeedFacts()
        return ladder(alert, facts, self._audiences.policy, uow.people.everybody())

    def _ring(self, uow: UnitOfWork, alert: Alert, rung: Rung, now: datetime) -> AlertCall:
        """Call the people of a rung and keep whether any of them can hear it."""
        key = _key(alert, alert.told)
        self._call_out(uow, alert, key, people=rung.people, by=rung.by, now=now)
        called = AlertCall(rung=rung.name, number=alert.told, at=now, whom=rung.whom, people=rung.people)
        is_heard = self._is_heard(uow, alert, called)
        return kept_call(uow, alert.subject, called, now, is_heard=is_heard)

    def _revised(self, uow: UnitOfWork, alert: Alert) -> Alert:
        """Return the alert with its newest call unheard where everything that was sent has failed since."""
        if not alert.calls or not alert.calls[-1].is_heard or self._is_heard(uow, alert, alert.calls[-1]):
            return alert
        return alert.model_copy(update={"calls": (*alert.calls[:-1], unheard(alert.calls[-1]))})

    def _is_heard(self, uow: UnitOfWork, alert: Alert, call: AlertCall) -> bool:
        """Return whether a person or a system of a call can hear it, as far as is known by now."""
        if not call.is_heard:
            return False
        about = uow.posting_lookup.about(alert.subject)
        stands = [one.place for one in about if one.view is View.ALERT and one.state is not Delivery.GIVEN_UP]
        rooms = {(place.platform, place.workspace) for place in stands}
        for person in call.people:
            if any((one.platform, one.workspace) in rooms for one in uow.people.accounts_of(person)):
                return True
        prefix = f"{_key(alert, call.number)}:"
        ours = [one for one in uow.notices.about(alert.subject) if one.key.startswith(prefix)]
        return any(may_arrive(uow, notice, self._audiences.policy.ways) for notice in ours)

    def _call_out(
        self,
        uow: UnitOfWork,
        alert: Alert,
        key: str,
        *,
        people: Sequence[PersonId],
        by: Sequence[Way],
        now: datetime,
    ) -> None:
        call_out(
            uow,
            Call(
                key=key,
                people=tuple(people),
                by=tuple(by),
                subject=alert.subject,
                waits_on=alert.subject,
                title=f"Alert: {alert.about}",
                text=f"Nobody has acknowledged it yet. {alert.why}",
                path=page_of(f"feed/{alert.root}"),
                is_urgent=alert.criticality is Criticality.CRITICAL,
                at=now,
                not_before=self._audiences.policy.may_speak_at(alert.criticality, now),
            ),
        )

    def _say_called(
        self, uow: UnitOfWork, alert: Alert, key: str, missed: Sequence[AlertCall], now: datetime
    ) -> None:
        """Say in the chat who is called, and who could not be."""
        newest = alert.calls[-1] if alert.calls else None
        missing = "; ".join(f"{call.whom} ({call.trouble})" for call in missed)
        if newest is not None and newest.is_heard:
            before = f" I could not reach {missing}." if missing else ""
            text = f"nobody has acknowledged the alert of {alert.about} yet.{before}"
            self._post(uow, alert, key, newest.people, text, now)
        elif missing:
            text = f"Nobody has acknowledged the alert of {alert.about}, and I could reach nobody: {missing}."
            self._post(uow, alert, key, (), f"{text} It waits here for whoever reads this.", now)

    def _post(
        self,
        uow: UnitOfWork,
        alert: Alert,
        key: str,
        people: Sequence[PersonId],
        text: str,
        now: datetime,
        view: View = View.CALL,
    ) -> None:
        """Say something to people; a call can be taken where it is read, a message only tells."""
        who = ", ".join(uow.people.get(person).name for person in people)
        said = f"{who}: {text}" if who else text
        for place in self._places(uow, alert):
            uow.postings.add(
                Posting(
                    key=f"{key}:{place.platform}:{place.workspace}:{place.channel}",
                    view=view,
                    subject=alert.subject if view is View.CALL else "",
                    place=place,
                    card_json=self._card("Still open", said, called_at(uow, people, place)),
                    created_at=now,
                    next_attempt_at=now,
                )
            )

    def _places(self, uow: UnitOfWork, alert: Alert) -> tuple[Place, ...]:
        return self._audiences.places(self._audiences.of_alert(uow, alert))


def waits(alert: Alert) -> bool:
    """Say whether the trouble of a posted card still stands, so that people may be called."""
    return alert.state in (AlertState.RAISED, AlertState.HAPPENED) and alert.announced_at is not None


def may_arrive(uow: UnitOfWork, notice: Notice, ways_here: Collection[Way]) -> bool:
    """Return whether a message outside of the chats has arrived, or still may by a way set up here."""
    if notice.state in (NoticeState.SENT, NoticeState.ARRIVED):
        return True
    ways = [way for way in notice.ways if way in ways_here]
    if notice.person:
        ways = [way for way in ways if is_known(uow, notice.person, way)]
    is_over = notice.state in (NoticeState.GIVEN_UP, NoticeState.DROPPED)
    has_failed = bool(notice.trouble) and notice.attempts >= len(ways)
    return bool(ways) and not is_over and not has_failed


def unheard(call: AlertCall) -> AlertCall:
    """Return a call of which everything that was sent has failed since."""
    return call.model_copy(update={"is_heard": False, "trouble": "nothing that was sent arrived"})


def _key(alert: Alert, number: int) -> str:
    return f"call#{alert.id}:{number}"


def is_known(uow: UnitOfWork, person: PersonId, way: Way) -> bool:
    """Return whether a person has an address on a way that is known to be theirs."""
    return way in PERSONAL_WAYS and is_trusted(uow.people.get(person), way, uow.contacts.find(person, way))
