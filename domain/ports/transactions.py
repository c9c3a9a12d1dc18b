"""One transaction over all stores: everything a decision reads and writes commits together or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from domain.ports import stores, web_access


class UnitOfWork(Protocol):
    """One transaction over all stores."""

    people: stores.PeopleStore
    link_codes: stores.LinkCodeStore
    inbox: stores.InboxStore
    postings: stores.PostingStore
    posting_lookup: stores.PostingLookup
    changes: stores.ChangeStore
    feeds: stores.FeedStore
    approvals: stores.ApprovalStore
    approval_list: stores.ApprovalList
    incidents: incident_stores.IncidentStore
    timeline: incident_stores.IncidentTimeline
    stories: stores.StoryBox
    audit: stores.AuditWriter
    web_access: web_access.WebAccessStore
    api_keys: web_access.ApiKeyStore

    def attempt(self) -> AbstractContextManager[None]:
        """Open a part of the transaction that is rolled back alone when its block raises."""
        ...


Opening = Callable[[], AbstractContextManager[UnitOfWork]]
"""Opens a transaction that commits when the block ends well and rolls back when it raises."""
