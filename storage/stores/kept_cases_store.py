"""The case of each incident's newest diagnosis in SQL, where it is backed up and kept with its incident."""

from sqlalchemy import Connection, delete, select

from domain.ids import IncidentId
from domain.ports.incident_stores import KeptCase
from storage.statements import put, table_of
from storage.tables.incidents import KeptCaseRow

_CASES = table_of(KeptCaseRow)


class SqlKeptCases:
    """Implements `KeptCaseStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, incident: IncidentId) -> KeptCase | None:
        """Return what is kept, None when nothing is."""
        statement = select(_CASES.c.number, _CASES.c.gathered_at, _CASES.c.content)
        row = self._connection.execute(statement.where(_CASES.c.incident == incident)).one_or_none()
        return None if row is None else KeptCase(incident, int(row[0]), row[1], bytes(row[2]))

    def keep(self, kept: KeptCase) -> None:
        """Keep a case in place of the incident's former one."""
        row = {"number": kept.number, "gathered_at": kept.gathered_at, "content": kept.content}
        put(self._connection, _CASES, {"incident": kept.incident, **row})

    def forget(self, incident: IncidentId) -> None:
        """Let the case of an incident go."""
        self._connection.execute(delete(_CASES).where(_CASES.c.incident == incident))
