"""Bring a folder of documents in step with the articles: only what changed, resumable, nothing twice."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from domain.articles import Article, ArticleKind, Audience
from domain.errors import DogwatchError
from domain.ids import ArticleId
from knowledge.ingestion.reading import Document, Refusal, read_document
from knowledge.twins import fingerprint


@dataclass
class Report:
    """What a sync did so far; hand `seen` back in to go on where it stopped."""

    added: list[ArticleId] = field(default_factory=list)
    changed: list[ArticleId] = field(default_factory=list)
    same: int = 0
    gone: list[ArticleId] = field(default_factory=list)
    copies: list[tuple[str, ArticleId]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)


def article_id(source: str, path: str) -> ArticleId:
    """Return the id of a document at a path of a source, the same at every sync."""
    return ArticleId(f"{source}:{hashlib.sha256(path.encode()).hexdigest()[:16]}")


def sync(
    source: str,
    files: Iterable[tuple[str, bytes]],
    known: Mapping[str, str],
    report: Report,
    *,
    readers: frozenset[Audience],
    kind: ArticleKind = ArticleKind.DOC,
) -> Iterator[Article]:
    """Yield the new and changed articles of a source, one by one, and keep the report.

    Args:
        source: The name of the folder or export.
        files: (path, content) of every file it holds now.
        known: Path to SHA-256 of what the last complete sync read.
        report: Filled as it goes; a stopped sync passes its report again and skips what it had seen.
        readers: Who may read these articles.
        kind: What sort of articles they are.
    """
    texts: dict[str, ArticleId] = {}
    for path, content in files:
        digest = hashlib.sha256(content).hexdigest()
        if report.seen.get(path) == digest:
            continue
        if known.get(path) == digest:
            report.same += 1
            report.seen[path] = digest
            continue
        try:
            document = read_document(path, content)
        except DogwatchError as error:
            report.refused.append(Refusal(path, error.sentence()))
            report.seen[path] = digest
            continue
        article = _article(source, path, document, readers, kind)
        twin = texts.setdefault(fingerprint(document.text), article.id)
        report.seen[path] = digest
        if twin != article.id:
            report.copies.append((path, twin))
            continue
        (report.changed if path in known else report.added).append(article.id)
        yield article
    report.gone = [article_id(source, path) for path in known if path not in report.seen]


def _article(
    source: str, path: str, document: Document, readers: frozenset[Audience], kind: ArticleKind
) -> Article:
    return Article(
        id=article_id(source, path), title=document.title, text=document.text, kind=kind,
        source=source, path=path, readers=readers,
    )  # fmt: skip
