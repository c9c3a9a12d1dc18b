"""What the ranker is fitted on: queries with their candidates, in libraries that hold the answer or not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.kb_data import Row
from benchmarks.kb_worlds import product
from knowledge.features import FEATURES
from knowledge.ranking import Ranker, confidence_row
from knowledge.retrieval import Found

_CANDIDATES_LEARNT = 80
_HALF = 0.5


class Example:
    """One query's candidates with their features, in one library."""

    def __init__(self, row: Row, variant: str, result: Found) -> None:
        self.row, self.variant, self.asked = row, variant, result.asked
        self.articles = result.searched
        self.found, self.features = [str(article) for article in result.candidates], result.features
        self.product = next((product(gold) for gold in sorted(row.gold)), "")
        if len(self.found) > _CANDIDATES_LEARNT:
            keep = [n for n, a in enumerate(self.found) if n < _CANDIDATES_LEARNT or a in row.gold]
            self.found, self.features = [self.found[n] for n in keep], self.features[keep]
        self.right = np.array([article in row.gold for article in self.found], float)

    @property
    def is_incident(self) -> bool:
        """Say whether past incidents are what was found."""
        return bool(self.features[:, FEATURES.index("is_incident")].mean() > _HALF)

    def ranked(self, ranker: Ranker) -> list[str]:
        """Return the candidates in the ranker's order."""
        order = np.argsort(-ranker.scores(self.features), kind="stable")
        return [self.found[place] for place in order if self.found[place] not in self.row.exclude]

    def is_first_right(self, ranker: Ranker) -> bool:
        """Say whether the ranker puts a right article first."""
        return bool(self.right[int(np.argmax(ranker.scores(self.features)))])

    def doubt(self, ranker: Ranker) -> NDArray[np.float32]:
        """Return what the doubting model would see."""
        scores = ranker.scores(self.features)
        order = np.argsort(-scores, kind="stable")
        return confidence_row(
            self.features[order], scores[order], float(self.features[:, FEATURES.index("meaning")].max()),
            unknown_share=self.asked.unknown_share, distinct_words=self.asked.distinct_words,
            looks_like_question=self.asked.looks_like_question, articles=self.articles,
        )  # fmt: skip


@dataclass(frozen=True)
class Doubtful:
    """An example for the doubting model: whether its library knows, and what it counts."""

    example: Example
    is_known: bool
    weight: float
