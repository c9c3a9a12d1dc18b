"""Configuration changes and merged feeds in SQL."""

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select

from domain.configuration.changes import ChangeState, ConfigChange, FeedEntry
from domain.errors import NotFound
from domain.ids import RequestId
from storage.documents import reader_of
from storage.feed_documents import entry_of
from storage.prepared import Prepared
from storage.statements import put, table_of
from storage.tables.changes import ChangeRow, FeedRow

_CHANGES = table_of(ChangeRow)
_FEEDS = table_of(FeedRow)
_read = reader_of(ConfigChange)
_ONE = Prepared(
    lambda _: select(_CHANGES.c.document).where(_CHANGES.c.id == bindparam("change")).with_for_update()
)


class SqlChanges:
    """Implements `ChangeStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, change: RequestId) -> ConfigChange:
        """Return the change, locked for this transaction; raises `NotFound`."""
        row = _ONE.scalar(self._connection, change=change)
        if row is None:
            raise NotFound(f"change {change}", say="I don't know that change any more.")
        return _read(row)

    def save(self, change: ConfigChange) -> None:
        """Add or replace a change."""
        put(
            self._connection,
            _CHANGES,
            {
                "id": change.id,
                "state": change.state.value,
                "is_open": change.is_open,
                "feed": change.feed,
                "sample_hash": change.sample_hash,
                "opened_at": change.opened_at,
                "document": change.model_dump_json(),
            },
        )

    def find_open_by_sample(self, sample_hash: str) -> ConfigChange | None:
        """Return the open change that the same bytes began, or None."""
        found = self._every(_CHANGES.c.sample_hash == sample_hash, _CHANGES.c.is_open.is_(True))
        return found[0] if found else None

    def every_open(self) -> list[ConfigChange]:
        """Return all open changes, oldest first."""
        return self._every(_CHANGES.c.is_open.is_(True))

    def of_feed(self, feed: str, limit: int) -> list[ConfigChange]:
        """Return changes of a feed, newest first."""
        return self._newest(_CHANGES.c.feed == feed, limit)

    def newest_merged(self, limit: int) -> list[ConfigChange]:
        """Return merged changes of all feeds, the one that was begun last first."""
        return self._newest(_CHANGES.c.state == ChangeState.MERGED.value, limit)

    def _newest(self, condition: ColumnElement[bool], limit: int) -> list[ConfigChange]:
        newest = _CHANGES.c.opened_at.desc()
        rows = self._connection.execute(
            select(_CHANGES.c.document).where(condition).order_by(newest).limit(limit)
        )
        return [ConfigChange.model_validate_json(document) for (document,) in rows]

    def _every(self, *conditions: object) -> list[ConfigChange]:
        statement = select(_CHANGES.c.document).order_by(_CHANGES.c.opened_at)
        for condition in conditions:
            statement = statement.where(condition)  # type: ignore[arg-type]  # a SQL expression
        return [
            ConfigChange.model_validate_json(document) for (document,) in self._connection.execute(statement)
        ]


class SqlFeeds:
    """Implements `FeedStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, feed: FeedEntry) -> None:
        """Add or replace a feed."""
        put(self._connection, _FEEDS, {"name": feed.name, "document": feed.model_dump_json()})

    def find(self, name: str) -> FeedEntry | None:
        """Return the feed, or None."""
        row = self._connection.execute(select(_FEEDS.c.document).where(_FEEDS.c.name == name)).scalar()
        return None if row is None else entry_of(row)

    def every(self) -> list[FeedEntry]:
        """Return all feeds, by name."""
        rows = self._connection.execute(select(_FEEDS.c.document).order_by(_FEEDS.c.name))
        return [entry_of(document) for (document,) in rows]

    def remove(self, name: str) -> None:
        """Forget a feed whose configuration was reverted away."""
        self._connection.execute(delete(_FEEDS).where(_FEEDS.c.name == name))
