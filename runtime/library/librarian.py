"""Reads documents into the library: one source at a time, resumable, its card kept up to date."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

from domain.errors import DogwatchError
from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleState
from domain.knowledge.library import MOST_NAMED, ArticleEntry, KnowledgeSource, SourceKind, SyncState, new_id
from domain.ports.clock import Clock
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.text.machine_orders import flags_of
from knowledge.ingestion.reading import Document, read_document
from knowledge.twins import fingerprint
from runtime.library.confined_documents import parsed_in_child
from runtime.library.places import Found, Unread, dated
from runtime.steady import SteadyThread
from storage.unit_of_work import SqlTransactions

log = logging.getLogger("dogwatch.librarian")

_LOOK_SECONDS = 1.0
_SHOW_EVERY = 5
_AGAIN_AFTER = timedelta(hours=6)
_OVER = SyncState.DISCONNECTED
_OUR_FAULT = "Reading it went wrong on my side; my log says what happened."
_EMPTY = "It holds no document any more, so I kept what I had read. Is its folder mounted?"
Count = Callable[[KnowledgeSource], int]
Files = Callable[[KnowledgeSource], Iterator[Found | Unread]]


class Librarian:
    """Works through sources that wait, in a thread of its own.

    Args:
        transactions: Where sources and articles are.
        files: Reads a source's place.
        clock: The time.
        count: Tells how many files a source's place holds, 0 where that is not known before they are read.
    """

    def __init__(
        self, transactions: SqlTransactions, files: Files, clock: Clock, count: Count = lambda source: 0
    ) -> None:
        self._transactions = transactions
        self._count = count
        self._files = files
        self._clock = clock
        self._thread = SteadyThread("librarian", self._look, _LOOK_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the document under way; the rest is read after the next start."""
        self._thread.stop()

    def _look(self) -> None:
        source = self._next()
        if source is not None:
            self.read(source)

    def _next(self) -> KnowledgeSource | None:
        with self._transactions.reading() as uow:
            known = uow.sources.every()
        waiting = [one for one in known if one.state in (SyncState.WAITING, SyncState.READING)]
        if waiting:
            return waiting[0]
        before = self._clock.now() - _AGAIN_AFTER
        again = [o for o in known if o.kind is not SourceKind.UPLOAD and o.state is not _OVER]
        old = [o for o in again if o.synced_at and o.synced_at < before]
        return old[0] if old else None

    def read(self, source: KnowledgeSource) -> None:
        """Read everything of a source that changed, and say what came of it."""
        with self._transactions.reading() as uow:
            before = {entry.article.path: entry for entry in uow.articles.of_source(source.id)}
        reading = _Reading(source.model_copy(update=_FRESH), before)
        try:
            reading.source = reading.source.model_copy(update={"total": self._count(source) or source.total})
            self._show(reading, SyncState.READING, "")
            for number, found in enumerate(self._files(source), 1):
                if self._thread.is_over:
                    return
                self._one(reading, found)
                reading.done = number
                if number % _SHOW_EVERY == 0:
                    self._show(reading, SyncState.READING, "")
        except DogwatchError as error:
            self._show(reading, SyncState.FAILED, error.sentence())
            return
        except Exception:  # a border: a source that can't be read must not keep the others waiting
            log.exception("source %s can't be read", source.id)
            self._show(reading, SyncState.FAILED, _OUR_FAULT)
            return
        for document in reading.moved():
            self._take(reading, document.name, document, None)
        if source.kind is not SourceKind.UPLOAD:
            if reading.is_suddenly_empty():
                self._show(reading, SyncState.FAILED, _EMPTY)
                return
            self._retire_gone(reading)
        self._show(reading, SyncState.DONE, reading.summary())

    def _one(self, reading: "_Reading", found: Found | Unread) -> None:
        reading.seen.add(found.name)
        if isinstance(found, Unread):
            reading.refused.append((found.name, found.say))
            return
        known = reading.before.get(found.name)
        digest = hashlib.sha256(found.content).hexdigest()
        if known is not None and known.content_hash == digest:
            reading.same += 1
            reading.note(known)
            return
        try:
            document = dated(
                read_document(found.name, found.content, parsed_in_child), found, self._clock.now()
            )
        except DogwatchError as error:
            reading.refused.append((found.name, error.sentence()))
            return
        if not reading.may_have_moved(document, known):
            self._take(reading, found.name, document, known)

    def _take(self, reading: "_Reading", name: str, document: Document, known: ArticleEntry | None) -> None:
        if reading.is_copy(document):
            reading.copies.append(name)
            return
        self._keep(reading, name, document, known)

    def _keep(self, reading: "_Reading", name: str, document: Document, known: ArticleEntry | None) -> None:
        source = reading.source
        flags = flags_of(document.title, document.text)
        flagged = bool(flags)
        published = source.publishes and not flagged
        article = Article(
            id=ArticleId(new_id("d", source.id, name)),
            title=document.title,
            text=document.text,
            kind=source.article_kind,
            state=ArticleState.PUBLISHED if published else ArticleState.DRAFT,
            owner=source.owner,
            alerts=document.alerts,
            services=document.services,
            feeds=document.feeds,
            source=source.kind.value,
            path=name,
            updated_at=document.changed_at or self._clock.now(),
            readers=source.readers,
        )
        entry = ArticleEntry(
            article=article, source=source.id, content_hash=document.sha256, flags=flags, sentence="Synced."
        )
        with self._transactions.writing() as uow:
            if uow.sources.get(source.id).state is _OVER:
                return
            kept = uow.articles.save(entry)
            self._record(uow, kept.subject, "changed" if known else "added", source)
        (reading.changed if known else reading.added).append(document.title[:120])
        if flagged:
            reading.flagged.append(document.title[:120])

    def _retire_gone(self, reading: "_Reading") -> None:
        for name, entry in reading.before.items():
            if name in reading.seen or entry.article.state is ArticleState.RETIRED:
                continue
            article = entry.article.model_copy(update={"state": ArticleState.RETIRED})
            gone = entry.model_copy(
                update={"article": article, "content_hash": "", "sentence": "Gone from its source."}
            )
            with self._transactions.writing() as uow:
                uow.articles.save(gone)
                self._record(uow, entry.subject, "gone", reading.source)
            reading.gone.append(entry.article.title[:120])

    def _show(self, reading: "_Reading", state: SyncState, sentence: str) -> None:
        now = self._clock.now()
        with self._transactions.writing() as uow:
            newest = uow.sources.get(reading.source.id)
            if newest.state is _OVER:
                return
            # Somebody may have wished for another sync meanwhile: then it waits again.
            again = newest.asked > reading.source.asked and state is not SyncState.READING
            uow.sources.save(
                reading.source.model_copy(
                    update={
                        "asked": newest.asked,
                        "state": SyncState.WAITING if again else state,
                        "done": reading.done,
                        "total": max(reading.source.total, reading.done),
                        "added": tuple(reading.added[:MOST_NAMED]),
                        "changed": tuple(reading.changed[:MOST_NAMED]),
                        "gone": tuple(reading.gone[:MOST_NAMED]),
                        "copies": tuple(reading.copies[:MOST_NAMED]),
                        "refused": tuple(reading.refused[:MOST_NAMED]),
                        "flagged": tuple(reading.flagged[:MOST_NAMED]),
                        "sentence": sentence,
                        "synced_at": None if state is SyncState.READING else now,
                    }
                )
            )
            uow.postings.refresh(reading.source.subject, now)

    def _record(self, uow: UnitOfWork, subject: str, did: str, source: KnowledgeSource) -> None:
        facts = {"did": did, "source": source.id}
        uow.audit.append(
            AuditEntry(
                at=self._clock.now(),
                act=AuditAct.ARTICLE_CHANGED,
                actor="dogwatch",
                subject=subject[:200],
                facts=facts,
            )
        )


_FRESH: dict[str, object] = {
    "added": (), "changed": (), "gone": (), "copies": (), "refused": (), "flagged": (),
}  # fmt: skip


def _is_here(entry: ArticleEntry) -> bool:
    return entry.article.state is not ArticleState.RETIRED


class _Reading:
    """What one reading of a source brought so far."""

    def __init__(self, source: KnowledgeSource, before: dict[str, ArticleEntry]) -> None:
        self.source = source
        self.before = before
        self.seen: set[str] = set()
        self.done = 0
        self.same = 0
        self.added: list[str] = []
        self.changed: list[str] = []
        self.gone: list[str] = []
        self.copies: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.flagged: list[str] = []
        self._texts: dict[str, str] = {}
        """Text to the name under which it came in this reading."""
        self._before = {
            fingerprint(entry.article.text): entry.article.path
            for entry in before.values()
            if _is_here(entry)
        }
        self._waiting: list[Document] = []

    def note(self, entry: ArticleEntry) -> None:
        """Remember the text of a file that did not change."""
        self._texts.setdefault(fingerprint(entry.article.text), entry.article.path)

    def may_have_moved(self, document: Document, known: ArticleEntry | None) -> bool:
        """Say whether a new file's text was read before under a name that has not come yet; it waits then."""
        before = self._before.get(fingerprint(document.text), document.name)
        waits = known is None and before != document.name and before not in self.seen
        if waits:
            self._waiting.append(document)
        return waits

    def moved(self) -> Iterator[Document]:
        """Yield, when all have come, what waited: a file that was only renamed, or else a copy."""
        for document in self._waiting:
            former = self._before[fingerprint(document.text)]
            if former in self.seen:
                self._texts.setdefault(fingerprint(document.text), former)
            yield document

    def is_copy(self, document: Document) -> bool:
        """Say whether the same text came under another name; remember it otherwise."""
        return self._texts.setdefault(fingerprint(document.text), document.name) != document.name

    def is_suddenly_empty(self) -> bool:
        """Say whether nothing came where there were documents: more likely a lost mount than a clean-up."""
        return not self.seen and any(_is_here(entry) for entry in self.before.values())

    def summary(self) -> str:
        """Return what came of it in one sentence."""
        parts = [
            f"{len(found)} {word}"
            for found, word in (
                (self.added, "new"),
                (self.changed, "changed"),
                (self.gone, "gone"),
                (self.copies, "copies left out"),
                (self.refused, "refused"),
            )
            if found
        ]
        if self.same:
            parts.append(f"{self.same} unchanged")
        return ", ".join(parts) + "." if parts else "Nothing to read."
