"""One moment of the library: immutable tiers with their vectors, and who may read which row.

A search works on one shelf from beginning to end, so an update or a rebuild never changes the ground under
it: the library swaps shelves, it does not edit them.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.ids import ArticleId
from domain.knowledge.articles import SEARCHABLE, Article, Audience, Narrowing, Reader, may_read
from knowledge.embedding import Vectors
from knowledge.prepared import Prepared, Vocabulary
from knowledge.question import Rarity
from knowledge.word_index import Bools, Tier
from knowledge.words import terms

Row = tuple[Prepared, Vectors, Vectors]
"""An article with the vectors of its beginning and of its title."""


@dataclass(frozen=True)
class Board:
    """One tier with what belongs to its rows: vectors, reader groups, and which rows are still true."""

    tier: Tier
    vectors: Vectors
    titles: Vectors
    groups: np.ndarray[tuple[int], np.dtype[np.int32]]
    group_readers: tuple[frozenset[Audience], ...]
    live: Bools

    def visible(self, reader: Reader, narrowing: Narrowing) -> Bools:
        """Return which rows this reader may see here and now."""
        allowed = np.array([may_read(group, reader) for group in self.group_readers], np.bool_)
        mask = self.live & (allowed[self.groups] if len(allowed) else np.zeros(self.tier.size, np.bool_))
        if narrowing == Narrowing():
            return mask
        fits = (mask[row] and _fits(one.article, narrowing) for row, one in enumerate(self.tier.prepared))
        return np.fromiter(fits, np.bool_, count=self.tier.size)

    def without(self, articles: frozenset[ArticleId]) -> "Board":
        """Return this board with some articles taken out."""
        kept = np.array([p.article.id not in articles for p in self.tier.prepared], np.bool_)
        return Board(self.tier, self.vectors, self.titles, self.groups, self.group_readers, self.live & kept)

    def rows(self) -> list[Row]:
        """Return what is live, with its vectors."""
        return [
            (p, self.vectors[row], self.titles[row])
            for row, p in enumerate(self.tier.prepared)
            if self.live[row]
        ]


@dataclass(frozen=True)
class Shelf:
    """Everything a search needs."""

    boards: tuple[Board, ...]
    vocabulary: Vocabulary
    rarity: Rarity
    articles: int
    words_known: int

    def rarity_of(self, word: str) -> float | None:
        """Return how rare a plain word is, 0 where it tells nothing, None where it stands in no article."""
        found = np.array([self.vocabulary.find(term) for term in terms(word)], np.int32)
        whole = np.array([self.vocabulary.find(f"={word.lower()}")], np.int32)
        if self.rarity.stand_somewhere(whole).all():
            found = whole  # as `rabbitmq` does where the articles write RabbitMQ
        if not self.rarity.stand_somewhere(found).all():
            return None
        return float(self.rarity.of(found).sum())

    def rights(self, reader: Reader) -> Hashable:
        """Return what tells this reader's view of the shelf from another's: which groups they may read."""
        return tuple(tuple(may_read(group, reader) for group in board.group_readers) for board in self.boards)

    def place_of(self, article: ArticleId) -> tuple[int, int] | None:
        """Return (board, row) of a live article."""
        return self._places().get(article)

    def _places(self) -> dict[ArticleId, tuple[int, int]]:
        found = getattr(self, "_places_kept", None)
        if found is None:
            found = {
                one.article.id: (number, row)
                for number, board in enumerate(self.boards)
                for row, one in enumerate(board.tier.prepared)
                if board.live[row]
            }
            object.__setattr__(self, "_places_kept", found)
        return found


def make_board(prepared: Sequence[Prepared], vectors: Vectors, titles: Vectors, words_known: int) -> Board:
    """Build a board; about 50 µs an article beside the tier itself."""
    numbers: dict[frozenset[Audience], int] = {}
    groups = [numbers.setdefault(frozenset(p.article.readers), len(numbers)) for p in prepared]
    return Board(
        tier=Tier(prepared, words_known),
        vectors=vectors,
        titles=titles.astype(np.float16),
        groups=np.array(groups, np.int32),
        group_readers=tuple(numbers),
        live=np.ones(len(prepared), np.bool_),
    )


def make_shelf(boards: Iterable[Board], vocabulary: Vocabulary) -> Shelf:
    """Count how rare words are over all boards and put them together."""
    kept = tuple(board for board in boards if board.tier.size)
    words_known = max((board.tier.words_known for board in kept), default=0)
    documents = np.zeros(words_known, np.float32)
    for board in kept:
        documents[: board.tier.words_known] += board.tier.documents
    articles = int(sum(board.live.sum() for board in kept))
    size = sum(board.tier.size for board in kept)
    return Shelf(kept, vocabulary, Rarity(documents, size), articles, words_known)


def searchable(articles: Iterable[Article]) -> list[Article]:
    """Return the articles that may be found: drafts and retired ones may not."""
    return [article for article in articles if article.state in SEARCHABLE]


def _fits(article: Article, narrowing: Narrowing) -> bool:
    if article.id in narrowing.exclude:
        return False
    if narrowing.kinds and article.kind not in narrowing.kinds:
        return False
    if narrowing.services and not narrowing.services & set(article.services):
        return False
    if narrowing.feeds and not narrowing.feeds & set(article.feeds):
        return False
    after = narrowing.updated_after
    return after is None or (article.updated_at is not None and article.updated_at >= after)
