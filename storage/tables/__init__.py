"""One file per table family; importing this package registers them all."""

from storage.tables import (
    approvals,
    audit,
    changes,
    chat,
    conversations,
    people,
    stories,
    web_access,
    web_chat,
)

__all__ = [
    "approvals",
    "audit",
    "changes",
    "chat",
    "conversations",
    "people",
    "stories",
    "web_access",
    "web_chat",
]
