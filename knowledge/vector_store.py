"""Chroma, embedded or served: nearest articles by meaning, the reader's rights inside the query.

Vectors are always computed by us and handed over; Chroma is given no embedding function, because a server
that runs one runs a caller's code. Everything here is derived and may vanish at any time: each failure of
Chroma becomes `IndexLost`, and the library answers from its own copy of the vectors until it is rebuilt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from domain.errors import OutsideTrouble
from domain.ids import ArticleId
from domain.knowledge.articles import EVERYONE, Article, Narrowing, Reader
from knowledge.embedding import Vectors

_BATCH = 1_000
_NEIGHBOURS_LOOKED_AT = 120


class IndexLost(OutsideTrouble):
    """The vector index cannot be read or written; it has to be rebuilt."""


@dataclass(frozen=True)
class ChromaPlace:
    """Where Chroma is: a folder of ours, or a server that only we reach; neither means own copy only."""

    folder: Path | None = None
    url: str = ""

    def is_set(self) -> bool:
        """Say whether there is a Chroma at all."""
        return self.folder is not None or bool(self.url)


def open_client(place: ChromaPlace) -> Any:  # Any: chromadb publishes no types
    """Return a client with telemetry off.

    Raises:
        IndexLost: The folder is unreadable or the server does not answer.
    """
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False, allow_reset=False)
    with _losses():
        if place.url:
            parts = urlsplit(place.url)
            return chromadb.HttpClient(
                host=parts.hostname or "localhost",
                port=parts.port or 8000,
                ssl=parts.scheme == "https",
                settings=quiet,
            )
        if place.folder is None:
            raise IndexLost("no place for Chroma is set", say="No meaning index is set up.")
        place.folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(path=str(place.folder), settings=quiet)


def forget_others(
    client: Any,  # Any: chromadb publishes no types
    house: str,
    *,
    is_ours_alone: bool,
) -> None:
    """Delete what earlier processes, models and generations left there.

    Args:
        client: Where Chroma is.
        house: How the names of our collections begin; on a server others may have theirs beside them.
        is_ours_alone: Whether everything in it is ours, whatever its name.

    Raises:
        IndexLost: Chroma failed.
    """
    with _losses():
        for name in [collection.name for collection in client.list_collections()]:
            if is_ours_alone or name.startswith(f"{house}-"):
                client.delete_collection(name)


class VectorStore:
    """One generation of article vectors in one Chroma collection."""

    def __init__(self, client: Any, name: str) -> None:  # Any: chromadb publishes no types
        with _losses():
            self._collection = client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": _NEIGHBOURS_LOOKED_AT}},
            )

    def put(self, articles: Sequence[Article], vectors: Vectors) -> None:
        """Add or replace articles.

        Raises:
            IndexLost: Chroma failed.
        """
        for begin in range(0, len(articles), _BATCH):
            part = articles[begin : begin + _BATCH]
            with _losses():
                self._collection.upsert(
                    ids=[article.id for article in part],
                    embeddings=vectors[begin : begin + _BATCH],
                    metadatas=[_metadata(article) for article in part],
                )

    def remove(self, articles: Iterable[ArticleId]) -> None:
        """Take articles out.

        Raises:
            IndexLost: Chroma failed.
        """
        ids = list(articles)
        if ids:
            with _losses():
                self._collection.delete(ids=ids)

    def nearest(
        self, vector: Vectors, reader: Reader, narrowing: Narrowing, count: int
    ) -> list[tuple[ArticleId, float]]:
        """Return up to `count` readable articles and their similarity, nearest first.

        Raises:
            IndexLost: Chroma failed.
        """
        return self._nearest(vector, count, _where(reader, narrowing))

    def _nearest(
        self, vector: Vectors, count: int, where: dict[str, object] | None
    ) -> list[tuple[ArticleId, float]]:
        with _losses():
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=count, where=where, include=["distances"]
            )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(ArticleId(article), 1.0 - float(distance)) for article, distance in pairs]

    def nearest_of_all(self, vector: Vectors, count: int) -> list[tuple[ArticleId, float]]:
        """Return the nearest articles; only for a reader of whom it is known that they may see every one.

        A filter makes Chroma ten times slower, so it is left out exactly when it would keep everything.

        Raises:
            IndexLost: Chroma failed.
        """
        return self._nearest(vector, count, None)

    def size(self) -> int:
        """Return how many articles it holds.

        Raises:
            IndexLost: Chroma failed.
        """
        with _losses():
            return int(self._collection.count())


def _metadata(article: Article) -> dict[str, object]:
    found: dict[str, object] = {"kind": article.kind.value, "readers": sorted(article.readers) or ["nobody"]}
    if article.services:
        found["services"] = list(article.services)
    if article.feeds:
        found["feeds"] = list(article.feeds)
    if article.updated_at is not None:
        found["updated"] = article.updated_at.timestamp()
    return found


def _where(reader: Reader, narrowing: Narrowing) -> dict[str, object]:
    asker = sorted({EVERYONE, *reader.audiences})
    rules = [_any_of("readers", asker)]
    if reader.channel is not None:
        rules.append(_any_of("readers", sorted({EVERYONE, *reader.channel})))
    if narrowing.services:
        rules.append(_any_of("services", sorted(narrowing.services)))
    if narrowing.feeds:
        rules.append(_any_of("feeds", sorted(narrowing.feeds)))
    if narrowing.kinds:
        rules.append({"kind": {"$in": sorted(kind.value for kind in narrowing.kinds)}})
    if narrowing.updated_after is not None:
        rules.append({"updated": {"$gte": narrowing.updated_after.timestamp()}})
    return rules[0] if len(rules) == 1 else {"$and": rules}


def _any_of(key: str, values: Sequence[str]) -> dict[str, object]:
    if len(values) == 1:
        return {key: {"$contains": values[0]}}
    return {"$or": [{key: {"$contains": value}} for value in values]}


class _losses:  # noqa: N801  reads like the with-statement it serves
    """Turn whatever Chroma raises into IndexLost."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None or error is None or isinstance(error, OutsideTrouble):
            return
        # Its Rust core panics with BaseException subclasses of its own when files under it are damaged.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise IndexLost(
                f"vector index failed: {kind.__name__}",
                say="The meaning index is being rebuilt; exact words still work.",
            ) from error
