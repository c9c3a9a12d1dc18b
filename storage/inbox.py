"""Acts taken from the doors: kept before they are acknowledged, done in the transaction that does them."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from domain.chat import Account, Incoming
from storage.statements import insert_once, table_of
from storage.tables.chat import InboxRow

_INBOX = table_of(InboxRow)


class SqlInbox:
    """Implements `InboxStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accept(self, incoming: Incoming) -> bool:
        """Keep the act; False when its key was kept before."""
        return insert_once(
            self._connection,
            _INBOX,
            {
                "key": incoming.key,
                "platform": incoming.account.platform.value,
                "workspace": incoming.account.workspace,
                "account": incoming.account.user,
                "kept_at": incoming.at,
                "done_at": None,
                "document": incoming.model_dump_json(),
            },
        )

    def is_done(self, key: str) -> bool:
        """Return whether the act's work is committed."""
        return (
            self._connection.execute(select(_INBOX.c.done_at).where(_INBOX.c.key == key)).scalar() is not None
        )

    def finish(self, key: str, now: datetime) -> None:
        """Mark the act done, in the transaction that did it."""
        self._connection.execute(update(_INBOX).where(_INBOX.c.key == key).values(done_at=now))

    def unfinished(self, before: datetime, limit: int) -> list[Incoming]:
        """Return acts kept before a moment whose work is not committed, oldest first."""
        rows = self._connection.execute(
            select(_INBOX.c.document)
            .where(_INBOX.c.done_at.is_(None), _INBOX.c.kept_at < before)
            .order_by(_INBOX.c.kept_at)
            .limit(limit)
        )
        return [Incoming.model_validate_json(document) for (document,) in rows]

    def count_recent(self, account: Account, since: datetime) -> int:
        """Return how many acts of the account were kept since a moment."""
        statement = select(func.count()).where(
            _INBOX.c.platform == account.platform.value,
            _INBOX.c.workspace == account.workspace,
            _INBOX.c.account == account.user,
            _INBOX.c.kept_at >= since,
        )
        return int(self._connection.execute(statement).scalar_one())
