"""Fit the knowledge room's ranker on labelled queries and write it as data.

The order is a listwise softmax over candidates (Cao et al. 2007, linear, L2), the doubt a logistic model of
"does the first article answer this", learnt in libraries of many sizes that do or do not hold the answer.
Figures printed are from folds that keep each product or rule source together.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from benchmarks import report
from benchmarks.kb_data import CACHE, Row, articles, queries
from benchmarks.kb_doubt import NO_DOUBT, learn_doubt
from benchmarks.kb_examples import Doubtful, Example
from benchmarks.kb_metrics import auroc, figures_of
from benchmarks.kb_worlds import Corpus
from knowledge.embedding import packaged_encoder
from knowledge.features import FEATURES
from knowledge.ranking import (
    ALIKE,
    CONFIDENCE_FEATURES,
    HEARD_BY_WORDS,
    Incidents,
    Linear,
    Ranker,
)
from knowledge.shelf import Shelf
from knowledge.vector_cache import VectorCache

Rows = NDArray[np.float32]
_FOLDS = 5
_SMALL = 1_000
_ORDER_PENALTY = 2e-2
_FLAT = Ranker(
    Linear(np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32),
           np.array([1.0 if n in {"rich_relative", "meaning"} else 0.0 for n in FEATURES], np.float32)),
    NO_DOUBT,
    NO_DOUBT,
)  # fmt: skip


def fit_order(examples: list[Example]) -> Linear:
    """Return weights that put right articles before wrong ones; incidents have an order of their own."""
    use = [e for e in examples if e.right.any() and not e.is_incident]
    table = np.vstack([e.features for e in use]).astype(np.float64)
    mean, spread = table.mean(0), table.std(0) + 1e-6
    table = (table - mean) / spread
    starts = np.cumsum([0] + [len(e.found) for e in use])[:-1]
    which = np.repeat(np.arange(len(use)), [len(e.found) for e in use])
    target = np.concatenate([e.right / e.right.sum() for e in use])
    share = 1.0 / len(use)

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = table @ weight
        score -= np.maximum.reduceat(score, starts)[which]
        grown = np.exp(score)
        total = np.add.reduceat(grown, starts)[which]
        value = -(share * target * (score - np.log(total))).sum() + _ORDER_PENALTY * weight @ weight
        return float(value), table.T @ (share * (grown / total - target)) + 2 * _ORDER_PENALTY * weight

    weight = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return Linear(mean.astype(np.float32), spread.astype(np.float32), weight.astype(np.float32))


def fit_incidents(examples: list[Example], order: Linear) -> Incidents:
    """Return the scale on which likeness sorts incidents, as sure on the average as other first answers."""
    told = [e for e in examples if e.right.any() and e.is_incident]
    others = [float(order.score(e.features).max()) for e in examples if not e.is_incident]
    if not told or not others:
        return Incidents()

    def loss(scale: float) -> float:
        total = 0.0
        for example in told:
            score = scale * (example.features @ ALIKE)
            score -= score.max()
            total -= float((example.right / example.right.sum()) @ (score - np.log(np.exp(score).sum())))
        return total

    scale = float(minimize_scalar(loss, bounds=(0.1, 20.0), method="bounded").x)
    tops = [scale * float((e.features @ ALIKE).max()) for e in told]
    return Incidents(scale, float(np.mean(others) - np.mean(tops)))


def collect(folder: Path, cache: Path) -> tuple[list[Example], list[Doubtful]]:
    """Return every query with its candidates in the whole library, and examples of knowing and not."""
    rows = queries(folder)
    vectors = VectorCache(packaged_encoder(cache), cache)
    found: list[Example] = []
    doubtful: list[Doubtful] = []
    for name in sorted({row.corpus for row in rows}):
        here = [row for row in rows if row.corpus == name]
        corpus = Corpus(articles(folder, name), here, vectors)
        whole, begun = corpus.whole(), len(found)
        found += _examples(corpus, whole, here, ("text", "full"))
        if len({one.product for one in found[begun:] if one.product}) < _FOLDS:
            continue
        doubtful += [Doubtful(e, True, 1.0) for e in found[begun:] if e.product]
        groups = folds(found[begun:])
        hidden = [frozenset(p for p, fold in groups.items() if fold == n) for n in range(_FOLDS)]
        for world in corpus.worlds(hidden):
            for asked, known in ((world.answerable, True), (world.strange, False)):
                made = _examples(corpus, world.shelf, asked, ("text", "full"))
                doubtful += [Doubtful(example, known, world.weight) for example in made]
        vectors.save()
    return found, doubtful


def _examples(corpus: Corpus, shelf: Shelf, rows: Sequence[Row], variants: tuple[str, ...]) -> list[Example]:
    made = []
    for row in rows:
        for variant in variants if row.alert else variants[:1]:
            result = corpus.asked(shelf, row, variant, _FLAT)
            if result.candidates:
                made.append(Example(row, variant, result))
    return made


def folds(examples: list[Example]) -> dict[str, int]:
    """Return a fold per product, so that no product is both learnt and tested."""
    loads, chosen = [0] * _FOLDS, {}
    for name, count in Counter(e.product for e in examples if e.product).most_common():
        chosen[name] = loads.index(min(loads))
        loads[chosen[name]] += count
    return chosen


def learn_order(examples: list[Example]) -> Ranker:
    """Return a ranker that orders, and does not doubt yet."""
    order = fit_order(examples)
    return Ranker(order, NO_DOUBT, NO_DOUBT, fit_incidents(examples, order))


def cross_validated(
    examples: list[Example], doubtful: list[Doubtful]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return figures per variant and of the doubt, each query judged by models that never saw its product."""
    chosen = folds(examples)
    rankings: dict[str, dict[str, list[str]]] = {"text": {}, "full": {}}
    yes: list[float] = []
    no: list[float] = []
    small_yes: list[float] = []
    small_no: list[float] = []
    for fold in range(_FOLDS):
        ranker = learn_order([e for e in examples if e.product and chosen[e.product] != fold])
        doubt = learn_doubt([d for d in doubtful if chosen.get(d.example.product) != fold], ranker).model

        def score(example: Example, ranker: Ranker = ranker, doubt: Linear = doubt) -> float:
            return float(doubt.score(example.doubt(ranker)[None, :])[0])

        for example in (e for e in examples if e.product and chosen[e.product] == fold):
            rankings[example.variant][example.row.qid] = example.ranked(ranker)
            if example.variant == "text":
                yes.append(score(example))
        if fold == 0:
            no += [score(e) for e in examples if not e.product]
        for one in (d for d in doubtful if chosen.get(d.example.product) == fold):
            if one.example.articles < _SMALL:
                (small_yes if one.is_known else small_no).append(score(one.example))
    unique = list({e.row.qid: e.row for e in examples}.values())
    figures = {variant: figures_of(found, unique) for variant, found in rankings.items()}
    return figures, {"absent_auroc": auroc(yes, no), "small_auroc": auroc(small_yes, small_no)}


def _as_data(model: Linear, names: tuple[str, ...]) -> dict[str, object]:
    columns = zip(names, model.mean.tolist(), model.spread.tolist(), model.weight.tolist(), strict=True)
    return {
        "features": {n: [round(v, 6) for v in values] for n, *values in columns},
        "offset": round(model.offset, 6),
    }


def as_document(ranker: Ranker) -> dict[str, object]:
    """Return a ranker as `read_ranker` reads it."""
    doubts = {"doubt": ranker.doubt, "doubt_by_words": ranker.doubt_by_words}
    return {
        "order": _as_data(ranker.order, FEATURES),
        "incidents": {
            "scale": round(ranker.incidents.scale, 4),
            "offset": round(ranker.incidents.offset, 4),
        },
        **{
            name: _as_data(one.model, CONFIDENCE_FEATURES)
            | {"answer_at": {"small": round(one.answer_at.small, 4), "large": round(one.answer_at.large, 4)}}
            for name, one in doubts.items()
        },
    }


def main() -> None:
    """Fit on all labelled queries and print what folds say of it."""
    parser = report.arguments(__doc__ or "")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--weights", type=Path, default=Path("knowledge/ranking.json"))
    given = parser.parse_args()
    examples, doubtful = collect(given.data, given.cache)
    figures, doubts = cross_validated(examples, doubtful)
    for variant, values in figures.items():
        print(variant, {name: round(value, 3) for name, value in values.items()})
    print("doubt", doubts)
    ranker = learn_order([e for e in examples if e.product])
    by_words = learn_doubt(doubtful, ranker.without_meaning(), HEARD_BY_WORDS)
    ranker = replace(ranker, doubt=learn_doubt(doubtful, ranker), doubt_by_words=by_words)
    document = as_document(ranker) | {
        "provenance": {
            "fitted_by": "python -m benchmarks.kb_fit",
            "queries": len({e.row.qid for e in examples}),
            "method": "listwise softmax, L2; logistic doubt in libraries of many sizes; folds by product",
            "cross_validated": {n: round(v, 4) for n, v in (figures["text"] | doubts).items()},
            "cross_validated_with_name": {n: round(v, 4) for n, v in figures["full"].items()},
        },
    }
    given.weights.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    report.write(given.json, data={"folder": given.data.name}, figures=doubts, peers=figures)


if __name__ == "__main__":
    main()
