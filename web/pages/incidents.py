"""Open incidents as the pages of feeds show them: which are there, of which feed, and who leads each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.investigation.incidents import Incident, IncidentKind, IncidentRole, Severity
from domain.watch.feed_health import FeedHealth

_OF_FEED = "feed/"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """One line of a page; `feed` is empty where it is about a service or about no single thing."""

    path: str
    severity: Severity
    title: str
    lead: str
    since: datetime
    status: str
    feed: str


def open_incidents(every_open: Iterable[Incident], names: Mapping[str, str]) -> list[OpenIncident]:
    """Return the open incidents without questions, the gravest and then the oldest first."""
    found = [
        OpenIncident(
            path=f"/incidents/{one.id}",
            severity=one.severity,
            title=one.title,
            lead=_lead(one, names),
            since=one.opened_at,
            status=one.status,
            feed=one.name if one.about.startswith(_OF_FEED) else "",
        )
        for one in every_open
        if one.kind is IncidentKind.INCIDENT
    ]
    return sorted(found, key=lambda one: (one.severity.value, one.since))


def incidents_of(
    team: str, incidents: Sequence[OpenIncident], feeds: Sequence[FeedHealth]
) -> list[OpenIncident]:
    """Return what concerns a team: incidents of its feeds, and those that are about no feed under watch."""
    others = {feed.name for feed in feeds if team not in ("", feed.team)}
    return [one for one in incidents if one.feed not in others]


def incidents_of_each(incidents: Iterable[OpenIncident]) -> dict[str, list[OpenIncident]]:
    """Return the incidents by feed, in their order."""
    found: dict[str, list[OpenIncident]] = {}
    for one in incidents:
        if one.feed:
            found.setdefault(one.feed, []).append(one)
    return found


def _lead(incident: Incident, names: Mapping[str, str]) -> str:
    lead = incident.roles.get(IncidentRole.LEAD)
    return "nobody leads it" if lead is None else f"{names.get(lead, 'somebody')} leads it"
