"""In whose hands troubles of rows are, in SQL."""

from sqlalchemy import Connection, select

from domain.row_care import RowCare
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
