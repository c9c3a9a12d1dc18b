"""The library: keeps shelf and vector index in step with the articles, and rebuilds what was lost.

Everything here is derived. While the vector index is away, its own copy of the vectors answers in its
place, with the same result; a rebuild fills a new generation and swaps it in when it is whole.
"""

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.ids import ArticleId
from domain.knowledge.articles import Article, Query, Reader
from knowledge.embedding import (
    NO_MEANING,
    Encoder,
    Vectors,
    passage_to_encode,
    text_to_encode,
    title_to_encode,
)
from knowledge.places import passage_of_its_own
from knowledge.prepared import Prepared, Vocabulary, prepare
from knowledge.question import as_told
from knowledge.ranking import Ranker
from knowledge.retrieval import Found, meaning_of, search
from knowledge.shelf import Board, Row, Shelf, make_board, make_shelf, searchable
from knowledge.spelling import put_right, without_manners
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace, IndexLost, VectorStore, forget_others, open_client

_FRESH_AT_LEAST = 200
_FRESH_SHARE = 0.2
_PASSAGES_COMPARED = 16
"""Of longer articles the passage is chosen by words alone: each costs some milliseconds the first time."""
_CLEARLY_MORE = 0.1


@dataclass(frozen=True)
class Health:
    """What `doctor` shows of the index."""

    articles: int
    words: int
    model: str
    vectors_away: bool
    cache_was_rejected: bool


class Library:
    """The searchable form of all articles.

    Args:
        vectors: The encoder with its memory.
        ranker: Orders candidates and doubts.
        place: Where Chroma is.
        boost: What people's outcomes add to an article's score.
        preparing: Makes numbers of an article; others than `prepare` only to measure size.
    """

    def __init__(
        self,
        vectors: VectorCache,
        ranker: Ranker,
        place: ChromaPlace,
        boost: Callable[[ArticleId], float],
        preparing: Callable[[Article, Vocabulary], Prepared] = prepare,
    ) -> None:
        self._prepare = preparing
        self._vectors = vectors
        self._ranker, self._words_ranker = ranker, ranker.without_meaning()
        self._place = place
        self._boost = boost
        self._writing = threading.Lock()
        self._vocabulary = Vocabulary()
        self._shelf: Shelf = make_shelf((), self._vocabulary)
        self._hashes: dict[ArticleId, str] = {}
        self._generation = self._changes = 0
        self._store: VectorStore | None = None
        self._away = False

    def search(self, query: Query, reader: Reader) -> Found:
        """Return the best articles that the reader and the channel may see."""
        query = as_told(query, self.as_meant)
        meaning = meaning_of(self._vectors.encoder, query)
        return search(self._shelf, query, reader, meaning, self._in_use, self._nearest, self._boost)

    def add(self, articles: Iterable[Article]) -> int:
        """Index what is new or changed, take out what may no longer be found; returns how many changed."""
        with self._writing:
            changed = [a for a in _newest(articles) if self._hashes.get(a.id) != _hash_of(a)]
            if not changed:
                return 0
            wanted = searchable(changed)
            prepared = [self._prepare(article, self._vocabulary) for article in wanted]
            vectors, titles = _encoded(self._vectors, wanted)
            gone = frozenset(article.id for article in changed)
            self._swap(self._with(list(zip(prepared, vectors, titles, strict=True)), gone))
            self._hashes.update({article.id: _hash_of(article) for article in changed})
            self._mirror(wanted, vectors, gone - {article.id for article in wanted})
            self._vectors.save()
            return len(changed)

    def remove(self, articles: Iterable[ArticleId]) -> None:
        """Take articles out at once."""
        gone = frozenset(articles)
        with self._writing:
            self._swap([board.without(gone) for board in self._shelf.boards])
            for article in gone:
                self._hashes.pop(article, None)
            self._mirror([], np.zeros((0, self._vectors.encoder.width), np.float32), gone)

    def rebuild(self, articles: Iterable[Article], vectors: VectorCache | None = None) -> int:
        """Build everything anew, with another encoder if given; searches see the old one until then."""
        with self._writing:
            cache = vectors or self._vectors
            wanted = searchable(_newest(articles))
            vocabulary = Vocabulary()
            prepared = [self._prepare(article, vocabulary) for article in wanted]
            found, titles = _encoded(cache, wanted)
            board = make_board(prepared, found, titles, len(vocabulary))
            self._generation += 1
            self._vectors, self._vocabulary = cache, vocabulary
            self._swap([board])
            self._hashes = {article.id: _hash_of(article) for article in wanted}
            self._store, self._away = None, False
            self._mirror(wanted, found, frozenset())
            if cache.size > 2 * len(wanted) + sum(len(one.cuts) for one in prepared):
                cache.keep_only(_all_encoded(wanted, prepared))
            cache.save()
            return len(wanted)

    def health(self) -> Health:
        """Say how the index is."""
        return Health(
            articles=self._shelf.articles,
            words=len(self._vocabulary),
            model=self._vectors.encoder.name,
            vectors_away=self._away or not self._store_is_whole(),
            cache_was_rejected=self._vectors.was_rejected,
        )

    def article(self, article: ArticleId) -> Prepared | None:
        """Return an indexed article with its passages; rights are the caller's business."""
        place = self._shelf.place_of(article)
        return None if place is None else self._shelf.boards[place[0]].tier.prepared[place[1]]

    def likeness(self, text: str, article: ArticleId) -> float:
        """Return how near an article's meaning is to a text, 0 for an article that is not here."""
        place = self._shelf.place_of(article)
        if place is None:
            return 0.0
        vector = self._vectors.encoder.encode([text])[0]
        return float(self._shelf.boards[place[0]].vectors[place[1]] @ vector)

    def best_passage(self, one: Prepared, by_words: int, question: str) -> int:
        """Return the passage that says what is asked: the best by words, or one that means it clearly more.

        The words of a question often stand in several passages, also in one that only mentions them.
        """
        told = passage_of_its_own(one, by_words, question)
        if told != by_words:
            return told
        if not self.knows_meaning or not 1 < len(one.cuts) <= _PASSAGES_COMPARED:
            return by_words
        passages = self._vectors.encode([passage_to_encode(part.heading, part.text) for part in one.cuts])
        near = passages @ self._vectors.encoder.encode([question[:2000]])[0]
        best = int(near.argmax())
        return best if near[best] >= near[by_words] + _CLEARLY_MORE else by_words

    @property
    def knows_meaning(self) -> bool:
        """Say whether texts are compared by what they mean; else by exact words alone."""
        return self._vectors.encoder.name != NO_MEANING

    def nearest_of(self, texts: Sequence[str], question: str) -> tuple[int, float]:
        """Return which text means most what a question asks, and how near: 0 by exact words alone."""
        if not self.knows_meaning or not texts:
            return 0, 0.0
        near = self._vectors.encode(list(texts)) @ self._vectors.encoder.encode([question[:2000]])[0]
        best = int(near.argmax())
        return best, float(near[best])

    def as_meant(self, text: str) -> str:
        """Return a question without manners, with what was mistyped put right."""
        return put_right(without_manners(text), self._shelf.vocabulary.spellings, self._shelf.rarity_of)

    def all_rows(self) -> list[tuple[Prepared, Vectors]]:
        """Return every live article with its vector, for finding twins."""
        return [(one, vector) for board in self._shelf.boards for one, vector, _ in board.rows()]

    @property
    def answer_at(self) -> float:
        """Return the least confidence worth an answer, with the model and the articles of now."""
        return self._in_use.doubt.answer_at.of(self._shelf.articles)

    @property
    def _in_use(self) -> Ranker:
        return self._words_ranker if self._vectors.encoder.name == NO_MEANING else self._ranker

    @property
    def encoder(self) -> Encoder:
        """Return the encoder in use now."""
        return self._vectors.encoder

    def view_of(self, reader: Reader) -> Hashable:
        """Return what an answer depends on beside the question: this index, these articles, these rights."""
        shelf = self._shelf
        return self._vectors.encoder.name, self._changes, shelf.rights(reader)

    def version(self) -> str:
        """Return what identifies the index an answer came from."""
        return f"{self._vectors.encoder.name}#{self._generation}.{self._changes}"

    def _with(self, new: Sequence[Row], gone: frozenset[ArticleId]) -> list[Board]:
        boards = [board.without(gone) for board in self._shelf.boards]
        main, fresh = boards[:1], boards[1:]
        rows = [row for board in fresh for row in board.rows()] + list(new)
        if not main or len(rows) > max(_FRESH_AT_LEAST, int(_FRESH_SHARE * main[0].tier.size)):
            rows = [row for board in main for row in board.rows()] + rows
            main = []
        return [*main, self._board(rows)]

    def _board(self, rows: Sequence[Row]) -> Board:
        shape = (len(rows), self._vectors.encoder.width)
        vectors = np.array([vector for _, vector, _ in rows], np.float32).reshape(shape)
        titles = np.array([title for _, _, title in rows], np.float32).reshape(shape)
        return make_board([one for one, _, _ in rows], vectors, titles, len(self._vocabulary))

    def _swap(self, boards: Sequence[Board]) -> None:
        self._shelf = make_shelf(boards, self._vocabulary)
        self._changes += 1

    def _nearest(self, vector: Vectors, count: int) -> Sequence[tuple[ArticleId, float]] | None:
        store = self._store
        if store is None or self._away or self._vectors.encoder.name == NO_MEANING:
            return None
        try:
            return store.nearest_of_all(vector, count)
        except IndexLost:
            self._away = True
            return None

    def _mirror(self, articles: Sequence[Article], vectors: Vectors, gone: frozenset[ArticleId]) -> None:
        """Bring Chroma in step; when it is away, the own copy answers until the next rebuild."""
        if not self._place.is_set() or self._vectors.encoder.name == NO_MEANING:
            return
        try:
            store = self._store or self._fresh_store()
            store.remove(gone)
            store.put(articles, vectors)
            self._store = store
        except IndexLost:
            self._away = True

    def _fresh_store(self) -> VectorStore:
        """Return an empty generation of our own; what earlier ones left is gone."""
        client = open_client(self._place)
        forget_others(client, self._vectors.house, is_ours_alone=not self._place.url)
        return VectorStore(client, self._store_name())

    def _store_name(self) -> str:
        model = hashlib.sha256(self._vectors.encoder.name.encode()).hexdigest()[:12]
        return f"{self._vectors.house}-{model}-{self._generation}"

    def _store_is_whole(self) -> bool:
        if not self._place.is_set():
            return True
        if self._store is None:
            return self._shelf.articles == 0
        try:
            return self._store.size() >= self._shelf.articles
        except IndexLost:
            return False


def _newest(articles: Iterable[Article]) -> list[Article]:
    """Return each article once, as it came last: one that changes while all are read comes twice."""
    return list({article.id: article for article in articles}.values())


def _encoded(cache: VectorCache, articles: Sequence[Article]) -> tuple[Vectors, Vectors]:
    """Return the vectors of how articles begin, and of their titles."""
    begin = cache.encode([text_to_encode(article) for article in articles])
    return begin, cache.encode([title_to_encode(article) for article in articles])


def _all_encoded(articles: Sequence[Article], prepared: Sequence[Prepared]) -> Iterable[str]:
    """Yield every text of articles that is ever made a vector of."""
    for article in articles:
        yield text_to_encode(article)
        yield title_to_encode(article)
    for one in prepared:
        yield from (passage_to_encode(part.heading, part.text) for part in one.cuts)


def _hash_of(article: Article) -> str:
    return hashlib.sha256(article.model_dump_json(exclude={"version"}).encode()).hexdigest()
