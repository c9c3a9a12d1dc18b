"""The library in the transaction: articles, what people did with them, questions, sources."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from domain.identity.chat import Place
from domain.ids import ArticleId
from domain.knowledge.articles import ArticleState, Outcome
from domain.knowledge.library import ArticleEntry, AskedQuestion, KnowledgeSource, Related, Tally


class ArticleStore(Protocol):
    """Articles and their versions."""

    def get(self, article: ArticleId) -> ArticleEntry:
        """Return the article, locked for this transaction; raises `NotFound`."""
        ...

    def find(self, article: ArticleId) -> ArticleEntry | None:
        """Return the article, or None."""
        ...

    def save(self, entry: ArticleEntry, *, expected: int | None = None) -> ArticleEntry:
        """Keep a new version and return it as kept.

        Raises:
            NotNow: `expected` is the version that was read, and somebody saved another one meanwhile.
        """
        ...

    def in_states(self, states: Collection[ArticleState], limit: int) -> list[ArticleEntry]:
        """Return articles in these states, newest change first."""
        ...

    def changed_after(self, change: int, limit: int) -> list[ArticleEntry]:
        """Return articles whose newest change came after a place in the order, oldest change first."""
        ...

    def of_source(self, source: str) -> list[ArticleEntry]:
        """Return what was read from a source, in any state."""
        ...


class OutcomeStore(Protocol):
    """What people did with articles."""

    def add(self, key: str, outcome: Outcome) -> bool:
        """Keep it; False when that key was kept before."""
        ...

    def after(self, number: int, limit: int) -> list[tuple[int, Outcome]]:
        """Return outcomes kept after a number with their numbers, oldest first."""
        ...

    def tallies(self, articles: Iterable[ArticleId]) -> Mapping[ArticleId, Tally]:
        """Return what people said of each article."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove that articles were shown or opened before a moment; what people said stays."""
        ...


class QuestionStore(Protocol):
    """What was asked, and what we answered."""

    def get(self, question: str) -> AskedQuestion:
        """Return the question; raises `NotFound`."""
        ...

    def save(self, question: AskedQuestion) -> None:
        """Add or replace a question."""
        ...

    def in_thread(self, place: Place, limit: int) -> list[AskedQuestion]:
        """Return the newest questions of a thread, oldest of them first."""
        ...

    def recent(self, since: datetime, limit: int) -> list[AskedQuestion]:
        """Return what was asked since a moment, newest first."""
        ...

    def unanswered(self, limit: int) -> list[AskedQuestion]:
        """Return questions that got no answer or a wrong one, newest first."""
        ...

    def mark_wrong(self, question: str) -> None:
        """Count a question among the unanswered ones: its answer was said to be wrong."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove questions from before a moment; return how many."""
        ...


class HintStore(Protocol):
    """What the library knows beside alerts and incidents; written by the library, read by their cards."""

    def find(self, subject: str) -> Related | None:
        """Return what was found for a subject, None before anything was looked for."""
        ...

    def save(self, subject: str, related: Related) -> None:
        """Add or replace what was found."""
        ...


class HeardStore(Protocol):
    """What was said where we listened."""

    def in_thread(self, place: Place) -> list[tuple[str, str]]:
        """Return who said what in a thread, its first message included, oldest first."""
        ...


class SourceStore(Protocol):
    """Where documents are read from."""

    def get(self, source: str) -> KnowledgeSource:
        """Return the source, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, source: KnowledgeSource) -> None:
        """Add or replace a source."""
        ...

    def every(self) -> list[KnowledgeSource]:
        """Return all sources, by name."""
        ...
