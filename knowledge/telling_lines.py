"""Lines of an article that answer by themselves: a question of a list, a row of a table, one of many facts.

An article on many things is about none of them as a whole: a page of questions and answers, or a table of
alerts, is far in meaning from each question that it answers. One of its lines is near.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.fences import FENCED
from knowledge.passages import plain
from knowledge.prepared import Prepared
from knowledge.sayings import also_meant
from knowledge.words import terms

_MOST = 24
"""Lines of an article that are looked at: each costs some milliseconds the first time."""
_LONGEST = 300
_SHORTEST = 12
_TABLE_RULE = re.compile(r"^\|[\s:|+-]+$")
_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,2}[.)])\s")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\"“])")


@dataclass(frozen=True)
class Line:
    """One line, and the passage in which it stands."""

    passage: int
    text: str


def telling_lines(one: Prepared, question: str) -> list[Line]:
    """Return lines of an article, those first that share most words with a question.

    None at all where no word of the question, or of the same meaning, stands in line or title: meaning alone
    is near to much that has nothing to do with it.
    """
    asked = set(terms(question))
    meant = asked | set(also_meant(terms(question)))
    title = set(terms(one.article.title))
    shared = {line: set(terms(line.text)) | title for line in _lines(one)}
    lines = [line for line, words in shared.items() if words & meant]
    lines.sort(key=lambda line: -len(shared[line] & asked))
    return lines[:_MOST]


def _lines(one: Prepared) -> Iterator[Line]:
    title = one.article.title
    for number, part in enumerate(one.cuts):
        heading = part.heading.rpartition(" > ")[2]
        if heading:
            yield Line(number, f"{title}: {heading}"[:_LONGEST])
        for block in re.split(r"\n\s*\n", FENCED.sub("\n\n", part.text)):
            yield from (Line(number, text) for text in _said(block, title) if len(text) >= _SHORTEST)


def _said(block: str, title: str) -> Iterator[str]:
    """Yield what a block says: its rows, its items, or the sentences of its running text."""
    lines = [line for line in block.split("\n") if line.strip()]
    if lines and lines[0].lstrip().startswith("|"):
        rows = [line for line in lines if not _TABLE_RULE.match(line.strip())]
        yield from (f"{title}. {plain(row)}"[:_LONGEST] for row in rows[1:])
    elif any(map(_ITEM.match, lines)) or any(line.startswith("**") for line in lines):
        yield from (plain(_ITEM.sub("", line, count=1))[:_LONGEST] for line in lines)
    else:
        yield from (plain(said)[:_LONGEST] for said in _SENTENCE_ENDS.split(" ".join(lines)))
