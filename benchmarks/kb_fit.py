"""Fit the knowledge room's ranker on labelled queries and write it as data.

The order is a listwise softmax over candidates (Cao et al. 2007, linear, L2), the doubt a logistic model of
"can the library answer this at all", learnt in libraries of many sizes that do or do not hold the answer.
Figures printed are from folds that keep each product or rule source together.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from benchmarks import report
from benchmarks.kb_data import CACHE, Row, articles, queries
from benchmarks.kb_metrics import auroc, figures_of
from benchmarks.kb_worlds import Corpus, product
from knowledge.embedding import packaged_encoder
from knowledge.features import FEATURES
from knowledge.ranking import ALIKE, CONFIDENCE_FEATURES, Incidents, Linear, Ranker, confidence_row
from knowledge.retrieval import Found
from knowledge.shelf import Shelf
from knowledge.vector_cache import VectorCache

Rows = NDArray[np.float32]
_FOLDS = 5
_SMALL = 1_000
_HALF = 0.5
_CANDIDATES_LEARNT = 80
_ORDER_PENALTY = 2e-2
_DOUBT_PENALTY = 0.3
_FLAT = Ranker(
    Linear(np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32),
           np.array([1.0 if n in {"rich_relative", "meaning"} else 0.0 for n in FEATURES], np.float32)),
    Linear(np.zeros(len(CONFIDENCE_FEATURES), np.float32), np.ones(len(CONFIDENCE_FEATURES), np.float32),
           np.zeros(len(CONFIDENCE_FEATURES), np.float32)),
    0.5,
)  # fmt: skip


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

    def doubt(self, ranker: Ranker) -> Rows:
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


def fit_doubt(table: Rows, known: NDArray[np.bool_], weight: Rows) -> Linear:
    """Return a logistic model of answerable against not, both sides weighing the same."""
    wide = table.astype(np.float64)
    mean, spread = wide.mean(0), wide.std(0) + 1e-6
    wide = np.column_stack([(wide - mean) / spread, np.ones(len(wide))])
    sign = np.where(known, 1.0, -1.0)
    share = weight / np.where(known, 2 * weight[known].sum(), 2 * weight[~known].sum())

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (wide @ values)
        value = (share * np.logaddexp(0, -margin)).sum() + _DOUBT_PENALTY * values[:-1] @ values[:-1]
        slope = wide.T @ (-share * sign / (1 + np.exp(np.clip(margin, -50, 50))))
        slope[:-1] += 2 * _DOUBT_PENALTY * values[:-1]
        return float(value), slope

    found = minimize(loss, np.zeros(wide.shape[1]), jac=True, method="L-BFGS-B").x
    columns = [np.asarray(part, np.float32) for part in (mean, spread, found[:-1])]
    return Linear(columns[0], columns[1], columns[2], float(found[-1]))


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
    return Ranker(order, _FLAT.doubt, 0.0, fit_incidents(examples, order))


def learn_doubt(doubtful: Sequence[Doubtful], ranker: Ranker) -> Linear:
    """Return the doubting model for a ranker's order."""
    table = np.vstack([one.example.doubt(ranker) for one in doubtful])
    known = np.array([one.is_known for one in doubtful], bool)
    return fit_doubt(table, known, np.array([one.weight for one in doubtful], np.float32))


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
        doubt = learn_doubt([d for d in doubtful if chosen.get(d.example.product) != fold], ranker)

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


def least_confidence(yes: list[float], no: list[float]) -> float:
    """Return the confidence that best parts the answerable from the rest (Youden)."""
    steps = np.linspace(0.05, 0.95, 91)
    gains = [np.mean(np.array(yes) >= step) - np.mean(np.array(no) >= step) for step in steps]
    return float(steps[int(np.argmax(gains))])


def _as_data(model: Linear, names: tuple[str, ...]) -> dict[str, object]:
    columns = zip(names, model.mean.tolist(), model.spread.tolist(), model.weight.tolist(), strict=True)
    return {
        "features": {n: [round(v, 6) for v in values] for n, *values in columns},
        "offset": round(model.offset, 6),
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
    ranker = learn_order([e for e in examples if e.product])
    ranker = replace(ranker, doubt=learn_doubt(doubtful, ranker))
    sure = {known: [ranker.confidence(d.example.doubt(ranker)) for d in doubtful if d.is_known is known]
            for known in (True, False)}  # fmt: skip
    answer_at = least_confidence(sure[True], sure[False])
    print("doubt", doubts, "answers at", answer_at)
    document = {
        "provenance": {
            "fitted_by": "python -m benchmarks.kb_fit",
            "queries": len({e.row.qid for e in examples}),
            "method": "listwise softmax, L2; logistic doubt in libraries of many sizes; folds by product",
            "cross_validated": {n: round(v, 4) for n, v in (figures["text"] | doubts).items()},
            "cross_validated_with_name": {n: round(v, 4) for n, v in figures["full"].items()},
        },
        "order": _as_data(ranker.order, FEATURES),
        "doubt": _as_data(ranker.doubt, CONFIDENCE_FEATURES),
        "incidents": {
            "scale": round(ranker.incidents.scale, 4),
            "offset": round(ranker.incidents.offset, 4),
        },
        "answer_at": round(answer_at, 4),
    }
    given.weights.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    report.write(given.json, data={"folder": given.data.name}, figures=doubts, peers=figures)


if __name__ == "__main__":
    main()
