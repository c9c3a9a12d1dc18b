"""What the ranker sees of each candidate: how its words, title, passages and meaning meet the query."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.knowledge.articles import ArticleKind
from knowledge.prepared import PAIR, Prepared
from knowledge.question import Asked, Rarity
from knowledge.telling import TELLING_COLUMNS, telling_columns
from knowledge.word_index import OPENING, SCORES, Floats

_PASSAGE_SATURATION = 1.2
_PASSAGE_LENGTH = 0.6

_ALONE = (
    *(f"{scheme}_{form}" for scheme in SCORES for form in ("relative", "absolute")),
    "rich_place", "title_covered", "query_in_title", "named", "named_at_all", "named_best",
    "passage_best", "passage_best_relative", "passage_second", "passage_first", "passage_first_relative",
    "passage_covers", "article_covers", "pairs", "pairs_relative", "meaning", "meaning_gap", "meaning_place",
    "title_meaning", "title_meaning_gap", "title_meaning_place", "opening_place",
    "opening_title", "opening_title_relative",
)  # fmt: skip
_LONG_TOO = ("rich_relative", "meaning", "title_covered", "passage_best_relative", "pairs_relative")
FEATURES = (
    *_ALONE,
    *TELLING_COLUMNS,
    "is_runbook", "is_kb", "is_postmortem", "is_incident", "runbook_for_question", "length", "is_section",
    "section_for_question",
    *(f"{name}_of_long" for name in _LONG_TOO),
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One article that may answer, with what its tier already knows about it."""

    tier: int
    row: int
    prepared: Prepared
    passage_average: float
    named: float
    meaning: float
    title_meaning: float


@dataclass(frozen=True)
class PassageFit:
    """How the passages of one article meet the query; `best` is the number of the best passage."""

    best: int
    first_score: float
    best_score: float
    second_score: float
    best_cover: float
    article_cover: float


class QueryWeights:
    """A query's words as a lookup table over the vocabulary, made once per query."""

    def __init__(self, asked: Asked, vocabulary_size: int) -> None:
        self.weight = np.zeros(vocabulary_size, np.float32)
        self.weight[asked.also] = asked.also_weights * asked.also_rarity
        self.weight[asked.words] = asked.weights * asked.rarity


def fit_passages(prepared: Prepared, weights: QueryWeights, average: float) -> PassageFit:
    """Score each passage of an article by BM25 and by the share of the query that stands in it."""
    words = prepared.passage_words
    weight = weights.weight[words]
    place = np.flatnonzero(weight)
    passages = len(prepared.passage_start) - 1
    if not len(place) or passages < 1:
        return PassageFit(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    which = np.searchsorted(prepared.passage_start, place, side="right") - 1
    count = prepared.passage_counts[place].astype(np.float32)
    norm = 1 - _PASSAGE_LENGTH + _PASSAGE_LENGTH * prepared.passage_sizes[which] / average
    gain = weight[place] * count * (_PASSAGE_SATURATION + 1) / (count + _PASSAGE_SATURATION * norm)
    scores = np.bincount(which, gain, minlength=passages)
    cover = np.bincount(which, weight[place], minlength=passages)
    best = int(scores.argmax())
    second = float(np.partition(scores, -2)[-2]) if passages > 1 else 0.0
    everywhere = float(sum(dict(zip(words[place].tolist(), weight[place].tolist(), strict=True)).values()))
    return PassageFit(best, float(scores[0]), float(scores[best]), second, float(cover.max()), everywhere)


def features_of(
    candidates: list[Candidate],
    fits: list[PassageFit],
    scores: Mapping[str, Floats],
    best_scores: Mapping[str, float],
    best_meaning: float,
    asked: Asked,
    rarity: Rarity,
) -> NDArray[np.float32]:
    """Return one row per candidate, one column per name in FEATURES.

    Args:
        candidates: The candidates, as many as rows are returned.
        fits: Their passages' scores, in the same order.
        scores: Per scheme the candidates' scores, in the same order.
        best_scores: Per scheme the best score over all articles the reader may see.
        best_meaning: The highest similarity of meaning over all articles the reader may see.
        asked: The query.
        rarity: How telling words are.
    """
    mass = asked.mass
    columns: dict[str, NDArray[np.floating]] = {}
    for scheme in SCORES:
        columns[f"{scheme}_relative"] = scores[scheme] / (best_scores[scheme] + 1e-6)
        columns[f"{scheme}_absolute"] = scores[scheme] / mass
    columns["rich_place"], columns["opening_place"] = _place(scores["rich"]), _place(scores[OPENING])
    columns |= _title_columns(candidates, asked, rarity, mass)
    columns |= _passage_columns(fits, mass)
    columns |= telling_columns([c.prepared for c in candidates], asked, rarity)
    pairs = _pair_shares(candidates, asked, rarity)
    columns["pairs"], columns["pairs_relative"] = pairs, pairs / (pairs.max() + 1e-6)
    meaning = np.array([c.meaning for c in candidates])
    columns["meaning"], columns["meaning_gap"] = meaning, meaning - best_meaning
    columns["meaning_place"] = _place(meaning)
    title_meaning = np.array([c.title_meaning for c in candidates])
    columns["title_meaning"], columns["title_meaning_place"] = title_meaning, _place(title_meaning)
    columns["title_meaning_gap"] = title_meaning - title_meaning.max(initial=-1.0)
    columns |= _kind_columns(candidates, asked)
    long_query = min(asked.distinct_words / 30, 1.5)
    for name in _LONG_TOO:
        columns[f"{name}_of_long"] = columns[name] * long_query
    return np.column_stack([columns[name] for name in FEATURES]).astype(np.float32)


def _place(values: NDArray[np.floating]) -> NDArray[np.floating]:
    place = np.empty(len(values))
    place[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return 10 / (place + 10)


def _title_columns(
    candidates: list[Candidate], asked: Asked, rarity: Rarity, mass: float
) -> dict[str, NDArray[np.floating]]:
    capped = (np.minimum(asked.weights, 1) * asked.rarity).tolist()
    meant = (np.minimum(asked.also_weights, 1) * asked.also_rarity).tolist()
    value = dict(zip(asked.also.tolist(), meant, strict=True))
    value |= dict(zip(asked.words.tolist(), capped, strict=True))
    opening_rarity = rarity.of(asked.opening)
    opening = dict(zip(asked.opening.tolist(), opening_rarity.tolist(), strict=True))
    opening_mass = float(opening_rarity.sum()) + 1e-6
    rows = []
    for candidate in candidates:
        words = candidate.prepared.title_words
        title = words.tolist()
        title_mass = float(rarity.of(words).sum()) + 1e-6
        met = sum(value.get(word, 0.0) for word in title)
        both = sum(opening.get(word, 0.0) for word in title)
        rows.append((met / title_mass, met / mass, both / (title_mass + opening_mass - both)))
    table = np.array(rows).reshape(-1, 3)
    named = np.array([c.named for c in candidates]) / 10
    return {
        "title_covered": table[:, 0],
        "query_in_title": table[:, 1],
        "opening_title": table[:, 2],
        "opening_title_relative": table[:, 2] / (table[:, 2].max() + 1e-6),
        "named": named,
        "named_at_all": (named > 0).astype(float),
        "named_best": ((named > 0) & (named >= named.max() - 1e-6)).astype(float),
    }


def _passage_columns(fits: list[PassageFit], mass: float) -> dict[str, NDArray[np.floating]]:
    best = np.array([f.best_score for f in fits])
    first = np.array([f.first_score for f in fits])
    return {
        "passage_best": best / mass,
        "passage_best_relative": best / (best.max() + 1e-6),
        "passage_second": np.array([f.second_score for f in fits]) / mass,
        "passage_first": first / mass,
        "passage_first_relative": first / (first.max() + 1e-6),
        "passage_covers": np.minimum(np.array([f.best_cover for f in fits]) / mass, 1.0),
        "article_covers": np.minimum(np.array([f.article_cover for f in fits]) / mass, 1.0),
    }


def _pair_shares(candidates: list[Candidate], asked: Asked, rarity: Rarity) -> NDArray[np.floating]:
    """Return how much of the query's neighbouring words stand as neighbours in each candidate, 0 to 1."""
    if not len(asked.pairs):
        return np.zeros(len(candidates))
    first, second = (asked.pairs // PAIR).astype(np.int32), (asked.pairs % PAIR).astype(np.int32)
    value = rarity.of(first) + rarity.of(second)
    total = float(value.sum()) + 1e-6
    shares = []
    for candidate in candidates:
        known = candidate.prepared.pairs
        if not len(known):
            shares.append(0.0)
            continue
        place = np.minimum(np.searchsorted(known, asked.pairs), len(known) - 1)
        shares.append(float(value[known[place] == asked.pairs].sum()) / total)
    return np.array(shares)


def _kind_columns(candidates: list[Candidate], asked: Asked) -> dict[str, NDArray[np.floating]]:
    question = float(asked.looks_like_question)
    kinds = [c.prepared.article.kind for c in candidates]
    runbook = np.array([kind is ArticleKind.RUNBOOK for kind in kinds], float)
    section = np.array(["#" in c.prepared.article.id for c in candidates], float)
    return {
        "is_runbook": runbook,
        "is_kb": np.array([kind is ArticleKind.KB for kind in kinds], float),
        "is_incident": np.array([kind is ArticleKind.INCIDENT for kind in kinds], float),
        "is_postmortem": np.array([kind is ArticleKind.POSTMORTEM for kind in kinds], float),
        "runbook_for_question": runbook * question,
        "length": np.log1p([float(c.prepared.lengths[4]) for c in candidates]),
        "is_section": section,
        "section_for_question": section * question,
    }
