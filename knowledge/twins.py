"""Find articles that say the same, and articles that say opposite things about the same."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.ids import ArticleId
from domain.knowledge.articles import Article
from knowledge.embedding import Vectors
from knowledge.prepared import Prepared
from knowledge.words import terms

SAME_MEANING = 0.9
NEAR_MEANING = 0.75
_SAME_WORDS = 0.7
_NEAR_WORDS = 0.35
_BLOCK = 512

_SETTING = re.compile(
    r"(?m)[`\"]?([a-z][\w.\-]{3,60})[`\"]?\s*(?::|=|\bto\b|\bis\b)\s*[`\"]?(\d[\w.%]*|true|false|on|off)\b",
    re.I,
)
_DONT = re.compile(
    r"(?i)\b(?:do not|don't|never|must not|avoid)\s+(?:ever\s+)?([a-z]+)\s+(?:the\s+|a\s+)?([\w.\-]{2,40}\w)"
)
_DO = re.compile(r"(?i)(?:^|[.:\n]\s*|\bthen\s+|\d\.\s+)([a-z]+)\s+(?:the\s+|a\s+)?([\w.\-]{2,40}\w)")


@dataclass(frozen=True)
class Twin:
    """Two articles that say nearly the same: meaning is a cosine, words a share of words in common."""

    first: ArticleId
    second: ArticleId
    meaning: float
    words: float


@dataclass(frozen=True)
class Contradiction:
    """Two near articles that disagree, with what each says."""

    first: ArticleId
    second: ArticleId
    about: str
    first_says: str
    second_says: str


def fingerprint(text: str) -> str:
    """Return the same string for texts that differ only in spacing, case and punctuation."""
    return hashlib.sha256(" ".join(re.findall(r"\w+", text.lower())).encode()).hexdigest()


def words_in_common(first: Prepared, second: Prepared) -> float:
    """Return the share of distinct words that both articles have, 0 to 1."""
    both = len(np.intersect1d(first.words, second.words, assume_unique=True))
    return both / max(len(first.words) + len(second.words) - both, 1)


def twins(rows: Sequence[tuple[Prepared, Vectors]]) -> list[Twin]:
    """Return pairs that say the same, most alike first; 10,000 articles take a few seconds.

    Only pairs with the same readers are named, so that a report tells nobody of what they may not see.
    """
    if len(rows) < 2:
        return []
    table = np.array([vector for _, vector in rows], np.float32)
    found = []
    for begin in range(0, len(rows), _BLOCK):
        alike = table[begin : begin + _BLOCK] @ table.T
        for i, j in np.argwhere(alike >= NEAR_MEANING):
            first, second = begin + int(i), int(j)
            if first >= second or rows[first][0].article.readers != rows[second][0].article.readers:
                continue
            common = words_in_common(rows[first][0], rows[second][0])
            if common >= _SAME_WORDS or (alike[i, j] >= SAME_MEANING and common >= _NEAR_WORDS):
                ids = rows[first][0].article.id, rows[second][0].article.id
                found.append(Twin(*ids, float(alike[i, j]), common))
    return sorted(found, key=lambda twin: -twin.meaning - twin.words)


def contradictions(first: Article, second: Article) -> list[Contradiction]:
    """Return where two articles on one subject disagree: a setting's value, or do against don't."""
    found = []
    ours, theirs = _settings(first.text), _settings(second.text)
    for name in sorted(ours.keys() & theirs.keys()):
        if not ours[name] & theirs[name]:
            says = (", ".join(sorted(ours[name])), ", ".join(sorted(theirs[name])))
            found.append(Contradiction(first.id, second.id, name, *says))
    for left, right, turned in ((first, second, False), (second, first, True)):
        forbidden = {(_root(v), o.lower()) for v, o in _DONT.findall(left.text)}
        told = {(_root(v), o.lower()) for v, o in _DO.findall(_DONT.sub(" ", right.text))}
        for verb, what in sorted(forbidden & told):
            says = ("do", "don't") if turned else ("don't", "do")
            found.append(Contradiction(first.id, second.id, f"{verb} {what}", *says))
    return found


def _settings(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, value in _SETTING.findall(text):
        if re.search(r"[_.\-]", name):
            found.setdefault(name.lower(), set()).add(value.lower())
    return found


def _root(verb: str) -> str:
    stemmed = terms(verb)
    return stemmed[0] if stemmed else verb.lower()
