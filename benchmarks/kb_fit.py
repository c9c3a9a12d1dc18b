"""Fit the knowledge room's ranker on labelled queries and write it as data.

The order is a listwise softmax over candidates (Cao et al. 2007, linear, L2), the doubt a logistic model of
"can the library answer this at all". Unanswerable examples are made by hiding the product that holds the
right answer. Figures printed are from folds that keep each product or rule source together.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import report
from benchmarks.kb_data import Row, articles, queries
from benchmarks.kb_metrics import auroc, figures_of
from domain.articles import Narrowing, Reader
from domain.ids import ArticleId
from knowledge.embedding import packaged_encoder
from knowledge.features import FEATURES
from knowledge.library import Library
from knowledge.ranking import CONFIDENCE_FEATURES, Linear, Ranker, confidence_row
from knowledge.retrieval import Found
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace

Rows = NDArray[np.float32]
_FOLDS = 5
_CANDIDATES_LEARNT = 80
# There are few labelled duplicates of incidents; each counts as much as three other queries.
_WEIGHT_OF_TASK = {"incident": 3.0}
_ORDER_PENALTY = 1e-3
_DOUBT_PENALTY = 1e-2
_FLAT = Ranker(
    Linear(np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32),
           np.array([1.0 if n in {"rich_relative", "meaning"} else 0.0 for n in FEATURES], np.float32)),
    Linear(np.zeros(len(CONFIDENCE_FEATURES), np.float32), np.ones(len(CONFIDENCE_FEATURES), np.float32),
           np.zeros(len(CONFIDENCE_FEATURES), np.float32)),
    0.5,
)  # fmt: skip


class Example:
    """One query's candidates with their features."""

    def __init__(self, row: Row, variant: str, result: Found) -> None:
        self.row, self.variant, self.asked = row, variant, result.asked
        self.found, self.features = [str(article) for article in result.candidates], result.features
        self.product = next((gold.split(":")[0] for gold in sorted(row.gold)), "")
        if len(self.found) > _CANDIDATES_LEARNT:
            keep = [n for n, a in enumerate(self.found) if n < _CANDIDATES_LEARNT or a in row.gold]
            self.found, self.features = [self.found[n] for n in keep], self.features[keep]
        self.right = np.array([article in row.gold for article in self.found], float)

    def ranked(self, model: Linear) -> list[str]:
        """Return the candidates in the model's order."""
        order = np.argsort(-model.score(self.features), kind="stable")
        return [self.found[place] for place in order if self.found[place] not in self.row.exclude]

    def doubt(self, model: Linear, hidden: frozenset[str] = frozenset()) -> Rows | None:
        """Return what the doubting model would see, with some products' articles hidden."""
        keep = np.array([not any(a.startswith(p + ":") for p in hidden) for a in self.found], bool)
        rows = self.features[keep]
        if not len(rows):
            return None
        scores = model.score(rows)
        order = np.argsort(-scores, kind="stable")
        names = FEATURES.index("meaning")
        return confidence_row(
            rows[order], scores[order], float(rows[:, names].max()), unknown_share=self.asked.unknown_share,
            distinct_words=self.asked.distinct_words, looks_like_question=self.asked.looks_like_question,
        )  # fmt: skip


def fit_order(examples: list[Example]) -> Linear:
    """Return weights that put right articles before wrong ones."""
    use = [e for e in examples if e.right.any()]
    table = np.vstack([e.features for e in use]).astype(np.float64)
    mean, spread = table.mean(0), table.std(0) + 1e-6
    table = (table - mean) / spread
    starts = np.cumsum([0] + [len(e.found) for e in use])[:-1]
    which = np.repeat(np.arange(len(use)), [len(e.found) for e in use])
    target = np.concatenate([e.right / e.right.sum() for e in use])
    share = np.array([_WEIGHT_OF_TASK.get(e.row.task, 1.0) for e in use])
    share = (share / share.sum())[which]

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = table @ weight
        score -= np.maximum.reduceat(score, starts)[which]
        grown = np.exp(score)
        total = np.add.reduceat(grown, starts)[which]
        value = -(share * target * (score - np.log(total))).sum() + _ORDER_PENALTY * weight @ weight
        return float(value), table.T @ (share * (grown / total - target)) + 2 * _ORDER_PENALTY * weight

    weight = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return Linear(mean.astype(np.float32), spread.astype(np.float32), weight.astype(np.float32))


def fit_doubt(yes: list[Rows], no: list[Rows]) -> Linear:
    """Return a logistic model of answerable against not, both sides weighing the same."""
    table = np.vstack([np.array(yes), np.array(no)]).astype(np.float64)
    mean, spread = table.mean(0), table.std(0) + 1e-6
    table = np.column_stack([(table - mean) / spread, np.ones(len(table))])
    sign = np.array([1.0] * len(yes) + [-1.0] * len(no))
    share = np.where(sign > 0, 0.5 / len(yes), 0.5 / len(no))

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (table @ weight)
        value = (share * np.logaddexp(0, -margin)).sum() + _DOUBT_PENALTY * weight[:-1] @ weight[:-1]
        slope = table.T @ (-share * sign / (1 + np.exp(np.clip(margin, -50, 50))))
        slope[:-1] += 2 * _DOUBT_PENALTY * weight[:-1]
        return float(value), slope

    weight = minimize(loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B").x
    columns = [np.asarray(part, np.float32) for part in (mean, spread, weight[:-1])]
    return Linear(columns[0], columns[1], columns[2], float(weight[-1]))


def collect(folder: Path, cache: Path) -> list[Example]:
    """Return every query, words alone and with the name, with its candidates' features."""
    rows, found = queries(folder), []
    for corpus in sorted({row.corpus for row in rows}):
        encoder = VectorCache(packaged_encoder(cache), cache)
        library = Library(encoder, _FLAT, ChromaPlace(), lambda _: 0.0)
        library.add(articles(folder, corpus))
        for row in (r for r in rows if r.corpus == corpus):
            for variant in ("text", "full") if row.alert else ("text",):
                query = row.query(variant)
                left_out = Narrowing(exclude=frozenset(ArticleId(a) for a in row.exclude))
                result = library.search(query.model_copy(update={"narrowing": left_out}), Reader())
                if result.candidates:
                    found.append(Example(row, variant, result))
    return found


def folds(examples: list[Example]) -> dict[str, int]:
    """Return a fold per product, so that no product is both learnt and tested."""
    loads, chosen = [0] * _FOLDS, {}
    for product, count in Counter(e.product for e in examples if e.product).most_common():
        chosen[product] = loads.index(min(loads))
        loads[chosen[product]] += count
    return chosen


def cross_validated(examples: list[Example]) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return figures per variant and of the doubt, each query judged by models that never saw its product."""
    chosen = folds(examples)
    rankings: dict[str, dict[str, list[str]]] = {"text": {}, "full": {}}
    yes, no = [], []
    for fold in range(_FOLDS):
        learnt = [e for e in examples if e.product and chosen[e.product] != fold]
        order = fit_order(learnt)
        doubt = fit_doubt(*doubt_examples(learnt, order))
        for example in (e for e in examples if e.product and chosen[e.product] == fold):
            rankings[example.variant][example.row.qid] = example.ranked(order)
            if example.variant == "text" and (row := example.doubt(order)) is not None:
                yes.append(float(doubt.score(row[None, :])[0]))
        for example in (e for e in examples if not e.product and fold == 0):
            if (row := example.doubt(order)) is not None:
                no.append(float(doubt.score(row[None, :])[0]))
    rows = [e.row for e in examples]
    unique = list({row.qid: row for row in rows}.values())
    figures = {variant: figures_of(found, unique) for variant, found in rankings.items()}
    return figures, {"absent_auroc": auroc(yes, no)}


def doubt_examples(examples: list[Example], order: Linear) -> tuple[list[Rows], list[Rows]]:
    """Return answerable examples and the same with the product that knows the answer hidden."""
    yes, no = [], []
    for example in (e for e in examples if e.product and e.variant == "text" and e.row.task != "incident"):
        shown = example.doubt(order)
        hidden = example.doubt(order, frozenset(g.split(":")[0] for g in example.row.gold))
        if shown is not None and hidden is not None:
            yes.append(shown)
            no.append(hidden)
    return yes, no


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
    parser.add_argument("--cache", type=Path, default=Path("out/kb-cache"))
    parser.add_argument("--weights", type=Path, default=Path("knowledge/ranking.json"))
    given = parser.parse_args()
    examples = collect(given.data, given.cache)
    figures, doubtful = cross_validated(examples)
    for variant, values in figures.items():
        print(variant, {name: round(value, 3) for name, value in values.items()})
    order = fit_order([e for e in examples if e.product])
    yes, no = doubt_examples(examples, order)
    doubt = fit_doubt(yes, no)
    ranker = Ranker(order, doubt, 0.0)
    answer_at = least_confidence([ranker.confidence(r) for r in yes], [ranker.confidence(r) for r in no])
    print("doubt", doubtful, "answers at", answer_at)
    document = {
        "provenance": {
            "fitted_by": "python -m benchmarks.kb_fit",
            "queries": len({e.row.qid for e in examples}),
            "method": "listwise softmax, L2; logistic doubt with hidden products; folds by product",
            "cross_validated": {n: round(v, 4) for n, v in (figures["text"] | doubtful).items()},
        },
        "order": _as_data(order, FEATURES),
        "doubt": _as_data(doubt, CONFIDENCE_FEATURES),
        "answer_at": round(answer_at, 4),
    }
    given.weights.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    report.write(given.json, data={"folder": given.data.name}, figures=doubtful, peers=figures)


if __name__ == "__main__":
    main()
