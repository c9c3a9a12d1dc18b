"""Order candidates and say how likely the first one answers, by two small fitted linear models.

Weights are data (`ranking.json`, written by `python -m benchmarks.kb_fit`, with what they were fitted on);
they are looked up by feature name, so that a file made for other features is refused, not misread.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput
from knowledge.features import FEATURES

CONFIDENCE_FEATURES = (
    "top_score", "gap_to_second", "gap_to_tenth", "article_covers", "passage_covers", "title_covered",
    "query_in_title", "meaning", "best_meaning", "rich_absolute", "pairs", "named_best", "unknown_share",
    "distinct_words", "looks_like_question", "rarest_covered", "rarest_best", "log_articles", "meaning_lead",
    "name_in_article", "name_whole_in_article", "both_covered", "meaning_of_small",
)  # fmt: skip


# Without meaning, right and wrong first answers are both doubted more; measured on libraries of a dozen to
# 9,000 articles, what is not known still stays below a quarter of the threshold.
_WORDS_ALONE = 0.25


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
class Ranker:
    """The model that orders and the model that doubts, with the least confidence worth an answer."""

    order: Linear
    doubt: Linear
    answer_at: float

    def without_meaning(self) -> "Ranker":
        """Return the ranker for exact words alone: what is not measured is taken as usual."""
        order, doubt = _silent(self.order, FEATURES), _silent(self.doubt, CONFIDENCE_FEATURES)
        return Ranker(order, doubt, self.answer_at * _WORDS_ALONE)

    def confidence(self, row: NDArray[np.float32]) -> float:
        """Return the chance, 0 to 1, that the library can answer this query at all."""
        return float(1 / (1 + np.exp(-np.clip(self.doubt.score(row[None, :])[0], -30, 30))))


def _silent(model: Linear, names: tuple[str, ...]) -> Linear:
    weight = np.array(
        [0.0 if "meaning" in name else w for name, w in zip(names, model.weight.tolist(), strict=True)],
        np.float32,
    )
    return Linear(model.mean, model.spread, weight, model.offset)


def read_ranker(text: str) -> Ranker:
    """Parse fitted weights.

    Raises:
        BadInput: The file was fitted for other features.
    """
    document = json.loads(text)
    return Ranker(
        order=_linear(document["order"], FEATURES),
        doubt=_linear(document["doubt"], CONFIDENCE_FEATURES),
        answer_at=float(document["answer_at"]),
    )


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
    }
    return np.array([values[name] for name in CONFIDENCE_FEATURES], np.float32)
