"""What was said in a thread, as far as we were part of it, read from the acts that doors kept."""

from sqlalchemy import Connection, select

from domain.identity.chat import Incoming, IncomingKind, Place
from storage.statements import table_of
from storage.tables.chat import InboxRow

_INBOX = table_of(InboxRow)
_MOST = 300


class SqlHeard:
    """Implements `HeardStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def in_thread(self, place: Place) -> list[tuple[str, str]]:
        """Return who said what in the thread, its first message included, oldest first."""
        if not place.thread:
            return []
        rows = self._connection.execute(
            select(_INBOX.c.document)
            .where(
                _INBOX.c.platform == place.platform.value,
                _INBOX.c.workspace == place.workspace,
                _INBOX.c.thread == place.thread,
            )
            .order_by(_INBOX.c.kept_at)
            .limit(_MOST)
        )
        acts = [Incoming.model_validate_json(document) for (document,) in rows]
        return [
            (act.display_name, act.text)
            for act in acts
            if act.kind is IncomingKind.MESSAGE and act.place.channel == place.channel
        ]
