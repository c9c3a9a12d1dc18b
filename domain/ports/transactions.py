"""One transaction over all stores: everything a decision reads and writes commits together or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from domain.ports import (
    fix_stores,
    incident_stores,
    library,
    notice_stores,
    people_stores,
    row_stores,
    stores,
    watch_stores,
    web_access,
)


class UnitOfWork(Protocol):
    """One transaction over all stores."""

    people: people_stores.PeopleStore
    link_codes: people_stores.LinkCodeStore
    contacts: notice_stores.ContactStore
    inbox: stores.InboxStore
    postings: stores.PostingStore
    posting_lookup: stores.PostingLookup
    notices: notice_stores.NoticeStore
    changes: stores.ChangeStore
    feeds: stores.FeedStore
    approvals: stores.ApprovalStore
    approval_list: stores.ApprovalList
    incidents: incident_stores.IncidentStore
    timeline: incident_stores.IncidentTimeline
    kept_cases: incident_stores.KeptCaseStore
    stories: stores.StoryBox
    kept_files: stores.KeptFileStore
    fixes: fix_stores.FixStore
    plans: fix_stores.PlanStore
    guards: fix_stores.GuardStore
    outcomes: fix_stores.OutcomeStore
    audit: stores.AuditWriter
    articles: library.ArticleStore
    article_outcomes: library.OutcomeStore
    questions: library.QuestionStore
    sources: library.SourceStore
    heard: library.HeardStore
    hints: library.HintStore
    sign_ins: web_access.WebAccessStore
    api_keys: web_access.ApiKeyStore
    sign_in_marks: web_access.SignInMarkStore

    watched: watch_stores.WatchedFeedStore
    senders: watch_stores.SenderStore
    readings: watch_stores.ReadingStore
    runs: watch_stores.RunStore
    alerts: watch_stores.AlertStore
    words: watch_stores.WordStore
    forecasts: watch_stores.ForecastLog
    quality: row_stores.QualityStore
    publications: row_stores.PublicationStore
    row_cares: row_stores.RowCareStore
    errands: row_stores.ErrandStore
    discrepancies: row_stores.DiscrepancyStore

    def attempt(self) -> AbstractContextManager[None]:
        """Open a part of the transaction that is rolled back alone when its block raises."""
        ...


Opening = Callable[[], AbstractContextManager[UnitOfWork]]
"""Opens a transaction that commits when the block ends well and rolls back when it raises."""
