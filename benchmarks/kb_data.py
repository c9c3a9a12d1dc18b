"""Read the retrieval data: articles, queries, and which of them may be counted."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleKind, Query

CACHE = Path(tempfile.gettempdir()) / "dogwatch-kb-cache"
TASKS = ("alert", "question", "incident")


@dataclass(frozen=True)
class Row:
    """One query with its right answers."""

    qid: str
    task: str
    sort: str
    corpus: str
    text: str
    gold: frozenset[str]
    exclude: frozenset[str]
    leak: bool
    alert: str

    def query(self, variant: str, limit: int = 10) -> Query:
        """Return what is asked in a variant: the words, the words with the alert's name, the name alone."""
        name = self.alert if variant in {"full", "name"} else ""
        text = "" if variant == "name" else self.text
        # The asking report itself must not be found: one place more for each that is left out below.
        return Query(text=text, name=name, limit=limit + len(self.exclude))


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)


def _texts(value: object) -> frozenset[str]:
    return frozenset(str(one) for one in value) if isinstance(value, list) else frozenset()


def queries(folder: Path) -> list[Row]:
    """Return all queries of all query files in the folder."""
    return [
        Row(
            qid=str(line["qid"]),
            task=str(line["task"]),
            sort=str(line.get("sort", "")),
            corpus=str(line["corpus"]),
            text=str(line["text"]),
            gold=_texts(line.get("gold")),
            exclude=_texts(line.get("exclude")),
            leak=bool(line.get("leak")),
            alert=str(line.get("alert") or ""),
        )
        for path in sorted(folder.glob("queries*.jsonl.gz"))
        for line in _lines(path)
    ]


def articles(folder: Path, corpus: str, limit: int | None = None) -> list[Article]:
    """Return the articles of `<corpus>.docs.jsonl.gz`, none when the file is not there."""
    path = folder / f"{corpus}.docs.jsonl.gz"
    if not path.exists():
        return []
    known = {kind.value for kind in ArticleKind}
    found = []
    for line in _lines(path):
        kind = str(line.get("kind", "doc"))
        found.append(
            Article(
                id=ArticleId(str(line["id"])),
                title=str(line.get("title") or ""),
                text=str(line.get("text") or ""),
                kind=ArticleKind(kind) if kind in known else ArticleKind.DOC,
                services=(str(line["product"]),) if line.get("product") else (),
                source=str(line.get("source") or ""),
                path=str(line.get("path") or ""),
            )
        )
        if limit is not None and len(found) >= limit:
            break
    return found
