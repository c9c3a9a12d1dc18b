"""Port: where the library reads its articles from."""

from collections.abc import Iterable
from typing import Protocol

from domain.knowledge.articles import Article, Outcome


class ArticleSource(Protocol):
    """Where the truth about articles lives; the index is rebuilt from it."""

    def articles(self) -> Iterable[Article]:
        """Return every article in any state, in a stable order, read lazily."""
        ...

    def outcomes(self) -> Iterable[Outcome]:
        """Return what people did with articles, any order."""
        ...
