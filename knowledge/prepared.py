"""An article as numbers, ready to be put into an index: words per field, per passage, pairs of words."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.knowledge.articles import Article
from knowledge.passages import Cut, cut
from knowledge.spelling import plain_words
from knowledge.words import terms

Ints = NDArray[np.int32]
FIELDS = ("title", "path", "heading", "lead", "body")
PAIR = 4_000_003
"""Two neighbouring words are one number: first * PAIR + second."""
_DULL_NAMES = frozenset({"readme", "index", "_index"})


class Vocabulary:
    """The number of every word ever indexed; grows, never shrinks."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.spellings: set[str] = set()
        """Plain words as they stand in articles: what a mistyped word may have meant."""

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, term: str) -> int:
        """Return the word's number, a new one for a new word."""
        return self._numbers.setdefault(term, len(self._numbers))

    def find(self, term: str) -> int:
        """Return the word's number, or -1 for a word never seen."""
        return self._numbers.get(term, -1)

    def numbers(self, found: list[str]) -> Ints:
        """Return the numbers of words in order."""
        return np.fromiter((self.number(term) for term in found), dtype=np.int32, count=len(found))


@dataclass(frozen=True)
class Prepared:
    """What the index keeps of one article.

    `words` are the distinct words, `counts` their number per field (5 rows, in the order of FIELDS).
    `passage_*` is a ragged table: passage p has words[start[p]:start[p + 1]].
    `names` are phrases which, standing in a query, name this article: its title, its file or folder.
    """

    article: Article
    cuts: tuple[Cut, ...]
    words: Ints
    counts: NDArray[np.uint16]
    lengths: NDArray[np.float32]
    passage_start: Ints
    passage_words: Ints
    passage_counts: NDArray[np.uint8]
    pairs: NDArray[np.int64]
    names: tuple[tuple[int, ...], ...]
    title_words: Ints
    passage_sizes: NDArray[np.float32]


def prepare(article: Article, vocabulary: Vocabulary) -> Prepared:
    """Cut and count one article; costs about 3 ms for a page of 6 kB."""
    cuts = tuple(cut(article.text))
    vocabulary.spellings |= plain_words(f"{article.title}\n{article.text}")
    title = vocabulary.numbers(terms(article.title + " " + " ".join(article.alerts)))
    about = " ".join((*article.services, *article.feeds))
    path = vocabulary.numbers(terms(f"{_readable_path(article.path)} {about}"))
    headings = vocabulary.numbers(terms(" ".join(dict.fromkeys(_headings(cuts)))))
    texts = [vocabulary.numbers(terms(part.text)) for part in cuts]
    body = np.concatenate(texts) if texts else np.zeros(0, np.int32)
    lead = texts[0] if texts else body
    fields = (title, path, headings, lead, body)
    words, counts = _count(fields)
    start, passage_words, counted = _passages(cuts, texts, vocabulary)
    running = np.concatenate([title, body]).astype(np.int64)
    sizes = [counted[low:high].sum() for low, high in pairwise(start.tolist())]
    return Prepared(
        article=article,
        cuts=cuts,
        words=words,
        counts=counts,
        lengths=np.array([len(field) for field in fields], np.float32),
        passage_start=start,
        passage_words=passage_words,
        passage_counts=counted,
        pairs=np.unique(running[:-1] * PAIR + running[1:]),
        names=_names(article, vocabulary),
        title_words=words[counts[0] > 0],
        passage_sizes=np.array(sizes, np.float32),
    )


def _readable_path(path: str) -> str:
    return re.sub(r"\.(?:md|adoc|html|rst|txt)\b", "", " ".join(path.split("/")[-3:])) if "/" in path else ""


def _headings(cuts: tuple[Cut, ...]) -> list[str]:
    return [part for one in cuts for part in one.heading.split(" > ") if part]


def _count(fields: tuple[Ints, ...]) -> tuple[Ints, NDArray[np.uint16]]:
    words = np.unique(np.concatenate(fields)).astype(np.int32)
    counts = np.zeros((len(fields), len(words)), np.uint16)
    for row, field in enumerate(fields):
        present, times = np.unique(field, return_counts=True)
        counts[row, np.searchsorted(words, present)] = np.minimum(times, 65_535)
    return words, counts


def _passages(
    cuts: tuple[Cut, ...], texts: list[Ints], vocabulary: Vocabulary
) -> tuple[Ints, Ints, NDArray[np.uint8]]:
    starts, words, counts = [0], [np.zeros(0, np.int32)], [np.zeros(0, np.uint8)]
    for part, text in zip(cuts, texts, strict=False):
        with_heading = np.concatenate([vocabulary.numbers(terms(part.heading)), text])
        present, times = np.unique(with_heading, return_counts=True)
        words.append(present.astype(np.int32))
        counts.append(np.minimum(times, 255).astype(np.uint8))
        starts.append(starts[-1] + len(present))
    return np.array(starts, np.int32), np.concatenate(words), np.concatenate(counts)


def _names(article: Article, vocabulary: Vocabulary) -> tuple[tuple[int, ...], ...]:
    """Return the title, and the file's name (the folder's, where the file is a mere README), as phrases."""
    texts = [article.title, *article.alerts]
    parts = article.path.split("#")[0].split("/")
    stem = re.sub(r"\.\w+$", "", parts[-1])
    if len(parts) > 1:
        texts.append(parts[-2] if stem.lower() in _DULL_NAMES else stem)
    found = [terms(text) for text in texts]
    # In an alert's name the parts of `patroni-ci` stand among others, so they name the article apart too.
    found += [[term for term in parts if not term.startswith("=")] for parts in found]
    phrases = (tuple(int(n) for n in vocabulary.numbers(parts)) for parts in found)
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))
