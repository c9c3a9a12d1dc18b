"""Incidents, their timelines and judged diagnoses in SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, select, true

from domain.errors import NotFound
from domain.ids import IncidentId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState, TimelineEntry
from domain.ports.incident_stores import Judged
from storage.bulk_statements import put_all
from storage.standing_in_line import stand_in_line
from storage.statements import insert_once, put, table_of
from storage.tables.incidents import IncidentAlertRow, IncidentRow, JudgedRow, TimelineRow

_INCIDENTS = table_of(IncidentRow)
_ALERTS = table_of(IncidentAlertRow)
_TIMELINE = table_of(TimelineRow)
_JUDGED = table_of(JudgedRow)
_NAMES_AT_ONCE = 500


class SqlIncidents:
    """Implements `IncidentStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold_openings(self) -> None:
        """Wait until no other transaction looks whether there is an incident already, to open one."""
        stand_in_line(self._connection, "openings", {"incidents"})

    def get(self, incident: IncidentId) -> Incident:
        """Return the incident, locked for this transaction; raises `NotFound`."""
        statement = select(_INCIDENTS.c.document).where(_INCIDENTS.c.id == incident).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(
                f"incident {incident}",
                say="I don't know that incident.",
                next_step="Say `incidents` to see which ones are open.",
            )
        return Incident.model_validate_json(row)

    def save(self, incident: Incident) -> None:
        """Add or replace an incident."""
        put(
            self._connection,
            _INCIDENTS,
            {
                "id": incident.id,
                "kind": incident.kind.value,
                "state": incident.state.value,
                "is_open": incident.is_open,
                "about": incident.about,
                "opened_at": incident.opened_at,
                "document": incident.model_dump_json(),
            },
        )
        keys = [alert.key for alert in incident.alerts]
        of_it = select(_ALERTS.c.key).where(_ALERTS.c.key.in_(keys), _ALERTS.c.incident == incident.id)
        known = set(self._connection.execute(of_it).scalars()) if keys else set()
        fresh = {alert.key: alert.started_at for alert in incident.alerts if alert.key not in known}
        self.link_alerts(incident.id, fresh)

    def open_about(self, about: str, kind: IncidentKind | None = None) -> Incident | None:
        """Return the newest open one about a subject, an incident before a question; or None."""
        is_kind = true() if kind is None else _INCIDENTS.c.kind == kind.value
        about_it = (_INCIDENTS.c.about == about, _INCIDENTS.c.is_open.is_(True), is_kind)
        return self._first(*about_it, before=_INCIDENTS.c.kind == IncidentKind.INCIDENT.value)

    def open_ones_about(self, subjects: Collection[str], kind: IncidentKind) -> dict[str, IncidentId]:
        """Return, by subject, the newest open one of a kind."""
        found: dict[str, IncidentId] = {}
        for some in _pieces(subjects):
            asked = select(_INCIDENTS.c.about, _INCIDENTS.c.id).where(
                _INCIDENTS.c.about.in_(some),
                _INCIDENTS.c.is_open.is_(True),
                _INCIDENTS.c.kind == kind.value,
            )
            for about, incident in self._connection.execute(asked.order_by(_INCIDENTS.c.opened_at)):
                found[about] = IncidentId(incident)  # the newest comes last
        return found

    def of_alerts(self, keys: Collection[str]) -> dict[str, IncidentId]:
        """Return, by alert, the newest incident that it belongs to, an open one before others."""
        found: dict[str, IncidentId] = {}
        for some in _pieces(keys):
            asked = (
                select(_ALERTS.c.key, _ALERTS.c.incident)
                .join_from(_ALERTS, _INCIDENTS, _INCIDENTS.c.id == _ALERTS.c.incident)
                .where(_ALERTS.c.key.in_(some))
                .order_by(_INCIDENTS.c.is_open, _INCIDENTS.c.opened_at)
            )
            for key, incident in self._connection.execute(asked):
                found[key] = IncidentId(incident)  # the foremost comes last
        return found

    def link_alerts(self, incident: IncidentId, since: Mapping[str, datetime]) -> None:
        """Keep that alerts belong to an incident, which may have no room to name them."""
        rows = [{"key": key, "incident": incident, "at": at} for key, at in sorted(since.items())]
        put_all(self._connection, _ALERTS, rows, changing=())

    def every_open(self) -> list[Incident]:
        """Return open incidents and questions, oldest first."""
        return self._every(_INCIDENTS.c.is_open.is_(True))

    def newest(self, limit: int) -> list[Incident]:
        """Return incidents (no questions), newest first."""
        statement = (
            select(_INCIDENTS.c.document)
            .where(_INCIDENTS.c.kind == IncidentKind.INCIDENT.value)
            .order_by(_INCIDENTS.c.opened_at.desc())
            .limit(limit)
        )
        return [Incident.model_validate_json(found) for (found,) in self._connection.execute(statement)]

    def answered_before(self, before: datetime, most: int) -> list[Incident]:
        """Return questions that are closed, were asked before a moment and still name what they were answered
        from, oldest first.
        """
        statement = (
            select(_INCIDENTS.c.document)
            .where(
                _INCIDENTS.c.kind == IncidentKind.QUESTION.value,
                _INCIDENTS.c.state == IncidentState.CLOSED.value,
                _INCIDENTS.c.opened_at < before,
                ~_INCIDENTS.c.document.contains('"report":null'),
            )
            .order_by(_INCIDENTS.c.opened_at)
            .limit(most)
        )
        return [Incident.model_validate_json(found) for (found,) in self._connection.execute(statement)]

    def unfinished(self) -> list[Incident]:
        """Return everything whose story still goes on: not closed."""
        return self._every(_INCIDENTS.c.state != IncidentState.CLOSED.value)

    def judge(self, incident: IncidentId, judged: Judged, at: datetime) -> None:
        """Note whether the newest diagnosis was right; a later judgement replaces it."""
        row = {"confidence": judged.confidence, "was_right": judged.was_right, "at": at}
        put(self._connection, _JUDGED, {"incident": incident, **row})

    def judged(self) -> list[Judged]:
        """Return every judged diagnosis."""
        rows = self._connection.execute(select(_JUDGED.c.confidence, _JUDGED.c.was_right))
        return [Judged(float(confidence), bool(was_right)) for confidence, was_right in rows]

    def _first(self, *conditions: object, before: ColumnElement[bool]) -> Incident | None:
        in_order = (case((before, 0), else_=1), _INCIDENTS.c.opened_at.desc())
        statement = select(_INCIDENTS.c.document).order_by(*in_order).limit(1)
        for condition in conditions:
            statement = statement.where(condition)  # type: ignore[arg-type]  # a SQL expression
        found = self._connection.execute(statement).scalar()
        return None if found is None else Incident.model_validate_json(found)

    def _every(self, condition: object) -> list[Incident]:
        statement = select(_INCIDENTS.c.document).order_by(_INCIDENTS.c.opened_at)
        statement = statement.where(condition)  # type: ignore[arg-type]  # a SQL expression
        return [Incident.model_validate_json(found) for (found,) in self._connection.execute(statement)]


class SqlTimeline:
    """Implements `IncidentTimeline` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: TimelineEntry) -> bool:
        """Add a line; False when its key exists."""
        row = {"key": entry.key, "incident": entry.incident, "at": entry.at}
        return insert_once(self._connection, _TIMELINE, {**row, "document": entry.model_dump_json()})

    def add_all(self, entries: Sequence[TimelineEntry]) -> None:
        """Add lines in bulk; those whose key exists stay as they are."""
        rows = [
            {"key": one.key, "incident": one.incident, "at": one.at, "document": one.model_dump_json()}
            for one in entries
        ]
        put_all(self._connection, _TIMELINE, rows, changing=())

    def of(self, incident: IncidentId, limit: int = 500) -> list[TimelineEntry]:
        """Return the lines of an incident, oldest first; with a limit, the newest ones of them."""
        statement = (
            select(_TIMELINE.c.document)
            .where(_TIMELINE.c.incident == incident)
            .order_by(_TIMELINE.c.at.desc(), _TIMELINE.c.key.desc())
            .limit(limit)
        )
        found = [TimelineEntry.model_validate_json(row) for (row,) in self._connection.execute(statement)]
        return found[::-1]


def _pieces(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    for first in range(0, len(ordered), _NAMES_AT_ONCE):
        yield ordered[first : first + _NAMES_AT_ONCE]
