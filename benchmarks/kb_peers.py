"""The baselines that the data's README names: BM25, dense through Chroma, and their fusion by rank."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.kb_data import Row
from domain.knowledge.articles import Article
from knowledge.embedding import text_to_encode
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace, VectorStore, open_client

_DEPTH = 100
_FUSION = 60
Search = Callable[[Row, str], list[str]]


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _text(row: Row, variant: str) -> str:
    query = row.query(variant)
    return f"{query.name} {query.text}".strip()


def bm25(articles: Sequence[Article], title_times: int) -> Search:
    """Return BM25 by bm25s with plain tokens, or by rank-bm25 when that is what is installed.

    Raises:
        ImportError: Neither library is installed.
    """
    corpus = [_tokens(f"{article.title} " * title_times + article.text) for article in articles]
    score = _bm25s(corpus) or _rank_bm25(corpus)

    def search(row: Row, variant: str) -> list[str]:
        scores = score(_tokens(_text(row, variant)))
        best = np.argsort(-scores, kind="stable")[:_DEPTH]
        return [articles[place].id for place in best if articles[place].id not in row.exclude]

    return search


def _bm25s(
    corpus: list[list[str]],
) -> Callable[[list[str]], "np.ndarray[tuple[int], np.dtype[np.float32]]"] | None:
    try:
        import bm25s
    except ImportError:
        return None
    index = bm25s.BM25()
    index.index(corpus, show_progress=False)
    return lambda tokens: np.asarray(index.get_scores(tokens), np.float32)


def _rank_bm25(
    corpus: list[list[str]],
) -> Callable[[list[str]], "np.ndarray[tuple[int], np.dtype[np.float32]]"]:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi(corpus)
    return lambda tokens: np.asarray(index.get_scores(tokens), np.float32)


def dense(articles: Sequence[Article], vectors: VectorCache, folder: Path) -> Search:
    """Return nearest neighbours by all-MiniLM vectors of title and beginning, through an embedded Chroma."""
    store = VectorStore(open_client(ChromaPlace(folder)), "peer-dense")
    store.put(articles, vectors.encode([text_to_encode(article) for article in articles]))

    def search(row: Row, variant: str) -> list[str]:
        vector = vectors.encoder.encode([_text(row, variant)])[0]
        found = store.nearest_of_all(vector, _DEPTH)
        return [article for article, _ in found if article not in row.exclude]

    return search


def remembered(search: Search) -> Search:
    """Return a search that asks nothing twice, for the fusion asks what was asked already."""
    known: dict[tuple[str, str], list[str]] = {}

    def again(row: Row, variant: str) -> list[str]:
        key = (row.qid, variant)
        if key not in known:
            known[key] = search(row, variant)
        return known[key]

    return again


def fused(first: Search, second: Search) -> Search:
    """Return reciprocal rank fusion (Cormack, Clarke and Büttcher 2009) of two searches."""

    def search(row: Row, variant: str) -> list[str]:
        scores: dict[str, float] = {}
        for ranking in (first(row, variant), second(row, variant)):
            for place, article in enumerate(ranking):
                scores[article] = scores.get(article, 0.0) + 1 / (_FUSION + 1 + place)
        return sorted(scores, key=scores.__getitem__, reverse=True)

    return search
