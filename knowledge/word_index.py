"""The exact-word index of one batch of articles: field-weighted BM25 over inverted lists.

Scores follow BM25F (Robertson, Zaragoza and Taylor 2004): counts of all fields are weighted and
length-normalised first and saturated once. Inverse document frequencies are not stored here, because
they are shared by all batches.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from knowledge.prepared import FIELDS, Ints, Prepared

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_SATURATION = 1.2
_LONGEST_NAME = 8
# Weight and strictness of length normalisation per field, in the order of FIELDS.
_PLAIN = ((1.0, 0.0, 0.0, 0.0, 1.0), (0.75, 0.3, 0.6, 0.4, 0.75))
_RICH = ((6.0, 2.0, 2.0, 1.0, 1.0), (0.3, 0.3, 0.6, 0.4, 0.75))
_LEAD = ((1.0, 0.0, 0.0, 1.0, 0.0), (0.3, 0.3, 0.6, 0.4, 0.75))
_TITLE = ((1.0, 0.0, 0.0, 0.0, 0.0), (0.3, 0.3, 0.6, 0.4, 0.75))
SCHEMES = {"plain": _PLAIN, "rich": _RICH, "lead": _LEAD, "title": _TITLE}
OPENING = "opening"
"""The score by `rich` of the words alone with which a query begins."""
SCORES = (*SCHEMES, OPENING)


@dataclass(frozen=True)
class Lists:
    """Inverted lists: the articles of word w are `articles[start[w]:start[w + 1]]`, with their impacts."""

    start: NDArray[np.int64]
    articles: Ints
    impacts: dict[str, Floats]


class Tier:
    """An immutable index of some articles; a library is one big tier and one small, fresh one."""

    def __init__(self, prepared: Sequence[Prepared], words_known: int) -> None:
        self.prepared = tuple(prepared)
        self.words_known = words_known
        self.size = len(prepared)
        lengths = np.array([p.lengths for p in prepared], np.float32).reshape(-1, len(FIELDS))
        self._average = np.maximum(lengths.mean(axis=0) if self.size else np.ones(len(FIELDS)), 1e-6)
        self.lists, self.title_lists = self._invert(lengths)
        self.documents = np.diff(self.lists.start).astype(np.float32)
        self.passage_average = max(
            float(sum(int(p.passage_counts.sum()) for p in prepared))
            / max(sum(len(p.passage_start) - 1 for p in prepared), 1),
            1.0,
        )
        self.names: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for row, one in enumerate(prepared):
            for name in one.names:
                self.names[name].append(row)

    def _invert(self, lengths: Floats) -> tuple[Lists, Lists]:
        if not self.size:
            none = Lists(np.zeros(self.words_known + 1, np.int64), np.zeros(0, np.int32), {})
            empty = {name: np.zeros(0, np.float32) for name in SCHEMES}
            return Lists(none.start, none.articles, empty), Lists(none.start, none.articles, empty)
        words = np.concatenate([p.words for p in self.prepared])
        rows = np.repeat(np.arange(self.size, dtype=np.int32), [len(p.words) for p in self.prepared])
        counts = np.concatenate([p.counts for p in self.prepared], axis=1).astype(np.float32)
        order = np.argsort(words, kind="stable")
        words, rows, counts = words[order], rows[order], counts[:, order]
        titled = counts[0] > 0
        return (
            self._lists(words, rows, counts, lengths, ("plain", "rich", "lead")),
            self._lists(words[titled], rows[titled], counts[:, titled], lengths, ("title",)),
        )

    def _lists(
        self, words: Ints, rows: Ints, counts: Floats, lengths: Floats, names: tuple[str, ...]
    ) -> Lists:
        start = np.searchsorted(words, np.arange(self.words_known + 1)).astype(np.int64)
        impacts = {name: self._impact(counts, lengths, rows, *SCHEMES[name]) for name in names}
        return Lists(start, rows, impacts)

    def _impact(
        self,
        counts: Floats,
        lengths: Floats,
        rows: Ints,
        weights: tuple[float, ...],
        strictness: tuple[float, ...],
    ) -> Floats:
        total = np.zeros(counts.shape[1], np.float32)
        for field, (weight, b) in enumerate(zip(weights, strictness, strict=True)):
            if weight:
                norm = weight / (1 - b + b * lengths[:, field] / self._average[field])
                total += counts[field] * norm[rows].astype(np.float32)
        return (total * (_SATURATION + 1) / (_SATURATION + total)).astype(np.float32)

    def scores(
        self, words: Sequence[tuple[int, float]], schemes: Collection[str] = tuple(SCHEMES)
    ) -> dict[str, Floats]:
        """Return every article's score under each scheme, for words with weight times rarity."""
        known = [(word, weight) for word, weight in words if 0 <= word < self.words_known]
        found: dict[str, Floats] = {}
        for lists in (self.lists, self.title_lists):
            wanted = [name for name in lists.impacts if name in schemes]
            if wanted:
                found |= self._summed(lists, known, wanted)
        return found

    def _summed(
        self, lists: Lists, words: Sequence[tuple[int, float]], names: Sequence[str]
    ) -> dict[str, Floats]:
        """Multiply the lists of a few words with their weights: a sparse product, one per scheme."""
        parts = [slice(int(lists.start[word]), int(lists.start[word + 1])) for word, _ in words]
        if not parts:
            return {name: np.zeros(self.size, np.float32) for name in names}
        start = np.cumsum([0] + [part.stop - part.start for part in parts]).astype(np.int32)
        rows = np.concatenate([lists.articles[part] for part in parts])
        weights = np.array([weight for _, weight in words], np.float32)
        return {
            name: np.asarray(
                csc_array(
                    (np.concatenate([lists.impacts[name][part] for part in parts]), rows, start),
                    shape=(self.size, len(words)),
                )
                @ weights
            )
            for name in names
        }

    def named_in(self, sequence: Sequence[int]) -> Iterator[tuple[tuple[int, ...], list[int]]]:
        """Yield each phrase of a query that is the name of articles, with their rows."""
        for begin in range(len(sequence)):
            for end in range(begin + 1, min(begin + _LONGEST_NAME, len(sequence)) + 1):
                phrase = tuple(sequence[begin:end])
                rows = self.names.get(phrase)
                if rows:
                    yield phrase, rows
