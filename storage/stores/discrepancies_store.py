"""Differences of feeds and their sources that people are told of, in SQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from domain.data_quality.discrepancies import Discrepancy
from domain.errors import NotFound
from storage.statements import put, table_of
from storage.tables.rows import DiscrepancyRow

_ROWS = table_of(DiscrepancyRow)


class SqlDiscrepancies:
    """Implements `DiscrepancyStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Discrepancy:
        """Return it, locked for this transaction; raises `NotFound`."""
        statement = select(_ROWS.c.document).where(_ROWS.c.id == name).with_for_update()
        document = self._connection.execute(statement).scalar()
        if document is None:
            raise NotFound(f"discrepancy {name}", say="I don't know that difference any more.")
        return Discrepancy.model_validate_json(document)

    def save(self, one: Discrepancy) -> None:
        """Add or replace it."""
        put(
            self._connection,
            _ROWS,
            {
                "id": one.id,
                "feed": one.feed,
                "is_open": one.is_open,
                "opened_at": one.opened_at,
                "document": one.model_dump_json(),
            },
        )

    def open_of(self, feed: str) -> Discrepancy | None:
        """Return the open one of a feed, locked for this transaction, or None."""
        is_it = (_ROWS.c.feed == feed) & _ROWS.c.is_open.is_(True)
        document = self._connection.execute(select(_ROWS.c.document).where(is_it).with_for_update()).scalar()
        return None if document is None else Discrepancy.model_validate_json(document)

    def every_open(self) -> list[Discrepancy]:
        """Return all open ones, oldest first."""
        rows = self._connection.execute(
            select(_ROWS.c.document).where(_ROWS.c.is_open.is_(True)).order_by(_ROWS.c.opened_at)
        )
        return [Discrepancy.model_validate_json(document) for (document,) in rows]

    def of_names(self, names: Sequence[str]) -> list[Discrepancy]:
        """Return those of the names that are known."""
        rows = self._connection.execute(select(_ROWS.c.document).where(_ROWS.c.id.in_(names)))
        return [Discrepancy.model_validate_json(document) for (document,) in rows]
