"""The articles that we ship: put into a library that is empty, once, and owned by nobody yet."""

import re
from collections.abc import Iterator
from datetime import datetime
from importlib import resources

from domain.articles import Article, ArticleKind, ArticleState
from domain.audit import AuditAct, AuditEntry
from domain.ids import ArticleId
from domain.library import ArticleEntry
from storage.unit_of_work import SqlTransactions

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def seed(transactions: SqlTransactions, now: datetime) -> int:
    """Put our articles into an empty library and return how many; a library that has any stays as it is."""
    with transactions.reading() as uow:
        if uow.articles.changed_after(0, 1):
            return 0
    with transactions.writing() as uow:
        if uow.articles.changed_after(0, 1):
            return 0
        entries = [ArticleEntry(article=article, sentence="Shipped.") for article in shipped(now)]
        for entry in entries:
            uow.articles.save(entry)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.ARTICLE_CHANGED,
                actor="dogwatch",
                subject="articles",
                facts={"seeded": str(len(entries))},
            )
        )
    return len(entries)


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
