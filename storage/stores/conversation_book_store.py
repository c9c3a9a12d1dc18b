"""Teams conversations and open dialogs in SQL."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from domain.ports.clock import Clock
from domain.ports.conversation_book import Conversation
from storage.engine import Database
from storage.statements import insert_once, put, table_of
from storage.tables.conversations import ConversationRow, OpenDialogRow

_CONVERSATIONS = table_of(ConversationRow)
_DIALOGS = table_of(OpenDialogRow)
# Longer than the token of a dialog's button lives.
_DIALOG_LIFE = timedelta(days=8)


class SqlConversationBook:
    """Implements `ConversationBook`; every call is a transaction of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def remember(self, conversation: Conversation) -> None:
        """Add a conversation, or replace what is known of it."""
        values = {**conversation.model_dump(), "heard_at": self._clock.now()}
        with self._database.writing() as connection:
            if not conversation.person and not insert_once(connection, _CONVERSATIONS, values):
                # An event without a sender must not make us forget whose personal chat this is.
                this = (
                    _CONVERSATIONS.c.tenant == conversation.tenant,
                    _CONVERSATIONS.c.id == conversation.id,
                )
                known = {name: values[name] for name in ("kind", "service_url", "heard_at")}
                connection.execute(update(_CONVERSATIONS).where(*this).values(**known))
            elif conversation.person:
                put(connection, _CONVERSATIONS, values)

    def find(self, tenant: str, conversation: str) -> Conversation | None:
        """Return the conversation of that id, or None."""
        wanted = select(_CONVERSATIONS).where(
            _CONVERSATIONS.c.tenant == tenant, _CONVERSATIONS.c.id == conversation
        )
        with self._database.reading() as connection:
            return _conversation(connection.execute(wanted).one_or_none())

    def personal(self, tenant: str, person: str) -> Conversation | None:
        """Return the newest personal chat with a person, or None."""
        mine = (_CONVERSATIONS.c.tenant == tenant, _CONVERSATIONS.c.person == person)
        wanted = select(_CONVERSATIONS).where(*mine).order_by(_CONVERSATIONS.c.heard_at.desc()).limit(1)
        with self._database.reading() as connection:
            return _conversation(connection.execute(wanted).one_or_none())

    def keep_dialog(self, key: str, dialog: str) -> None:
        """Keep a dialog as JSON; those whose buttons have expired are forgotten."""
        now = self._clock.now()
        with self._database.writing() as connection:
            put(connection, _DIALOGS, {"key": key, "document": dialog, "asked_at": now})
            connection.execute(delete(_DIALOGS).where(_DIALOGS.c.asked_at < now - _DIALOG_LIFE))

    def find_dialog(self, key: str) -> str | None:
        """Return the dialog of that key, or None."""
        with self._database.reading() as connection:
            return connection.execute(select(_DIALOGS.c.document).where(_DIALOGS.c.key == key)).scalar()


def _conversation(row: Row[Any] | None) -> Conversation | None:
    if row is None:
        return None
    return Conversation(
        tenant=row.tenant, id=row.id, kind=row.kind, service_url=row.service_url, person=row.person
    )
