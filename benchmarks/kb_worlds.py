"""Libraries to learn doubt in: the whole one, the whole one without some products, and small ones.

A threshold that was learnt in a library of ten thousand articles says nothing in one of a dozen, where every
word is rare. So each library is really built, and asked what it holds and what it does not.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.kb_data import Row
from domain.ids import ArticleId
from domain.knowledge.articles import Article, Narrowing, Reader
from knowledge.embedding import Vectors, text_to_encode, title_to_encode
from knowledge.prepared import Prepared, Vocabulary, prepare
from knowledge.ranking import Ranker
from knowledge.retrieval import Found, Meaning, opening_vector_text, query_vector_text, search
from knowledge.shelf import Shelf, make_board, make_shelf
from knowledge.vector_cache import VectorCache

_SIZES = ((12, 14), (40, 10), (150, 6), (600, 3), (2_500, 1))
_ASKED = 40


@dataclass(frozen=True)
class World:
    """One library, which queries it can answer and which it cannot; `weight` is what it counts in all."""

    shelf: Shelf
    answerable: tuple[Row, ...]
    strange: tuple[Row, ...]
    weight: float


class Corpus:
    """All articles, prepared and encoded once, out of which libraries are made."""

    def __init__(self, documents: Sequence[Article], rows: Sequence[Row], vectors: VectorCache) -> None:
        self.rows = [row for row in rows if row.gold]
        self._vocabulary = Vocabulary()
        self._prepared: list[Prepared] = [prepare(one, self._vocabulary) for one in documents]
        self._vectors: Vectors = vectors.encode([text_to_encode(one) for one in documents])
        self._titles: Vectors = vectors.encode([title_to_encode(one) for one in documents])
        self._encode = vectors
        self._place = {one.id: place for place, one in enumerate(documents)}
        self._products: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(documents):
            self._products[product(one.id)].append(place)

    def shelf(self, places: Sequence[int]) -> Shelf:
        """Return a library of these articles."""
        prepared = [self._prepared[place] for place in places]
        rows = np.array(places, np.int64)
        board = make_board(prepared, self._vectors[rows], self._titles[rows], len(self._vocabulary))
        return make_shelf([board], self._vocabulary)

    def whole(self) -> Shelf:
        """Return the library of all articles."""
        return self.shelf(range(len(self._prepared)))

    def asked(self, shelf: Shelf, row: Row, variant: str, ranker: Ranker) -> Found:
        """Return what a library brings for a query."""
        query = row.query(variant)
        left_out = Narrowing(exclude=frozenset(ArticleId(a) for a in row.exclude))
        query = query.model_copy(update={"narrowing": left_out})
        whole, opening = self._encode.encode([query_vector_text(query), opening_vector_text(query)])
        return search(
            shelf, query, Reader(), Meaning(whole, opening), ranker, lambda _v, _n: None, lambda _a: 0.0
        )

    def worlds(self, hidden: Sequence[frozenset[str]], seed: int = 7) -> Iterator[World]:
        """Yield the whole library without each group of products, then small libraries."""
        for products in hidden:
            kept = [n for name, places in self._products.items() if name not in products for n in places]
            strange = tuple(r for r in self.rows if products >= {product(g) for g in r.gold})
            yield World(self.shelf(sorted(kept)), (), strange, 1.0)
        chance = random.Random(seed)  # noqa: S311  a sample, not a secret
        for size, times in _SIZES:
            for _ in range(times):
                yield self._small(size, chance, 1.0 / times)

    def _small(self, size: int, chance: random.Random, weight: float) -> World:
        rows = chance.sample(self.rows, min(max(size // 3, 3), len(self.rows)))
        wanted = {self._place[a] for r in rows for a in map(ArticleId, r.gold) if a in self._place}
        places = set(chance.sample(sorted(wanted), min(size, len(wanted))))
        products = sorted({product(self._prepared[place].article.id) for place in places})
        others = [n for name in products for n in self._products[name]]
        places |= set(chance.sample(others, max(min(size - len(places), len(others)), 0)))
        held = {self._prepared[place].article.id for place in places}
        answerable = [r for r in self.rows if any(ArticleId(g) in held for g in r.gold)]
        strange = [r for r in self.rows if not {product(g) for g in r.gold} & set(products)]
        return World(
            self.shelf(sorted(places)),
            tuple(chance.sample(answerable, min(len(answerable), _ASKED))),
            tuple(chance.sample(strange, min(len(strange), _ASKED))),
            weight,
        )


def product(article: str) -> str:
    """Return the product of an article's id."""
    return str(article).split(":")[0]
