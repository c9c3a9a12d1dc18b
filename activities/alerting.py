"""What an alert's story does: post its card, call people when nobody answers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.alert_calling import Calling, waits
from activities.feed_audiences import Audiences
from domain.acts.notice_calls import call_out, page_of
from domain.identity.chat import Place
from domain.identity.people import Way
from domain.ids import AlertId, TeamId
from domain.ports.clock import Clock
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.running.feeds import Criticality
from domain.telling.notices import Call
from domain.telling.postings import Posting, View
from domain.watch.alert_audience import Audience
from domain.watch.alerts import Alert, AlertState

_CLOCKS_DIFFER = timedelta(minutes=1)
_SNOOZE_ENDS = -1
"""In place of a step: people hear that a snooze is over."""


class AlertRef(BaseModel):
    """Which alert; `step` counts how often people were called, -1 stands for the end of a snooze.

    `at` is the story's time when it acts: by that a snooze is over, whatever another machine's clock shows.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    step: int = 0
    at: datetime | None = None


class AlertWhere(BaseModel):
    """How an alert stands, and when to act next; None where there is nothing to do."""

    model_config = ConfigDict(frozen=True)

    is_open: bool
    state: str = ""
    announce_at: datetime | None = None
    call_at: datetime | None = None
    step: int = 0


class Alerting:
    """Activities of the front queue around one alert.

    `card` makes the stored card of a sentence: title and text in, JSON out.
    """

    def __init__(
        self,
        audiences: Audiences,
        *,
        card: SentenceCard,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._audiences = audiences
        self._calling = Calling(audiences, card)
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake

    @activity.defn
    def look_at_alert(self, ref: AlertRef) -> AlertWhere:
        """Return how the alert stands and when its next step is due."""
        with self._reading() as uow:
            return self._where(uow, uow.alerts.get(AlertId(ref.id)))

    @activity.defn
    def announce_alert(self, ref: AlertRef) -> AlertWhere:
        """Post the card where its feeds are told of, once, unless the trouble is over or only counted."""
        with self._writing() as uow:
            now = self._clock.now()
            alert = uow.alerts.get(AlertId(ref.id))
            audience = self._audiences.of_alert(uow, alert)
            places = self._audiences.places(audience)
            may_speak = self._audiences.policy.may_speak_at(alert.criticality, now) <= now + _CLOCKS_DIFFER
            if alert.is_open and not alert.is_shadow and may_speak and _is_untold(alert, places):
                self._post(uow, alert, places, now)
                self._tell_outside(uow, alert, audience, now)
                self._tell_amiss(uow, alert, now)
                told = {
                    "announced_at": alert.announced_at or now,
                    "announced_in": tuple(_name(place) for place in places),
                }
                alert = alert.model_copy(update=told)
                uow.alerts.save(alert)
            where = self._where(uow, alert)
        self._wake()
        return where

    @activity.defn
    def call_people(self, ref: AlertRef) -> AlertWhere:
        """Call the people of the next step, since nobody has acknowledged, or say that a snooze is over."""
        with self._writing() as uow:
            now = self._clock.now()
            alert = uow.alerts.get(AlertId(ref.id))
            before = alert
            if ref.step == _SNOOZE_ENDS:
                moment = max(now, ref.at or now)
                if waits(alert) and alert.snoozed_until is not None and alert.snoozed_until <= moment:
                    alert = self._calling.wake_up(uow, alert, alert.snoozed_until, now)
            elif alert.told == ref.step and alert.snoozed_until is None:
                alert = self._calling.call(uow, alert, now)
            if alert is not before:
                uow.alerts.save(alert)
                uow.postings.refresh(alert.subject, now)
            where = self._where(uow, alert)
        self._wake()
        return where

    def _where(self, uow: UnitOfWork, alert: Alert) -> AlertWhere:
        announce_at = None
        if alert.is_open and not alert.is_shadow:
            places = self._audiences.places(self._audiences.of_alert(uow, alert))
            if _is_untold(alert, places):
                announce_at = self._audiences.policy.may_speak_at(alert.criticality, self._clock.now())
        due = self._calling.next_call(uow, alert)
        is_snoozed = waits(alert) and alert.snoozed_until is not None
        return AlertWhere(
            is_open=alert.is_open,
            state=alert.state.value,
            announce_at=announce_at,
            call_at=alert.snoozed_until if is_snoozed else self._by_day(alert, due.at) if due else None,
            step=_SNOOZE_ENDS if is_snoozed else alert.told,
        )

    def _by_day(self, alert: Alert, at: datetime) -> datetime:
        """Return when people are called whose time is at a moment: in the quiet hours nobody is.

        They would hear of it in the morning, all rungs at once, and none would have had its time to answer.
        """
        moment = max(at, self._clock.now())
        ends = self._audiences.policy.may_speak_at(alert.criticality, moment)
        return ends if ends > moment else at

    def _post(self, uow: UnitOfWork, alert: Alert, places: Sequence[Place], now: datetime) -> None:
        for place in places:
            uow.postings.add(
                Posting(
                    key=f"alert#{alert.id}:{_name(place)}",
                    view=View.ALERT,
                    subject=alert.subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=now,
                )
            )

    def _tell_outside(self, uow: UnitOfWork, alert: Alert, audience: Audience, now: datetime) -> None:
        """Tell the mailboxes and systems that the feeds' configurations name; what was told is told once."""
        call_out(
            uow,
            Call(
                key=f"alert#{alert.id}",
                people=audience.mailed,
                by=(Way.MAIL, *audience.systems),
                subject=alert.subject,
                waits_on=alert.subject,
                title=f"Alert: {alert.about}",
                text=" ".join(filter(None, (alert.sentence, alert.why))),
                path=page_of(f"feed/{alert.root}"),
                is_urgent=alert.criticality is Criticality.CRITICAL,
                at=now,
            ),
        )

    def _tell_amiss(self, uow: UnitOfWork, alert: Alert, now: datetime) -> None:
        for name in (alert.root, *alert.dependants):
            entry = uow.feeds.find(name)
            if entry is not None:
                self._audiences.tell_amiss(uow, name, TeamId(entry.owner), entry.facts, now)


def _is_untold(alert: Alert, places: Sequence[Place]) -> bool:
    """Return whether a place has not got the card that should have it.

    Of what came and went in the quiet hours nobody is told, unless it comes again. A sender that speaks again
    has feeds of which nothing came: what is missing is told.
    """
    if alert.announced_at is None:
        return alert.state is not AlertState.BACK_ON_TRACK or bool(alert.sender)
    told = set(alert.announced_in)
    return bool(told) and any(_name(place) not in told for place in places)


def _name(place: Place) -> str:
    return f"{place.platform}:{place.workspace}:{place.channel}"
