"""The articles that we ship: put into an empty library, and kept up to date where nobody has changed them.

A library that was never given any, though it holds articles, stays as it is. One that was given some gets
what is new in a later version, and a newer text of what nobody has touched. What people edited, renamed or
discarded is theirs: it is left alone.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources

from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleKind, ArticleState
from domain.knowledge.library import ArticleEntry
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from storage.unit_of_work import SqlTransactions

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def seed(transactions: SqlTransactions, now: datetime) -> int:
    """Bring a library the articles that we ship; returns how many were put in or written anew."""
    ours = list(shipped(now))
    with transactions.reading() as uow:
        if not _wanted(uow, ours):
            return 0
    with transactions.writing() as uow:
        wanted = _wanted(uow, ours)
        for entry in wanted:
            uow.articles.save(entry)
        if wanted:
            uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.ARTICLE_CHANGED,
                    actor="dogwatch",
                    subject="articles",
                    facts={"seeded": str(len(wanted))},
                )
            )
    return len(wanted)


def _wanted(uow: UnitOfWork, ours: Sequence[Article]) -> list[ArticleEntry]:
    """Return what of ours is missing here, or stands here as we shipped it once and reads otherwise now."""
    known = {article.id: uow.articles.find(article.id) for article in ours}
    if not any(known.values()) and uow.articles.changed_after(0, 1):
        return []
    return [entry for article in ours if (entry := _entry(article, known[article.id])) is not None]


def _entry(article: Article, known: ArticleEntry | None) -> ArticleEntry | None:
    digest = _digest(article)
    if known is None:
        return ArticleEntry(article=article, content_hash=digest, sentence="Shipped.")
    is_as_shipped = known.content_hash == _digest(known.article) or (
        not known.content_hash and known.article.version == 1
    )
    is_gone = known.article.state is ArticleState.RETIRED
    if is_gone or not is_as_shipped or _digest(known.article) == digest:
        return None
    renewed = article.model_copy(update={"owner": known.article.owner, "readers": known.article.readers})
    said = "A newer version of Dogwatch brought a new text."
    return known.model_copy(update={"article": renewed, "content_hash": digest, "sentence": said})


def _digest(article: Article) -> str:
    """Return what tells an article's words from others: not its state, owner or date."""
    words = (article.title, article.text, article.kind, article.alerts, article.services, article.feeds)
    return hashlib.sha256(repr(words).encode()).hexdigest()


def shipped(now: datetime) -> Iterator[Article]:
    """Yield the articles that come with the room."""
    folder = resources.files("knowledge").joinpath("seed")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".md"):
            yield _article(file.name.removesuffix(".md"), file.read_text(encoding="utf-8"), now)


def _article(name: str, text: str, now: datetime) -> Article:
    front = _FRONT.match(text)
    head = dict(re.findall(r"(?m)^(\w+):\s*(.+)$", front.group(1))) if front else {}
    body = text[front.end() :] if front else text
    return Article(
        id=ArticleId(f"seed-{name}"),
        title=head.get("title", name),
        text=body.strip(),
        kind=ArticleKind(head.get("kind", "doc")),
        state=ArticleState.PUBLISHED,
        alerts=_listed(head.get("alerts", "")),
        services=_listed(head.get("services", "")),
        source="shipped",
        path=f"{name}.md",
        updated_at=now,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
