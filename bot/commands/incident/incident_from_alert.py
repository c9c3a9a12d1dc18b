"""An incident that people open from an alert: it begins when the alert did, and knows what the alert knew."""

from bot.commands.incident.alerts_over import refuse_when_over
from bot.commands.incident.incident_subjects import begin, keep, tell
from bot.turn import Turn
from domain.ids import AlertId
from domain.investigation.incidents import EntryKind, Incident, IncidentKind, Severity
from domain.running.feeds import Criticality
from domain.watch.alert_remedies import trouble_in_words
from domain.watch.alerts import Alert

_SEVERITIES = {
    Criticality.CRITICAL: Severity.SEV2,
    Criticality.HIGH: Severity.SEV3,
    Criticality.NORMAL: Severity.SEV3,
    Criticality.LOW: Severity.SEV4,
}


def open_from_alert(turn: Turn) -> Incident:
    """Open the incident, or join the open one about the feed, and write down what was foretold and why."""
    alert = turn.uow.alerts.get(AlertId(turn.subject.removeprefix("alert/")))
    refuse_when_over(alert)
    incident = begin(
        turn,
        IncidentKind.INCIDENT,
        f"feed/{alert.root}",
        f"Nothing heard from {alert.about}" if alert.sender else f"{alert.root} {trouble_in_words(alert)}",
        _SEVERITIES[alert.criticality],
    )
    began = alert.trouble_at or alert.opened_at
    if incident.opened_at == turn.now and began < incident.began_at:
        incident = incident.model_copy(update={"began_at": began})
        keep(turn, incident, "begun", alert=alert.id)
    tell(turn, incident, EntryKind.ALERT, _words(alert), alert.opened_at, of=alert.id)
    turn.uow.postings.refresh(alert.subject, turn.now)
    return incident


def _words(alert: Alert) -> str:
    if alert.sender:
        return alert.sentence
    due = f", due {alert.clock(alert.due_at)}" if alert.due_at else ""
    why = f": {'; '.join(alert.reasons)}" if alert.reasons else ""
    waiting = f" Waiting for it: {', '.join(alert.dependants[:12])}." if alert.dependants else ""
    return f"Foretold with {alert.probability:.0%}{due}{why}.{waiting}"
