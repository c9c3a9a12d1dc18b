"""Where Teams may be written to: conversations that let us in, and questions that are still open there."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class Conversation(BaseModel):
    """A conversation on Teams that we may write to at any time."""

    model_config = ConfigDict(frozen=True)

    tenant: str = Field(min_length=1, max_length=200)
    id: str = Field(min_length=1, max_length=300)
    """Without the thread: what stands before `;messageid=`."""
    kind: str
    """`personal`, `groupChat` or `channel`, as Teams says it."""
    service_url: str
    person: str = ""
    """Entra object id of the one person of a personal chat."""


class ConversationBook(Protocol):
    """Remembers conversations and open dialogs. Calls block; doors make them in a thread."""

    def remember(self, conversation: Conversation) -> None:
        """Add a conversation, or replace what is known of it."""
        ...

    def find(self, tenant: str, conversation: str) -> Conversation | None:
        """Return the conversation of that id, or None."""
        ...

    def personal(self, tenant: str, person: str) -> Conversation | None:
        """Return the newest personal chat with a person, or None."""
        ...

    def keep_dialog(self, key: str, dialog: str) -> None:
        """Keep a dialog as JSON, so that it can be drawn again with errors; older ones may be forgotten."""
        ...

    def find_dialog(self, key: str) -> str | None:
        """Return the dialog of that key, or None."""
        ...
