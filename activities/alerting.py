"""What an alert's story does: post its card, call people when nobody answers."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from domain.alert_policy import AlertPolicy, CallStep
from domain.alerts import Alert, AlertState
from domain.audit import AuditAct, AuditEntry
from domain.chat import Place
from domain.ids import AlertId
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.postings import Posting, View

SentenceCard = Callable[[str, str], str]


class AlertRef(BaseModel):
    """Which alert; `step` counts how often people were called."""

    model_config = ConfigDict(frozen=True)

    id: str
    step: int = 0


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
        *,
        policy: AlertPolicy,
        channels: Mapping[str, tuple[Place, ...]],
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        card: SentenceCard,
    ) -> None:
        self._policy = policy
        self._channels = channels
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._card = card

    @activity.defn
    def look_at_alert(self, ref: AlertRef) -> AlertWhere:
        """Return how the alert stands and when its next step is due."""
        with self._reading() as uow:
            return self._where(uow.alerts.get(AlertId(ref.id)))

    @activity.defn
    def announce_alert(self, ref: AlertRef) -> AlertWhere:
        """Post the card in the team's channel, once, unless the trouble is over or only counted."""
        with self._writing() as uow:
            now = self._clock.now()
            alert = uow.alerts.get(AlertId(ref.id))
            if alert.is_open and not alert.is_shadow and alert.announced_at is None:
                for place in self._places(alert):
                    uow.postings.add(
                        Posting(
                            key=f"alert#{alert.id}:{place.platform}:{place.workspace}:{place.channel}",
                            view=View.ALERT,
                            subject=alert.subject,
                            place=place,
                            created_at=now,
                            next_attempt_at=now,
                        )
                    )
                alert = alert.model_copy(update={"announced_at": now})
                uow.alerts.save(alert)
        self._wake()
        return self._where(alert)

    @activity.defn
    def call_people(self, ref: AlertRef) -> AlertWhere:
        """Call the people of the next step, since nobody has acknowledged."""
        with self._writing() as uow:
            now = self._clock.now()
            alert = uow.alerts.get(AlertId(ref.id))
            step = self._next_step(alert)
            if step is not None and alert.told == ref.step:
                self._call(uow, alert, step, now)
                alert = alert.model_copy(update={"told": alert.told + 1})
                uow.alerts.save(alert)
                uow.postings.refresh(alert.subject, now)
        self._wake()
        return self._where(alert)

    def _where(self, alert: Alert) -> AlertWhere:
        speaks = alert.is_open and not alert.is_shadow
        announce_at = None
        if speaks and alert.announced_at is None:
            announce_at = self._policy.may_speak_at(alert.criticality, self._clock.now())
        step = self._next_step(alert)
        return AlertWhere(
            is_open=alert.is_open,
            state=alert.state.value,
            announce_at=announce_at,
            call_at=None if step is None else self._call_at(alert, step),
            step=alert.told,
        )

    def _next_step(self, alert: Alert) -> CallStep | None:
        waits = alert.state in (AlertState.RAISED, AlertState.HAPPENED) and alert.acknowledged_at is None
        if not waits or alert.announced_at is None or alert.told >= len(self._policy.steps):
            return None
        return self._policy.steps[alert.told]

    def _call_at(self, alert: Alert, step: CallStep) -> datetime:
        begun = alert.announced_at or alert.opened_at
        return max(begun, alert.snoozed_until or begun) + step.after

    def _places(self, alert: Alert) -> tuple[Place, ...]:
        return self._channels.get(self._policy.channel_of(alert.team), ())

    def _call(self, uow: UnitOfWork, alert: Alert, step: CallStep, now: datetime) -> None:
        people = uow.people.everybody()
        names = [person.name for person in people if step.role in person.roles and person.is_active]
        who = f"{', '.join(names)}: " if names else ""
        text = f"{who}nobody has acknowledged the alert of {alert.root} yet."
        for place in self._places(alert):
            uow.postings.add(
                Posting(
                    key=f"call#{alert.id}:{alert.told}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card("Still open", text),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.ESCALATED,
                actor="dogwatch",
                subject=alert.subject,
                facts={"step": str(alert.told), "role": step.role.value, "told": ",".join(names)},
            )
        )
