"""What an alert's story does: post its card, call people when nobody answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from domain.alert_policy import AlertPolicy, CallStep
from domain.alerts import Alert, AlertState
from domain.audit import AuditAct, AuditEntry
from domain.chat import Place
from domain.feeds import Criticality
from domain.ids import AlertId
from domain.notice_calls import call_out, page_of
from domain.notices import Call
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.postings import Posting, View

_SNOOZE_ENDS = -1
"""In place of a step: people hear that a snooze is over."""

SentenceCard = Callable[[str, str], str]


class AlertRef(BaseModel):
    """Which alert; `step` counts how often people were called, -1 stands for the end of a snooze."""

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
            if alert.is_open and not alert.is_shadow and _is_untold(alert):
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
                told = {
                    "announced_at": alert.announced_at or now,
                    "announced_to": alert.teams or (alert.team,),
                }
                alert = alert.model_copy(update=told)
                uow.alerts.save(alert)
        self._wake()
        return self._where(alert)

    @activity.defn
    def call_people(self, ref: AlertRef) -> AlertWhere:
        """Call the people of the next step, since nobody has acknowledged, or say that a snooze is over."""
        with self._writing() as uow:
            now = self._clock.now()
            alert = uow.alerts.get(AlertId(ref.id))
            step = self._next_step(alert)
            before = alert
            if ref.step == _SNOOZE_ENDS:
                if _waits(alert) and alert.snoozed_until is not None and alert.snoozed_until <= now:
                    alert = self._wake_up(uow, alert, alert.snoozed_until, now)
            elif step is not None and alert.told == ref.step and alert.snoozed_until is None:
                self._call(uow, alert, step, now)
                alert = alert.model_copy(update={"told": alert.told + 1})
            if alert is not before:
                uow.alerts.save(alert)
                uow.postings.refresh(alert.subject, now)
        self._wake()
        return self._where(alert)

    def _where(self, alert: Alert) -> AlertWhere:
        speaks = alert.is_open and not alert.is_shadow
        announce_at = None
        if speaks and _is_untold(alert):
            announce_at = self._policy.may_speak_at(alert.criticality, self._clock.now())
        step = self._next_step(alert)
        call_at = None if step is None else self._call_at(alert, step)
        is_snoozed = _waits(alert) and alert.snoozed_until is not None
        return AlertWhere(
            is_open=alert.is_open,
            state=alert.state.value,
            announce_at=announce_at,
            call_at=alert.snoozed_until if is_snoozed else call_at,
            step=_SNOOZE_ENDS if is_snoozed else alert.told,
        )

    def _next_step(self, alert: Alert) -> CallStep | None:
        if not _waits(alert) or alert.acknowledged_by is not None or alert.told >= len(self._policy.steps):
            return None
        return self._policy.steps[alert.told]

    def _call_at(self, alert: Alert, step: CallStep) -> datetime:
        begun = alert.announced_at or alert.opened_at
        return max(begun, alert.resumed_at or begun) + step.after

    def _places(self, alert: Alert) -> tuple[Place, ...]:
        """Return where the teams of all its feeds read, each place once."""
        channels = dict.fromkeys(self._policy.channel_of(team) for team in (alert.team, *alert.teams))
        return tuple(dict.fromkeys(place for name in channels for place in self._channels.get(name, ())))

    def _call(self, uow: UnitOfWork, alert: Alert, step: CallStep, now: datetime) -> None:
        names = self._tell_role(uow, alert, step, f"call#{alert.id}:{alert.told}", now)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.ESCALATED,
                actor="dogwatch",
                subject=alert.subject,
                facts={"step": str(alert.told), "role": step.role.value, "told": ",".join(names)},
            )
        )

    def _tell_role(self, uow: UnitOfWork, alert: Alert, step: CallStep, key: str, now: datetime) -> list[str]:
        people = uow.people.everybody()
        called = [person for person in people if step.role in person.roles and person.is_active]
        names = [person.name for person in called]
        text = f"nobody has acknowledged the alert of {alert.root} yet."
        self._tell(uow, alert, key, names, text, now)
        call_out(
            uow,
            Call(
                key=key,
                people=tuple(person.id for person in called),
                by=step.by,
                subject=alert.subject,
                waits_on=alert.subject,
                title=f"Alert: {alert.root}",
                text=f"Nobody has acknowledged it yet. {'; '.join(alert.reasons[:3])}",
                path=page_of(f"feed/{alert.root}"),
                is_urgent=alert.criticality is Criticality.CRITICAL,
                at=now,
                not_before=self._policy.may_speak_at(alert.criticality, now),
            ),
        )
        return names

    def _wake_up(self, uow: UnitOfWork, alert: Alert, until: datetime, now: datetime) -> Alert:
        """Say once that the snooze is over, to who has the alert or to who would be called next."""
        key = f"wake#{alert.id}:{until.timestamp():.0f}"
        if alert.acknowledged_by is not None:
            names = [uow.people.get(alert.acknowledged_by).name]
            self._tell(uow, alert, key, names, f"the alert of {alert.root} still stands.", now)
        elif self._policy.steps:
            step = self._policy.steps[min(alert.told, len(self._policy.steps) - 1)]
            self._tell_role(uow, alert, step, key, now)
        return alert.model_copy(update={"snoozed_until": None, "resumed_at": now})

    def _tell(
        self, uow: UnitOfWork, alert: Alert, key: str, names: Sequence[str], text: str, now: datetime
    ) -> None:
        who = f"{', '.join(names)}: " if names else ""
        for place in self._places(alert):
            uow.postings.add(
                Posting(
                    key=f"{key}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card("Still open", f"{who}{text}"),
                    created_at=now,
                    next_attempt_at=now,
                )
            )


def _waits(alert: Alert) -> bool:
    """Say whether the trouble of a posted card still stands, so that people may be called."""
    return alert.state in (AlertState.RAISED, AlertState.HAPPENED) and alert.announced_at is not None


def _is_untold(alert: Alert) -> bool:
    return alert.announced_at is None or (bool(alert.announced_to) and bool(alert.untold_teams))
