"""What doors, stories and engines may ask of the knowledge base."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.articles import Answer, Article, DraftProposal, Hit, Outcome, Query, Reader, ResolvedIncident
from domain.ids import ArticleId


class KnowledgeBase(Protocol):
    """Search and answers, limited to what the reader and the channel may read."""

    def answer(self, question: str, reader: Reader, *, earlier: Sequence[str] = ()) -> Answer:
        """Return a cited answer or "I don't know"; `earlier` are the thread's questions, oldest first."""
        ...

    def search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        """Return the best articles, best first."""
        ...

    def index(self, articles: Iterable[Article]) -> int:
        """Index what is new or changed; returns how many articles were."""
        ...

    def remove(self, articles: Iterable[ArticleId]) -> None:
        """Take articles out of the index at once."""
        ...

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Let what people did with articles count in later rankings."""
        ...


class ArticleSource(Protocol):
    """Where the truth about articles lives; the index is rebuilt from it."""

    def articles(self) -> Iterable[Article]:
        """Return every article in any state, in a stable order, read lazily."""
        ...

    def outcomes(self) -> Iterable[Outcome]:
        """Return what people did with articles, any order."""
        ...


class ArticleWriter(Protocol):
    """Makes articles out of what happened."""

    def draft(self, incident: ResolvedIncident) -> DraftProposal:
        """Return a draft article, or an edit of the near twin that exists already."""
        ...
