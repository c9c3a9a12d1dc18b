"""Days of feeds that were released to readers or are held back from them, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from domain.data_quality.publications import Publication
from domain.errands import DeliveryState
from domain.ids import FeedName
from storage.statements import put, table_of
from storage.tables.publications import PublicationRow

_ROWS = table_of(PublicationRow)


class SqlPublications:
    """Implements `PublicationStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Publication | None:
        """Return it, locked for this transaction, or None."""
        statement = select(_ROWS.c.document).where(_ROWS.c.id == name).with_for_update()
        document = self._connection.execute(statement).scalar()
        return None if document is None else Publication.model_validate_json(document)

    def save(self, one: Publication) -> None:
        """Add or replace it."""
        put(
            self._connection,
            _ROWS,
            {
                "id": one.id,
                "feed": one.feed,
                "business_date": one.business_date,
                "state": one.state.value,
                "at": one.at,
                "document": one.model_dump_json(),
            },
        )

    def held(self) -> list[Publication]:
        """Return all that are held back, oldest first."""
        is_held = _ROWS.c.state == DeliveryState.HELD.value
        rows = self._connection.execute(select(_ROWS.c.document).where(is_held).order_by(_ROWS.c.at))
        return [Publication.model_validate_json(document) for (document,) in rows]

    def held_days(self) -> dict[FeedName, tuple[str, ...]]:
        """Return the days of feeds that are held back, oldest first."""
        is_held = _ROWS.c.state == DeliveryState.HELD.value
        days = select(_ROWS.c.feed, _ROWS.c.business_date).where(is_held).order_by(_ROWS.c.business_date)
        found: dict[FeedName, tuple[str, ...]] = {}
        for feed, day in self._connection.execute(days):
            found[FeedName(feed)] = (*found.get(FeedName(feed), ()), day)
        return found

    def kept_out(self, since: str) -> list[Publication]:
        """Return those from a day on that are held back or were refused, oldest first."""
        is_out = _ROWS.c.state != DeliveryState.RELEASED.value
        asked = select(_ROWS.c.document).where(is_out, _ROWS.c.business_date >= since).order_by(_ROWS.c.at)
        return [Publication.model_validate_json(document) for (document,) in self._connection.execute(asked)]

    def forget_before(self, moment: datetime) -> int:
        """Remove what was decided before a moment; return how many."""
        decided = (_ROWS.c.state != DeliveryState.HELD.value) & (_ROWS.c.at < moment)
        return self._connection.execute(delete(_ROWS).where(decided)).rowcount
