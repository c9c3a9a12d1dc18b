"""How long a query takes, and how much memory the index takes, as the library grows."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.kb_data import Row
from benchmarks.kb_metrics import percentile
from domain.ids import ArticleId
from domain.knowledge.articles import Article, Reader
from knowledge.embedding import Vectors
from knowledge.library import Library
from knowledge.prepared import Prepared, Vocabulary, prepare
from knowledge.ranking import shipped_ranker
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace

_LONGEST_COPY = 3_000
_QUERIES = 200


class _Shaken:
    """Gives copies of an article a vector near the original's, so that nothing is embedded twice."""

    def __init__(self, vectors: VectorCache, seed: int) -> None:
        self._vectors, self._random = vectors, np.random.default_rng(seed)
        self.encoder, self.was_rejected = vectors.encoder, False

    def encode(self, texts: list[str]) -> Vectors:
        """Return the known vectors, moved a little and made unit length again."""
        found = self._vectors.encode(texts)
        found = found + self._random.normal(0, 0.02, found.shape).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def save(self) -> None:
        """Keep nothing."""


class _Copies:
    """Prepares each text once; a copy under a new id shares its numbers."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Prepared] = {}

    def __call__(self, article: Article, vocabulary: Vocabulary) -> Prepared:
        key = (article.title, article.text)
        if key not in self._known:
            self._known[key] = prepare(article, vocabulary)
        return replace(self._known[key], article=article)


def grown(articles: Sequence[Article], size: int) -> list[Article]:
    """Return `size` articles, copies under new ids included; long ones are cut to 3,000 characters."""
    return [
        articles[n % len(articles)].model_copy(
            update={
                "id": ArticleId(f"{articles[n % len(articles)].id}~{n}"),
                "text": articles[n % len(articles)].text[:_LONGEST_COPY],
            }
        )
        for n in range(size)
    ]


def measured(
    articles: Sequence[Article], rows: Sequence[Row], vectors: VectorCache, size: int, folder: Path
) -> dict[str, float]:
    """Return p50 and p95 of a whole query in ms (embedding, both indexes, ranking) and the memory in MiB."""
    before = resident_mib()
    library = Library(_Shaken(vectors, size), shipped_ranker(), ChromaPlace(folder), lambda _: 0.0, _Copies())  # type: ignore[arg-type]
    begun = time.perf_counter()
    library.add(grown(articles, size))
    indexing = time.perf_counter() - begun
    memory = resident_mib() - before
    times = []
    step = max(len(rows) // _QUERIES, 1)
    for row in rows[::step]:
        begun = time.perf_counter()
        library.search(row.query("text"), Reader())
        times.append(1000 * (time.perf_counter() - begun))
    return {
        "p50": percentile(times, 0.5),
        "p95": percentile(times, 0.95),
        "mib": max(memory, 0.0),
        "docs_per_s": size / indexing,
    }


def resident_mib() -> float:
    """Return this process's resident memory, 0 where /proc does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * 4096 / 2**20
