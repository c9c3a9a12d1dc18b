"""The knowledge base: the room's face, put together from library, outcomes and answering."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from domain.ids import ArticleId
from domain.knowledge.articles import Answer, Article, Hit, Outcome, Query, Reader
from domain.ports.article_source import ArticleSource
from domain.ports.language_model import LanguageModel
from knowledge.answering import Answering, WhoKnows
from knowledge.embedding import Encoder
from knowledge.library import Health, Library
from knowledge.outcomes import Outcomes
from knowledge.ranking import shipped_ranker
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace


class KnowledgeRoom:
    """The library with all its parts; everything it holds can be rebuilt from the article source.

    Args:
        source: Where the truth about articles lives.
        encoder: Makes vectors of meaning.
        place: Where Chroma is.
        folder: Where vectors are kept between starts; None keeps them in memory.
        secret: Signs what is kept, so that an edited file is noticed.
        model: Writes prose when there is one.
        who_knows: The people on call for services and feeds.
        now: Tells the moment from which the age of outcomes is counted.
    """

    def __init__(
        self,
        source: ArticleSource,
        encoder: Encoder,
        place: ChromaPlace,
        *,
        folder: Path | None = None,
        secret: bytes = b"",
        model: LanguageModel | None = None,
        who_knows: WhoKnows = lambda _names: (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._folder, self._secret = folder, secret
        self.outcomes = Outcomes(now)
        cache = VectorCache(encoder, folder, secret)
        self._library = Library(cache, shipped_ranker(), place, self.outcomes.boost)
        self._answering = Answering(self._library, self.outcomes, who_knows, model)

    def load(self) -> int:
        """Index everything from the source and count its outcomes; returns how many can be found."""
        self.outcomes.note(self._source.outcomes())
        return self._library.rebuild(self._renewed(self._source.articles()))

    def rebuild(self, encoder: Encoder | None = None) -> int:
        """Build the index anew, with another model if given; the old one answers until then."""
        cache = None if encoder is None else VectorCache(encoder, self._folder, self._secret)
        return self._library.rebuild(self._renewed(self._source.articles()), cache)

    def mend(self) -> bool:
        """Rebuild when the vector index was lost or damaged; returns whether it was."""
        if not self._library.health().vectors_away:
            return False
        self.rebuild()
        return True

    def answer(self, question: str, reader: Reader, *, earlier: Sequence[str] = ()) -> Answer:
        """Return a cited answer or "I don't know"; `earlier` are the thread's questions, oldest first."""
        return self._answering.answer(question, reader, earlier)

    def search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        """Return the best articles, best first."""
        return self._library.search(query, reader).hits

    def index(self, articles: Iterable[Article]) -> int:
        """Index what is new or changed; returns how many articles were."""
        return self._library.add(self._renewed(articles))

    def _renewed(self, articles: Iterable[Article]) -> Iterator[Article]:
        for article in articles:
            self.outcomes.renew([article])
            yield article

    def remove(self, articles: Iterable[ArticleId]) -> None:
        """Take articles out of the index at once."""
        self._library.remove(articles)

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Let what people did with articles count in later rankings."""
        self.outcomes.note(outcomes)

    def health(self) -> Health:
        """Say how the index is, for `doctor`."""
        return self._library.health()

    @property
    def library(self) -> Library:
        """Return the library, for finding twins and gaps."""
        return self._library
