"""Alerts of other systems become incidents: the same trouble is one incident, and a storm is a handful."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from domain.audit import AuditAct, AuditEntry
from domain.chat import Place, Platform
from domain.errors import NotNow
from domain.ids import IncidentId
from domain.incident_calls import first_call_minutes
from domain.incident_moves import free_id, with_severity
from domain.incidents import (
    AttachedAlert,
    EntryKind,
    Incident,
    IncidentKind,
    IncidentState,
    Severity,
    TimelineEntry,
    moved,
)
from domain.ports.alert_intake import ReportedAlert
from domain.ports.clock import Clock
from domain.ports.transactions import UnitOfWork
from domain.postings import Posting, View
from domain.stories import StoryCall, StoryKind

_MOST_AT_ONCE = 5_000
_MOST_ATTACHED = 200
_STORM = 5
_STORM_MINUTES = timedelta(minutes=10)
_FIRES_ON = timedelta(minutes=5)
"""How long an alert may fire on after people resolved its incident, before it opens another one."""
_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.SEV2,
    "page": Severity.SEV2,
    "disaster": Severity.SEV1,
    "emergency": Severity.SEV1,
    "error": Severity.SEV3,
    "high": Severity.SEV2,
    "warning": Severity.SEV3,
    "info": Severity.SEV4,
    "none": Severity.SEV4,
}
STORM = "Many alerts at once"
_NOWHERE = Place(platform=Platform.WEB, workspace="web", channel="incidents")


class SqlAlertIntake:
    """Implements `AlertIntake`.

    Args:
        writing: Opens a transaction that writes.
        places: Where the incident channel is.
        wake: Tells courier and delivery of this process, where it has any.
    """

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[UnitOfWork]],
        places: Sequence[Place],
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._writing = writing
        self._places = tuple(places)
        self._clock = clock
        self._wake = wake

    def take(self, alerts: Sequence[ReportedAlert]) -> int:
        """Keep the alerts and return how many were new or changed."""
        if len(alerts) > _MOST_AT_ONCE:
            raise NotNow(
                f"{len(alerts)} alerts at once",
                say=f"That was more than {_MOST_AT_ONCE} alerts in one delivery.",
            )
        changed = 0
        with self._writing() as uow:
            now = self._clock.now()
            feeds = _feeds(uow) if alerts else frozenset()
            for alert in alerts:
                changed += self._one(uow, alert, feeds, now)
        if changed:
            self._wake()
        return changed

    def _one(self, uow: UnitOfWork, alert: ReportedAlert, feeds: frozenset[str], now: datetime) -> bool:
        key = f"{alert.source}/{alert.fingerprint}"[:300]
        incident = uow.incidents.with_alert(key)
        if incident is not None and (incident.is_open or not alert.is_firing):
            return self._again(uow, incident, key, alert, now)
        if not alert.is_firing or (incident is not None and _was_just_resolved(incident, key, now)):
            return False  # over before we heard of it, or before its sender has seen that it is
        about = _about(alert, feeds)
        open_one = uow.incidents.open_about(about, IncidentKind.INCIDENT) if about else None
        is_storm = False
        if open_one is None:
            is_storm, open_one = _storm(uow, now)
        if open_one is not None:
            self._attach(uow, open_one, key, alert, now)
        else:
            before = () if incident is None else (incident.id,)
            about = "" if is_storm else about
            self._open(uow, about, key, alert, now, is_storm=is_storm, before=before)
        return True

    def _again(
        self, uow: UnitOfWork, incident: Incident, key: str, alert: ReportedAlert, now: datetime
    ) -> bool:
        known = next((one for one in incident.alerts if one.key == key), None)
        if known is None or known.is_firing == alert.is_firing:
            return False
        alerts = tuple(
            one.model_copy(update={"is_firing": alert.is_firing}) if one.key == key else one
            for one in incident.alerts
        )
        incident = incident.model_copy(update={"alerts": alerts})
        word = "fires again" if alert.is_firing else "is over"
        moment = alert.started_at if alert.is_firing else alert.ended_at or now
        self._tell(uow, incident, f"{key}/{word}/{moment.isoformat()}", now, f"Alert {alert.name} {word}.")
        is_calm = not any(one.is_firing for one in alerts)
        if alert.is_firing:
            incident = _watched_no_longer(incident, now)
        elif is_calm and incident.is_open and incident.state is not IncidentState.MONITORING:
            incident = moved(incident, IncidentState.MONITORING, now)
            said = "All alerts are over; I keep watching."
            self._tell(uow, incident, f"{key}/calm/{moment.isoformat()}", now, said)
        self._keep(uow, incident, key, now)
        return True

    def _attach(
        self, uow: UnitOfWork, incident: Incident, key: str, alert: ReportedAlert, now: datetime
    ) -> None:
        others = tuple(one for one in incident.alerts if one.key != key)
        if len(others) < _MOST_ATTACHED:
            incident = incident.model_copy(update={"alerts": (*others, _attached(key, alert))})
        worse = min(incident.severity, _severity(alert), key=lambda severity: severity.value)
        incident = with_severity(_watched_no_longer(incident, now), worse, now)
        # A burst asks once; who asked meanwhile is not forgotten.
        again = {"wanted": max(incident.wanted, incident.diagnosed + 1)}
        incident = incident.model_copy(update=again)
        self._tell(uow, incident, f"{key}/{alert.started_at.isoformat()}", now, _words(alert))
        self._keep(uow, incident, key, now)

    def _open(
        self,
        uow: UnitOfWork,
        about: str,
        key: str,
        alert: ReportedAlert,
        now: datetime,
        *,
        is_storm: bool,
        before: Sequence[IncidentId],
    ) -> None:
        """Open an incident; what fires on after people resolved it gets one beside the former."""
        began = min(alert.started_at, now)
        incident = Incident(
            id=free_id(uow.incidents, f"{key}@{alert.started_at.isoformat()}"),
            kind=IncidentKind.INCIDENT,
            title=STORM if is_storm else (alert.summary or alert.name or "An alert fires")[:200],
            about=about,
            related=tuple(before),
            severity=_severity(alert),
            opened_by="dogwatch",
            place=self._places[0] if self._places else _NOWHERE,
            opened_at=now,
            updated_at=now,
            # A sender's clock may be wrong by hours; the window of evidence must not follow it there.
            began_at=max(began, now - timedelta(hours=6)),
            alerts=(_attached(key, alert),),
            first_call_minutes=first_call_minutes(uow, about),
        )
        self._tell(uow, incident, f"{key}/{alert.started_at.isoformat()}", now, _words(alert))
        for place in self._places:
            uow.postings.add(
                Posting(
                    key=f"{View.INCIDENT}:{incident.subject}:{place.platform}:{place.workspace}:{place.channel}:",
                    view=View.INCIDENT,
                    subject=incident.subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        self._keep(uow, incident, key, now)

    def _keep(self, uow: UnitOfWork, incident: Incident, key: str, now: datetime) -> None:
        uow.incidents.save(incident.model_copy(update={"updated_at": now}))
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.INCIDENT_CHANGED,
                actor="dogwatch",
                subject=incident.subject,
                door="alerts",
                facts={"step": "alert", "alert": key[:200]},
            )
        )
        uow.postings.refresh(incident.subject, now)
        uow.stories.add(
            StoryCall(
                key=f"{incident.id}/{key}/{now.timestamp():.6f}"[:400],
                kind=StoryKind.INCIDENT,
                subject_id=incident.id,
                at=now,
            )
        )

    def _tell(self, uow: UnitOfWork, incident: Incident, key: str, now: datetime, text: str) -> None:
        uow.timeline.add(
            TimelineEntry(
                key=f"{incident.id}/alert/{key}"[:300],
                incident=incident.id,
                at=now,
                kind=EntryKind.ALERT,
                by="dogwatch",
                text=text[:1000],
            )
        )


def _feeds(uow: UnitOfWork) -> frozenset[str]:
    return frozenset({*uow.watched.names(), *(entry.name for entry in uow.feeds.every())})


def _about(alert: ReportedAlert, feeds: frozenset[str]) -> str:
    """Return the feed or service that an alert speaks of; a feed's own name wins over a service's."""
    for name in (alert.labels.get("feed", ""), alert.service):
        if name.lower() in feeds:
            return f"feed/{name.lower()}"
    return f"service/{alert.service}"[:200] if alert.service else ""


def _storm(uow: UnitOfWork, now: datetime) -> tuple[bool, Incident | None]:
    """Tell whether alerts open one incident after the other, and return the one that gathers the rest.

    Alerts of strangers never join an incident that is about something else: they get one of their own, about
    the system as a whole.
    """
    recent = [
        incident
        for incident in uow.incidents.every_open()
        if incident.kind is IncidentKind.INCIDENT
        and incident.opened_by == "dogwatch"
        and incident.opened_at >= now - _STORM_MINUTES
    ]
    gathering = [incident for incident in recent if incident.title == STORM]
    return len(recent) >= _STORM, gathering[-1] if gathering else None


def _was_just_resolved(incident: Incident, key: str, now: datetime) -> bool:
    """Return whether people ended an incident a moment ago whose alert has fired without a break since."""
    known = next((one for one in incident.alerts if one.key == key), None)
    ended = incident.resolved_at
    return known is not None and known.is_firing and ended is not None and now - ended < _FIRES_ON


def _watched_no_longer(incident: Incident, now: datetime) -> Incident:
    """Return an incident that was only watched as one that is worked on: what was over has come back."""
    if incident.state is not IncidentState.MONITORING:
        return incident
    return moved(incident, IncidentState.INVESTIGATING, now)


def _attached(key: str, alert: ReportedAlert) -> AttachedAlert:
    link = alert.link if alert.link.startswith(("https://", "http://")) else ""
    return AttachedAlert(
        key=key,
        name=alert.name[:200],
        is_firing=alert.is_firing,
        started_at=alert.started_at,
        summary=alert.summary[:300],
        link=link[:500],
    )


def _severity(alert: ReportedAlert) -> Severity:
    return _SEVERITIES.get(alert.severity.lower(), Severity.SEV3)


def _words(alert: ReportedAlert) -> str:
    about = f" on {alert.service}" if alert.service else ""
    return f"Alert {alert.name or 'without a name'}{about}: {alert.summary or 'no summary'}"
