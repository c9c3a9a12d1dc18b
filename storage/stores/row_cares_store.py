"""In whose hands troubles of rows are, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from domain.data_quality.row_care import RowCare
from storage.statements import put, table_of
from storage.tables.row_cares import RowCareRow

_ROWS = table_of(RowCareRow)


class SqlRowCares:
    """Implements `RowCareStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, subject: str) -> RowCare | None:
        """Return it, locked for this transaction, or None."""
        statement = select(_ROWS.c.document).where(_ROWS.c.subject == subject).with_for_update()
        document = self._connection.execute(statement).scalar()
        return None if document is None else RowCare.model_validate_json(document)

    def save(self, care: RowCare) -> None:
        """Add or replace it."""
        put(
            self._connection,
            _ROWS,
            {
                "subject": care.subject,
                "is_open": care.closed_at is None,
                "document": care.model_dump_json(),
            },
        )

    def every_open(self) -> list[RowCare]:
        """Return those whose trouble is not known to be over, locked for this transaction."""
        statement = select(_ROWS.c.document).where(_ROWS.c.is_open.is_(True)).with_for_update()
        rows = self._connection.execute(statement.order_by(_ROWS.c.subject))
        return [RowCare.model_validate_json(document) for (document,) in rows]

    def seen_open(self) -> list[RowCare]:
        """Return the same, as somebody else may be changing them."""
        statement = select(_ROWS.c.document).where(_ROWS.c.is_open.is_(True)).order_by(_ROWS.c.subject)
        rows = self._connection.execute(statement)
        return [RowCare.model_validate_json(document) for (document,) in rows]

    def forget_closed_before(self, moment: datetime) -> int:
        """Remove those whose trouble was over before a moment; return how many."""
        asked = select(_ROWS.c.document).where(_ROWS.c.is_open.is_(False))
        closed = [RowCare.model_validate_json(document) for (document,) in self._connection.execute(asked)]
        old = [one.subject for one in closed if one.closed_at is not None and one.closed_at < moment]
        for subject in old:
            self._connection.execute(delete(_ROWS).where(_ROWS.c.subject == subject))
        return len(old)
