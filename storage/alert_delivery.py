"""Alerts of other systems become incidents: the same trouble is one incident, and a storm is a handful."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.acts.incident_calls import first_call_minutes
from domain.acts.incident_moves import free_id, with_severity
from domain.identity.chat import Place, Platform
from domain.ids import IncidentId
from domain.investigation.incidents import (
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
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind
from domain.telling.postings import Posting, View

_MOST_ATTACHED = 200
_STORM = 5
_LOOKED_AT = 100
"""Newest incidents among which those of the last minutes are; a storm opens no more than a few."""
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


class AlertDelivery:
    """What one delivery makes of incidents; each is read once, locked, and kept once, at the end.

    The trail comes last: whoever presses a button locks an incident and then the trail, and would wait in a
    circle with a delivery that holds the trail and goes on to another incident.
    """

    def __init__(
        self, uow: UnitOfWork, places: Sequence[Place], now: datetime, alerts: Sequence[ReportedAlert]
    ) -> None:
        self._uow, self._places, self._now = uow, places, now
        self._feeds = _feeds(uow)
        self._held: dict[IncidentId, Incident] = {}
        self._told: dict[IncidentId, list[str]] = {}
        """The alerts that changed an incident, by the incident."""
        self._unnamed: dict[IncidentId, dict[str, datetime]] = {}
        """The alerts that belong to an incident which names too many already, and since when they fire."""
        self._lines: list[TimelineEntry] = []
        # Asked for once: alert by alert these questions are most of what a storm costs.
        self._incident_of = uow.incidents.of_alerts({_key(alert) for alert in alerts})
        about = {_about(alert, self._feeds) for alert in alerts} - {""}
        self._open_about = uow.incidents.open_ones_about(about, IncidentKind.INCIDENT)
        self._recent = [one.id for one in uow.incidents.newest(_LOOKED_AT) if _is_recent(one, now)]

    def take(self, alert: ReportedAlert) -> bool:
        """Let an alert open, join or end; return whether it changed anything."""
        key = _key(alert)
        incident = self._known(self._incident_of.get(key))
        if incident is not None and (incident.is_open or not alert.is_firing):
            return self._again(incident, key, alert)
        if not alert.is_firing or (incident is not None and _was_just_resolved(incident, key, self._now)):
            return False  # over before we heard of it, or before its sender has seen that it is
        about = _about(alert, self._feeds)
        open_one, is_storm = self._known(self._open_about.get(about)), False
        if open_one is None or not open_one.is_open:
            is_storm, open_one = self._storm()
        if open_one is not None:
            self._attach(open_one, key, alert)
        else:
            before = () if incident is None else (incident.id,)
            self._open("" if is_storm else about, key, alert, is_storm=is_storm, before=before)
        return True

    def keep(self) -> None:
        """Keep every incident that changed, and let its story look."""
        now = self._now
        self._uow.timeline.add_all(self._lines)
        for name, keys in self._told.items():
            incident = self._held[name].model_copy(update={"updated_at": now})
            self._uow.incidents.save(incident)
            self._uow.incidents.link_alerts(name, self._unnamed.get(name, {}))
            self._uow.postings.refresh(incident.subject, now)
            self._uow.stories.add(
                StoryCall(
                    key=f"{incident.id}/{keys[0]}/{now.timestamp():.6f}"[:400],
                    kind=StoryKind.INCIDENT,
                    subject_id=incident.id,
                    at=now,
                )
            )
        for name, keys in self._told.items():
            self._uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.INCIDENT_CHANGED,
                    actor="dogwatch",
                    subject=self._held[name].subject,
                    door="alerts",
                    facts={"step": "alert", "alert": keys[0][:200], "alerts": str(len(keys))},
                )
            )

    def _known(self, incident: IncidentId | None) -> Incident | None:
        """Return an incident as it is once nobody else changes it any more."""
        if incident is None:
            return None
        if incident not in self._held:
            self._held[incident] = self._uow.incidents.get(incident)
        return self._held[incident]

    def _storm(self) -> tuple[bool, Incident | None]:
        """Tell whether alerts open one incident after the other, and return the one that gathers the rest.

        Alerts of strangers never join an incident that is about something else: they get one of their own,
        about the system as a whole.
        """
        known = [self._known(name) for name in self._recent]
        recent = [one for one in known if one is not None and one.is_open]
        gathering = [one for one in recent if one.title == STORM]
        return len(recent) >= _STORM, gathering[-1] if gathering else None

    def _again(self, incident: Incident, key: str, alert: ReportedAlert) -> bool:
        now = self._now
        known = next((one for one in incident.alerts if one.key == key), None)
        if known is None:
            return self._unnamed_again(incident, key, alert)
        if known.is_firing == alert.is_firing:
            return False
        alerts = tuple(
            one.model_copy(update={"is_firing": alert.is_firing}) if one.key == key else one
            for one in incident.alerts
        )
        incident = incident.model_copy(update={"alerts": alerts})
        word = "fires again" if alert.is_firing else "is over"
        moment = alert.started_at if alert.is_firing else alert.ended_at or now
        self._tell(incident, f"{key}/{word}/{moment.isoformat()}", f"Alert {alert.name} {word}.")
        is_calm = not any(one.is_firing for one in alerts)
        if alert.is_firing:
            incident = _watched_no_longer(incident, now)
        elif is_calm and incident.is_open and incident.state is not IncidentState.MONITORING:
            incident = moved(incident, IncidentState.MONITORING, now)
            said = "All alerts are over; I keep watching."
            self._tell(incident, f"{key}/calm/{moment.isoformat()}", said)
        self._note(incident, key)
        return True

    def _unnamed_again(self, incident: Incident, key: str, alert: ReportedAlert) -> bool:
        """Let an alert that an incident has no room to name only keep it from seeming over."""
        if not alert.is_firing or incident.state is not IncidentState.MONITORING:
            return False
        self._tell(incident, f"{key}/fires on/{self._now.isoformat()}", f"Alert {alert.name} fires on.")
        self._note(_watched_no_longer(incident, self._now), key)
        return True

    def _attach(self, incident: Incident, key: str, alert: ReportedAlert) -> None:
        others = tuple(one for one in incident.alerts if one.key != key)
        if len(others) >= _MOST_ATTACHED:  # what is over gives way
            others = tuple(one for one in others if one.is_firing)
        self._incident_of[key] = incident.id
        if len(others) < _MOST_ATTACHED:
            incident = incident.model_copy(update={"alerts": (*others, _attached(key, alert))})
        else:
            self._unnamed.setdefault(incident.id, {})[key] = alert.started_at
        worse = min(incident.severity, _severity(alert), key=lambda severity: severity.value)
        incident = with_severity(_watched_no_longer(incident, self._now), worse, self._now)
        # A burst asks once; who asked meanwhile is not forgotten.
        again = {"wanted": max(incident.wanted, incident.diagnosed + 1)}
        incident = incident.model_copy(update=again)
        self._tell(incident, f"{key}/{alert.started_at.isoformat()}", _words(alert))
        self._note(incident, key)

    def _open(
        self, about: str, key: str, alert: ReportedAlert, *, is_storm: bool, before: Sequence[IncidentId]
    ) -> None:
        """Open an incident; what fires on after people resolved it gets one beside the former."""
        now, began = self._now, min(alert.started_at, self._now)
        incident = Incident(
            id=free_id(self._uow.incidents, f"{key}@{alert.started_at.isoformat()}"),
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
            first_call_minutes=first_call_minutes(self._uow, about),
        )
        self._tell(incident, f"{key}/{alert.started_at.isoformat()}", _words(alert))
        for place in self._places:
            self._uow.postings.add(
                Posting(
                    key=f"{View.INCIDENT}:{incident.subject}:{place.platform}:{place.workspace}:{place.channel}:",
                    view=View.INCIDENT,
                    subject=incident.subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        self._uow.incidents.save(incident)
        self._recent.append(incident.id)
        self._incident_of[key] = incident.id
        if about:
            self._open_about[about] = incident.id
        self._note(incident, key)

    def _note(self, incident: Incident, key: str) -> None:
        self._held[incident.id] = incident
        self._told.setdefault(incident.id, []).append(key)

    def _tell(self, incident: Incident, key: str, text: str) -> None:
        self._lines.append(
            TimelineEntry(
                key=f"{incident.id}/alert/{key}"[:300],
                incident=incident.id,
                at=self._now,
                kind=EntryKind.ALERT,
                by="dogwatch",
                text=text[:1000],
            )
        )


def _feeds(uow: UnitOfWork) -> frozenset[str]:
    return frozenset({*uow.watched.names(), *(entry.name for entry in uow.feeds.every())})


def _key(alert: ReportedAlert) -> str:
    return f"{alert.source}/{alert.fingerprint}"[:300]


def _about(alert: ReportedAlert, feeds: frozenset[str]) -> str:
    """Return the feed or service that an alert speaks of; a feed's own name wins over a service's."""
    for name in (alert.labels.get("feed", ""), alert.service):
        if name.lower() in feeds:
            return f"feed/{name.lower()}"
    return f"service/{alert.service}"[:200] if alert.service else ""


def _is_recent(one: Incident, now: datetime) -> bool:
    return one.is_open and one.opened_by == "dogwatch" and one.opened_at >= now - _STORM_MINUTES


def _was_just_resolved(incident: Incident, key: str, now: datetime) -> bool:
    """Return whether people ended an incident a moment ago whose alert has fired without a break since."""
    known = next((one for one in incident.alerts if one.key == key), None)
    ended = incident.resolved_at
    # One that the incident had no room to name has fired as far as anybody knows.
    return (known is None or known.is_firing) and ended is not None and now - ended < _FIRES_ON


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
