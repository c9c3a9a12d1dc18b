"""One transaction over all stores: what a decision reads and writes commits together or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

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
from domain.ports.signer import Signer
from storage.audit.audit_log import SqlAudit
from storage.engine import Database
from storage.prepared import execute_raw
from storage.sealing import Sealer
from storage.stores.alerts_store import SqlAlerts
from storage.stores.approvals_store import SqlApprovals
from storage.stores.articles_store import SqlArticleOutcomes, SqlArticles
from storage.stores.changes_store import SqlChanges, SqlFeeds
from storage.stores.discrepancies_store import SqlDiscrepancies
from storage.stores.fixes_store import SqlFixes, SqlPlans
from storage.stores.forecast_log import SqlForecastLog
from storage.stores.guards_store import SqlGuards, SqlOutcomes
from storage.stores.heard_store import SqlHeard
from storage.stores.inbox import SqlInbox
from storage.stores.incidents_store import SqlIncidents, SqlTimeline
from storage.stores.kept_cases_store import SqlKeptCases
from storage.stores.kept_files_store import SqlKeptFiles
from storage.stores.notices_store import SqlContacts, SqlNotices
from storage.stores.people_store import SqlLinkCodes, SqlPeople
from storage.stores.postings_store import SqlPostings
from storage.stores.publications_store import SqlPublications
from storage.stores.quality_store import SqlErrands, SqlQuality
from storage.stores.questions_store import SqlHints, SqlQuestions, SqlSources
from storage.stores.readings_store import SqlReadings
from storage.stores.row_cares_store import SqlRowCares
from storage.stores.runs_store import SqlRuns
from storage.stores.senders_store import SqlSenders
from storage.stores.sign_in_marks_store import SqlSignInMarks
from storage.stores.story_box import SqlStoryBox
from storage.stores.watched_feeds_store import SqlWatchedFeeds
from storage.stores.web_access_store import SqlApiKeys, SqlWebAccess
from storage.stores.words_store import SqlWords


class SqlUnitOfWork:
    """Implements `UnitOfWork` on one connection."""

    def __init__(self, connection: Connection, database: Database, signer: Signer, sealer: Sealer) -> None:
        postings, approvals = SqlPostings(connection), SqlApprovals(connection)
        self.sealed_people = SqlPeople(connection, sealer)
        self.people: people_stores.PeopleStore = self.sealed_people
        self.link_codes: people_stores.LinkCodeStore = SqlLinkCodes(connection)
        self.contacts: notice_stores.ContactStore = SqlContacts(connection)
        self.inbox: stores.InboxStore = SqlInbox(connection)
        self.postings: stores.PostingStore = postings
        self.posting_lookup: stores.PostingLookup = postings
        self.notices: notice_stores.NoticeStore = SqlNotices(connection)
        self.changes: stores.ChangeStore = SqlChanges(connection)
        self.feeds: stores.FeedStore = SqlFeeds(connection)
        self.approvals: stores.ApprovalStore = approvals
        self.approval_list: stores.ApprovalList = approvals
        self.incidents: incident_stores.IncidentStore = SqlIncidents(connection)
        self.timeline: incident_stores.IncidentTimeline = SqlTimeline(connection)
        self.kept_cases: incident_stores.KeptCaseStore = SqlKeptCases(connection)
        self.stories: stores.StoryBox = SqlStoryBox(connection)
        self.kept_files: stores.KeptFileStore = SqlKeptFiles(connection)
        self.sign_ins: web_access.WebAccessStore = SqlWebAccess(connection)
        self.api_keys: web_access.ApiKeyStore = SqlApiKeys(connection)
        self.sign_in_marks: web_access.SignInMarkStore = SqlSignInMarks(connection)
        self.fixes: fix_stores.FixStore = SqlFixes(connection)
        self.plans: fix_stores.PlanStore = SqlPlans(connection)
        self.guards: fix_stores.GuardStore = SqlGuards(connection)
        self.outcomes: fix_stores.OutcomeStore = SqlOutcomes(connection)
        self.articles: library.ArticleStore = SqlArticles(connection)
        self.article_outcomes: library.OutcomeStore = SqlArticleOutcomes(connection)
        self.questions: library.QuestionStore = SqlQuestions(connection)
        self.sources: library.SourceStore = SqlSources(connection)
        self.heard: library.HeardStore = SqlHeard(connection)
        self.hints: library.HintStore = SqlHints(connection)
        self.watched: watch_stores.WatchedFeedStore = SqlWatchedFeeds(connection)
        self.senders: watch_stores.SenderStore = SqlSenders(connection)
        self.readings: watch_stores.ReadingStore = SqlReadings(connection)
        self.runs: watch_stores.RunStore = SqlRuns(connection)
        self.alerts: watch_stores.AlertStore = SqlAlerts(connection)
        self.words: watch_stores.WordStore = SqlWords(connection)
        self.forecasts: watch_stores.ForecastLog = SqlForecastLog(connection)
        self.quality: row_stores.QualityStore = SqlQuality(connection)
        self.publications: row_stores.PublicationStore = SqlPublications(connection)
        self.row_cares: row_stores.RowCareStore = SqlRowCares(connection)
        self.errands: row_stores.ErrandStore = SqlErrands(connection)
        self.discrepancies: row_stores.DiscrepancyStore = SqlDiscrepancies(connection)
        self._chain = SqlAudit(connection, database.order_audit_writers, signer)
        self.audit: stores.AuditWriter = self._chain
        self._connection = connection
        self._database = database

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Open a part of the transaction that is rolled back alone when its block raises."""
        with self._database.translated():
            execute_raw(self._connection, "SAVEPOINT attempt")
        try:
            with self._database.translated():
                yield
        except BaseException:
            self._chain.forget_head()
            if not self._connection.invalidated:
                execute_raw(self._connection, "ROLLBACK TO SAVEPOINT attempt")
                execute_raw(self._connection, "RELEASE SAVEPOINT attempt")
            raise
        execute_raw(self._connection, "RELEASE SAVEPOINT attempt")


class SqlTransactions:
    """Opens transactions; the audit signer belongs to every one that writes."""

    def __init__(self, database: Database, signer: Signer, sealer: Sealer) -> None:
        self._database = database
        self._signer = signer
        self._sealer = sealer

    @contextmanager
    def writing(self) -> Iterator[SqlUnitOfWork]:
        """Yield the stores in a transaction that commits when the block ends well."""
        with self._database.writing() as connection:
            yield SqlUnitOfWork(connection, self._database, self._signer, self._sealer)

    @contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        """Yield the stores in a transaction that only reads."""
        with self._database.reading() as connection:
            yield SqlUnitOfWork(connection, self._database, self._signer, self._sealer)
