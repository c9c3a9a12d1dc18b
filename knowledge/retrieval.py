"""Search one shelf: gather candidates by words, names and meaning, then order them with the fitted ranker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.ids import ArticleId
from domain.knowledge.articles import Hit, Passage, Query, Reader
from domain.text.machine_orders import shown
from knowledge.embedding import Encoder, Vectors
from knowledge.features import Candidate, PassageFit, QueryWeights, features_of, fit_passages
from knowledge.question import Asked, ask, full_text, opening_of
from knowledge.quoting import fit_to_show
from knowledge.ranking import Ranker, confidence_row
from knowledge.shelf import Shelf
from knowledge.word_index import OPENING, SCORES, Bools, Floats
from knowledge.words import spaced

# How many candidates each road may bring. Together about 200, which the ranker orders in 10 ms.
_BY_WORDS = {"plain": 60, "rich": 100, "title": 30, "lead": 30, OPENING: 40}
_BY_MEANING = 60
_BY_NAME = 20
_COMMON_FROM_ARTICLES = 20_000
_COMMON_SHARE = 0.2
_LONGEST_OPENING = 200

Nearest = Callable[[Vectors, int], Sequence[tuple[ArticleId, float]] | None]
"""A road by meaning: (query vector, count) to articles, or None when only our own copy may be asked."""

Boost = Callable[[ArticleId], float]
"""What people's outcomes add to an article's score."""


@dataclass(frozen=True)
class Found:
    """What a search brought: hits, best first, and how likely it is that the library knows at all."""

    hits: tuple[Hit, ...]
    confidence: float
    searched: int
    candidates: tuple[ArticleId, ...]
    features: Floats
    asked: Asked
    said_at: int | None = None
    """The passage of the first hit's article that says what is asked, where one line of it decided."""

    def led_by(self, place: int) -> "Found":
        """Return the same with the hit at a place before all others."""
        order = [place, *(n for n in range(len(self.hits)) if n != place)]
        rest = range(len(self.hits), len(self.candidates))
        return replace(
            self,
            hits=tuple(self.hits[n] for n in order),
            candidates=tuple(self.candidates[n] for n in (*order, *rest)),
            features=self.features[[*order, *rest]],
            said_at=None,
        )


@dataclass(frozen=True)
class _Gathered:
    """Candidates with their scores, and the best scores over all that the reader may see."""

    candidates: list[Candidate]
    scores: dict[str, Floats]
    best: dict[str, float]
    best_meaning: float
    visible: int


def query_vector_text(query: Query) -> str:
    """Return the text whose meaning is looked for."""
    return full_text(query.model_copy(update={"name": spaced(query.name)}))[:2000]


def opening_vector_text(query: Query) -> str:
    """Return what a query begins with, as one would title it: the name, or the first sentence or line."""
    return spaced(query.name) or opening_of(query.text)[:_LONGEST_OPENING] or " "


@dataclass(frozen=True)
class Meaning:
    """The vectors of a whole query and of how it begins."""

    whole: Vectors
    opening: Vectors


def meaning_of(encoder: Encoder, query: Query) -> Meaning:
    """Return a query's vectors; a short one is its own beginning and costs one encoding."""
    whole, opening = query_vector_text(query), opening_vector_text(query)
    first = encoder.encode([whole])[0]
    return Meaning(first, first if whole.strip() == opening else encoder.encode([opening])[0])


def search(
    shelf: Shelf,
    query: Query,
    reader: Reader,
    meaning: Meaning,
    ranker: Ranker,
    nearest: Nearest,
    boost: Boost,
) -> Found:
    """Return the best articles that the reader and the channel may see."""
    asked = ask(query, shelf.vocabulary, shelf.rarity)
    visible = [board.visible(reader, query.narrowing) for board in shelf.boards]
    gathered = _gather(shelf, asked, visible, meaning, nearest)
    if not gathered.candidates or _is_about_nothing(gathered, asked, meaning):
        return Found((), 0.0, gathered.visible, (), np.zeros((0, 1), np.float32), asked)
    weights = QueryWeights(asked, max(len(shelf.vocabulary), 1))
    fits = [fit_passages(c.prepared, weights, c.passage_average) for c in gathered.candidates]
    rows = features_of(
        gathered.candidates, fits, gathered.scores, gathered.best, gathered.best_meaning, asked, shelf.rarity
    )
    plain_scores = ranker.scores(rows)
    boosts = np.array([boost(c.prepared.article.id) for c in gathered.candidates], np.float32)
    order = np.argsort(-(plain_scores + boosts), kind="stable")
    confidence = ranker.confidence(
        _doubt_row(rows[order], plain_scores[order], gathered.best_meaning, asked, gathered.visible)
    )
    best = [
        _hit(gathered.candidates[place], fits[place], float(plain_scores[place] + boosts[place]), confidence)
        for place in order[: query.limit]
    ]
    ordered = tuple(gathered.candidates[place].prepared.article.id for place in order)
    return Found(tuple(best), confidence, gathered.visible, ordered, rows[order], asked)


def _is_about_nothing(gathered: _Gathered, asked: Asked, meaning: Meaning) -> bool:
    """Say whether exact words decide alone and none of the question's stands in any article."""
    by_words_alone = not meaning.whole.any()
    says_nothing = not len(asked.words) and not len(asked.also)
    return by_words_alone and says_nothing and not any(c.named for c in gathered.candidates)


def _doubt_row(rows: Floats, scores: Floats, best_meaning: float, asked: Asked, articles: int) -> Floats:
    return confidence_row(
        rows,
        scores,
        best_meaning,
        unknown_share=asked.unknown_share,
        distinct_words=asked.distinct_words,
        looks_like_question=asked.looks_like_question,
        articles=articles,
    )


def _gather(
    shelf: Shelf, asked: Asked, visible: list[Bools], meaning: Meaning, nearest: Nearest
) -> _Gathered:
    words = _telling_words(shelf, asked)
    near = _near_rows(shelf, visible, meaning.whole, nearest)
    everything: dict[str, list[Floats]] = {name: [] for name in SCORES}
    candidates: list[Candidate] = []
    best = dict.fromkeys(SCORES, 0.0)
    for number, (board, mask) in enumerate(zip(shelf.boards, visible, strict=True)):
        scores = board.tier.scores(words)
        scores[OPENING] = board.tier.scores(asked.opening_words, ("rich",))["rich"]
        for name in SCORES:
            scores[name][~mask] = 0.0
            best[name] = max(best[name], float(scores[name].max(initial=0.0)))
        named = _named_rows(shelf, number, asked, mask)
        rows = set(near.get(number, ())) | set(sorted(named, key=named.__getitem__, reverse=True)[:_BY_NAME])
        for name, count in _BY_WORDS.items():
            rows |= set(_top(scores[name], count))
        chosen = np.array(sorted(row for row in rows if mask[row]), np.int64)
        near_whole = board.vectors[chosen] @ meaning.whole
        near_title = board.titles[chosen].astype(np.float32) @ meaning.opening
        for name in SCORES:
            everything[name].append(scores[name][chosen])
        candidates += [
            Candidate(
                number, int(row), board.tier.prepared[row], board.tier.passage_average,
                named.get(int(row), 0.0), float(whole), float(title),
            )
            for row, whole, title in zip(chosen, near_whole, near_title, strict=True)
        ]  # fmt: skip
    scores_found = {
        n: np.concatenate(parts) if parts else np.zeros(0, np.float32) for n, parts in everything.items()
    }
    best_meaning = max((candidate.meaning for candidate in candidates), default=0.0)
    return _Gathered(candidates, scores_found, best, best_meaning, int(sum(mask.sum() for mask in visible)))


def _telling_words(shelf: Shelf, asked: Asked) -> list[tuple[int, float]]:
    """Return words with weight times rarity, rarest first; in big libraries without the most common ones."""
    said = zip(asked.words.tolist(), asked.weights.tolist(), asked.rarity.tolist(), strict=True)
    meant = zip(asked.also.tolist(), asked.also_weights.tolist(), asked.also_rarity.tolist(), strict=True)
    pairs = sorted([*said, *meant], key=lambda p: -p[2])
    if shelf.articles <= _COMMON_FROM_ARTICLES:
        return [(word, weight * rare) for word, weight, rare in pairs]
    least = float(np.log(1 / _COMMON_SHARE))
    kept = [(word, weight * rare) for word, weight, rare in pairs if rare >= least]
    return kept or [(word, weight * rare) for word, weight, rare in pairs]


def _near_rows(shelf: Shelf, visible: list[Bools], vector: Vectors, nearest: Nearest) -> dict[int, list[int]]:
    everything_visible = all(
        bool(mask.all()) or bool((mask == board.live).all())
        for board, mask in zip(shelf.boards, visible, strict=True)
    )
    found = nearest(vector, _BY_MEANING) if everything_visible else None
    rows: dict[int, list[int]] = {}
    if found is not None:
        for article, _similarity in found:
            place = shelf.place_of(article)
            if place is not None:
                rows.setdefault(place[0], []).append(place[1])
        return rows
    for number, (board, mask) in enumerate(zip(shelf.boards, visible, strict=True)):
        if board.tier.size:
            rows[number] = _top(
                np.where(mask, board.vectors @ vector, -1.0).astype(np.float32), _BY_MEANING, -0.99
            )
    return rows


def _named_rows(shelf: Shelf, number: int, asked: Asked, mask: Bools) -> dict[int, float]:
    named: dict[int, float] = {}
    for phrase, rows in shelf.boards[number].tier.named_in(asked.sequence):
        value = float(shelf.rarity.of(np.array(phrase, np.int32)).sum())
        for row in rows:
            if mask[row] and value > named.get(row, 0.0):
                named[row] = value
    return named


def _top(values: Floats, count: int, above: float = 0.0) -> list[int]:
    enough = len(values) > count
    best = np.argpartition(-values, count)[:count] if enough else np.arange(len(values))
    return [int(row) for row in best if values[row] > above]


def _hit(candidate: Candidate, fit: PassageFit, score: float, confidence: float) -> Hit:
    article = candidate.prepared.article
    part = candidate.prepared.cuts[fit.best]
    passage = Passage(
        article=article.id, number=fit.best, heading=shown(part.heading), text=fit_to_show(part.text)
    )
    return Hit(
        article=article.id, title=shown(article.title), score=score, confidence=confidence, passage=passage
    )
