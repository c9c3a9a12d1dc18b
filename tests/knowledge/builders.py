"""Small articles, readers, and an encoder of words, so that no test waits for a model."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import Article, ArticleKind, Audience, Outcome, Reader
from domain.ports.language_model import LanguageModel
from knowledge.base import KnowledgeRoom
from knowledge.embedding import Encoder, Vectors
from knowledge.vector_store import ChromaPlace
from knowledge.words import terms

PAYMENTS = Audience("team:payments")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class WordEncoder:
    """Hashes words into 64 dimensions: alike words, alike vectors."""

    width = 64

    def __init__(self, name: str = "words/64") -> None:
        self.name = name
        self.texts_seen = 0

    def encode(self, texts: list[str]) -> Vectors:
        """Return unit vectors."""
        self.texts_seen += len(texts)
        table = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                table[row, int(hashlib.sha256(term.encode()).hexdigest(), 16) % self.width] += 1
            table[row, 0] += 0.01
        return table / np.linalg.norm(table, axis=1, keepdims=True)


class Shelf:
    """An article source in memory."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.kept = list(articles)
        self.noted: list[Outcome] = []

    def articles(self) -> Iterable[Article]:
        """Return all."""
        return list(self.kept)

    def outcomes(self) -> Iterable[Outcome]:
        """Return all."""
        return list(self.noted)


def an_article(name: str, title: str, text: str, **more: object) -> Article:
    """Return a published runbook."""
    facts = {"kind": ArticleKind.RUNBOOK, "owner": PersonId("ana"), "updated_at": NOON} | more
    return Article(id=ArticleId(name), title=title, text=text, **facts)  # type: ignore[arg-type]


def some_articles() -> list[Article]:
    """Return a small library of unlike runbooks."""
    return [
        an_article("kafka", "KafkaConsumerLagHigh", "## Meaning\n\nConsumers of a topic fall behind.\n\n"
                   "## Fix\n\nAdd partitions, then scale the consumer deployment.", services=("kafka",)),
        an_article("disk", "NodeFilesystemFull", "## Meaning\n\nThe file system of a node is full.\n\n"
                   "## Fix\n\nRotate the logs under /var/log and prune unused images."),
        an_article("redis", "Redis Service", "Redis keeps sessions. When memory runs out, keys are evicted."),
        an_article("certs", "Certificates expire", "Renew it with the issuer, then restart the gateway."),
        an_article("slow", "Slow queries", "Look for missing indexes with the query planner, then add one."),
        an_article("fx", "Feed fx_trades is late", "Ask the vendor whether the file left at 06:00.",
                   feeds=("fx_trades",), kind=ArticleKind.KB),
    ]  # fmt: skip


def a_room(
    articles: Iterable[Article] | None = None,
    folder: Path | None = None,
    model: LanguageModel | None = None,
    encoder: Encoder | None = None,
) -> KnowledgeRoom:
    """Return a loaded knowledge base; Chroma only where a folder is given."""
    room = KnowledgeRoom(
        Shelf(some_articles() if articles is None else articles),
        encoder or WordEncoder(),
        ChromaPlace(folder / "chroma" if folder else None),
        folder=folder / "vectors" if folder else None,
        secret=b"0123456789abcdef",
        model=model,
        who_knows=lambda names: [PersonId("mei")] if "kafka" in names else [],
        now=lambda: NOON,
    )
    room.load()
    return room


def everybody() -> Reader:
    """Return a reader without any special right."""
    return Reader(person=PersonId("jo"))


def a_payer(channel: frozenset[Audience] | None = None) -> Reader:
    """Return somebody of the payments team, in a direct message unless a channel is named."""
    return Reader(person=PersonId("pat"), audiences=frozenset({PAYMENTS}), channel=channel)
