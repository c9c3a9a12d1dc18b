"""Order candidates and say how likely the first one answers, by two small fitted linear models.

Weights are data (`ranking.json`, written by `python -m benchmarks.kb_fit`, with what they were fitted on);
they are looked up by feature name, so that a file made for other features is refused, not misread.
"""

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import cast

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput
from knowledge.features import FEATURES

CONFIDENCE_FEATURES = (
    "top_score", "gap_to_second", "gap_to_tenth", "article_covers", "passage_covers", "title_covered",
    "query_in_title", "meaning", "best_meaning", "rich_absolute", "pairs", "named_best", "unknown_share",
    "distinct_words", "looks_like_question", "rarest_covered", "rarest_best", "log_articles", "meaning_lead",
    "name_in_article", "name_whole_in_article", "both_covered", "meaning_of_small", "proper_missing",
    "proper_missing_of_all", "identifiers_in_article", "title_meaning", "title_meaning_best", "agreement",
    "is_incident", "stands_in_name",
)  # fmt: skip


# How alike two reports of trouble are. Labelled duplicates are few and all from one tracker, and every model
# that was fitted on them did worse on the others than these plain voices, each between 0 and 1, together.
_ALIKE = {
    "plain_relative": 1.0,
    "rich_relative": 1.0,
    "opening_relative": 1.0,
    "title_meaning": 1.0,
    "meaning": 1.5,
    "pairs_relative": 0.5,
    "opening_title": 0.5,
    "title_covered": 0.5,
    "identifiers_in_article": 0.5,
    "rarest_covered": 0.5,
}
ALIKE = np.array([_ALIKE.get(name, 0.0) for name in FEATURES], np.float32)
_IS_INCIDENT = FEATURES.index("is_incident")
_SMALL_LIBRARY, _LARGE_LIBRARY = 30, 9_000
HEARD_BY_WORDS = tuple(name for name in CONFIDENCE_FEATURES if "meaning" not in name and name != "agreement")
"""What can be known of an answer while there are only words."""


@dataclass(frozen=True)
class Linear:
    """A standardised linear model."""

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    weight: NDArray[np.float32]
    offset: float = 0.0

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one score per row."""
        return np.asarray(((rows - self.mean) / self.spread) @ self.weight + self.offset, np.float32)


@dataclass(frozen=True)
class Incidents:
    """Puts the likeness of past incidents on the scale of the ordering model."""

    scale: float = 1.0
    offset: float = 0.0
    voices: NDArray[np.float32] = field(default_factory=lambda: ALIKE)

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one score per row."""
        return np.asarray(rows @ self.voices * self.scale + self.offset, np.float32)


@dataclass(frozen=True)
class Least:
    """The least confidence worth an answer, in a few dozen articles and in thousands; between them by size.

    What a small library does not know is far from all it holds; in a large one something is always near.
    """

    small: float
    large: float

    def of(self, articles: int) -> float:
        """Return it for a library of so many articles."""
        size = np.log(max(articles, 1) / _SMALL_LIBRARY) / np.log(_LARGE_LIBRARY / _SMALL_LIBRARY)
        return float(self.small + (self.large - self.small) * np.clip(size, 0.0, 1.0))


@dataclass(frozen=True)
class Doubt:
    """The model that doubts, and from where on it is worth an answer."""

    model: Linear
    answer_at: Least


@dataclass(frozen=True)
class Ranker:
    """The model that orders, the one that doubts, and the one that doubts while there are only words."""

    order: Linear
    doubt: Doubt
    doubt_by_words: Doubt
    incidents: Incidents = Incidents()

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one score per candidate: past incidents by how alike they are, all others by the model."""
        found = self.order.score(rows)
        told = rows[:, _IS_INCIDENT] > 0
        if told.any():
            found = np.where(told, self.incidents.score(rows), found).astype(np.float32)
        return found

    def without_meaning(self) -> "Ranker":
        """Return the ranker for exact words alone: what is not measured is taken as usual."""
        order = replace(self.order, weight=_without_meaning(self.order.weight, FEATURES))
        quiet = replace(self.incidents, voices=_without_meaning(ALIKE, FEATURES))
        return Ranker(order, self.doubt_by_words, self.doubt_by_words, quiet)

    def confidence(self, row: NDArray[np.float32]) -> float:
        """Return how sure it is, 0 to 1, that the first article answers this query."""
        return float(1 / (1 + np.exp(-np.clip(self.doubt.model.score(row[None, :])[0], -30, 30))))


def _without_meaning(weight: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    heard = [0.0 if "meaning" in name else w for name, w in zip(names, weight.tolist(), strict=True)]
    return np.array(heard, np.float32)


def read_ranker(text: str) -> Ranker:
    """Parse fitted weights.

    Raises:
        BadInput: The file was fitted for other features.
    """
    document = json.loads(text)
    return Ranker(
        order=_linear(document["order"], FEATURES),
        doubt=_doubt(document["doubt"]),
        doubt_by_words=_doubt(document["doubt_by_words"]),
        incidents=Incidents(float(document["incidents"]["scale"]), float(document["incidents"]["offset"])),
    )


def _doubt(part: dict[str, object]) -> Doubt:
    least = cast(dict[str, float], part["answer_at"])
    return Doubt(_linear(part, CONFIDENCE_FEATURES), Least(float(least["small"]), float(least["large"])))


def _linear(part: dict[str, object], names: tuple[str, ...]) -> Linear:
    table = part["features"]
    if not isinstance(table, dict) or set(table) != set(names):
        raise BadInput(
            "ranking weights do not fit the features",
            say="The ranking file was made for another version.",
            next_step="Fit it again, or reinstall.",
        )
    columns = np.array([table[name] for name in names], np.float32)
    offset = part.get("offset", 0.0)
    return Linear(
        columns[:, 0], columns[:, 1], columns[:, 2], float(offset) if isinstance(offset, float) else 0.0
    )


@lru_cache(maxsize=1)
def shipped_ranker() -> Ranker:
    """Return the ranker that comes with the room."""
    return read_ranker(resources.files("knowledge").joinpath("ranking.json").read_text(encoding="utf-8"))


def confidence_row(
    features: NDArray[np.float32],
    scores: NDArray[np.float32],
    best_meaning: float,
    *,
    unknown_share: float,
    distinct_words: int,
    looks_like_question: bool,
    articles: int,
) -> NDArray[np.float32]:
    """Return what the doubting model sees: the best candidate, its lead, and how strange the query is.

    Args:
        features: The candidates' features, best first.
        scores: Their scores, best first.
        best_meaning: The highest similarity of meaning over all articles the reader may see.
        unknown_share: Share of the query's telling words that stand in no article.
        distinct_words: Of the query.
        looks_like_question: A person's question rather than a machine's report.
        articles: How many the library holds; few articles make every word rare and every lead long.
    """
    first = dict(zip(FEATURES, features[0].tolist(), strict=True))
    size = float(min(np.log10(max(articles, 1)) / 4, 1.5))
    values = {
        "top_score": float(scores[0]),
        "gap_to_second": float(scores[0] - scores[min(1, len(scores) - 1)]),
        "gap_to_tenth": float(scores[0] - scores[min(9, len(scores) - 1)]),
        "article_covers": float(features[:3, FEATURES.index("article_covers")].max()),
        "passage_covers": float(features[:3, FEATURES.index("passage_covers")].max()),
        "title_covered": first["title_covered"],
        "query_in_title": first["query_in_title"],
        "meaning": first["meaning"],
        "best_meaning": best_meaning,
        "rich_absolute": first["rich_absolute"],
        "pairs": first["pairs"],
        "named_best": first["named_best"],
        "unknown_share": unknown_share,
        "distinct_words": float(np.log1p(distinct_words)),
        "looks_like_question": float(looks_like_question),
        "rarest_covered": first["rarest_covered"],
        "rarest_best": float(features[:10, FEATURES.index("rarest_covered")].max()),
        "log_articles": size,
        "meaning_lead": first["meaning"] - float(features[:30, FEATURES.index("meaning")].mean()),
        "name_in_article": first["name_in_article"],
        "name_whole_in_article": first["name_whole_in_article"],
        "both_covered": first["article_covers"] * first["title_covered"],
        "meaning_of_small": best_meaning * (1 - size),
        "proper_missing": first["proper_missing"],
        "proper_missing_of_all": float(features[:10, FEATURES.index("proper_missing")].min()),
        "identifiers_in_article": first["identifiers_in_article"],
        "title_meaning": first["title_meaning"],
        "title_meaning_best": float(features[:, FEATURES.index("title_meaning")].max()),
        "agreement": first["rich_place"] * first["meaning_place"],
        "is_incident": first["is_incident"],
        "stands_in_name": first["stands_in_name"],
    }
    return np.array([values[name] for name in CONFIDENCE_FEATURES], np.float32)
