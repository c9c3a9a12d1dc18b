"""One file per table family; importing this package registers them all."""

from storage.tables import (
    approvals,
    articles,
    audit,
    calendars,
    changes,
    chat,
    conversations,
    incidents,
    notices,
    people,
    publications,
    remediation,
    stories,
    watch,
    web_access,
    web_chat,
)

__all__ = [
    "approvals",
    "articles",
    "audit",
    "calendars",
    "changes",
    "chat",
    "conversations",
    "incidents",
    "notices",
    "people",
    "publications",
    "remediation",
    "stories",
    "watch",
    "web_access",
    "web_chat",
]
