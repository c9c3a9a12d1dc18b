"""Fit the model that says how likely the library knows at all, and from which likelihood on it answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.kb_examples import Doubtful
from knowledge.ranking import CONFIDENCE_FEATURES, Doubt, Least, Linear, Ranker

Rows = NDArray[np.float32]
_PENALTY = 0.3
"""Strong on purpose: with less of it the folds look better, and short questions, as people put them in chat,
are declined far more often; the labelled queries are mostly long."""
_FEW = 60
"""Articles of a library that counts as small; the threshold of a large one is that of all."""
NO_DOUBT = Doubt(
    Linear(np.zeros(len(CONFIDENCE_FEATURES), np.float32), np.ones(len(CONFIDENCE_FEATURES), np.float32),
           np.zeros(len(CONFIDENCE_FEATURES), np.float32)),
    Least(0.0, 0.0),
)  # fmt: skip


def fit_doubt(table: Rows, known: NDArray[np.bool_], weight: Rows) -> Linear:
    """Return a logistic model of answerable against not, both sides weighing the same."""
    wide = table.astype(np.float64)
    mean, spread = wide.mean(0), wide.std(0) + 1e-6
    wide = np.column_stack([(wide - mean) / spread, np.ones(len(wide))])
    sign = np.where(known, 1.0, -1.0)
    share = weight / np.where(known, 2 * weight[known].sum(), 2 * weight[~known].sum())

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (wide @ values)
        value = (share * np.logaddexp(0, -margin)).sum() + _PENALTY * values[:-1] @ values[:-1]
        slope = wide.T @ (-share * sign / (1 + np.exp(np.clip(margin, -50, 50))))
        slope[:-1] += 2 * _PENALTY * values[:-1]
        return float(value), slope

    found = minimize(loss, np.zeros(wide.shape[1]), jac=True, method="L-BFGS-B").x
    columns = [np.asarray(part, np.float32) for part in (mean, spread, found[:-1])]
    return Linear(columns[0], columns[1], columns[2], float(found[-1]))


def learn_doubt(
    doubtful: Sequence[Doubtful], ranker: Ranker, heard: Sequence[str] = CONFIDENCE_FEATURES
) -> Doubt:
    """Return the doubting model for a ranker's order, which hears some features only, and its thresholds."""
    table = np.vstack([one.example.doubt(ranker) for one in doubtful])
    table[:, [name not in heard for name in CONFIDENCE_FEATURES]] = 0.0
    known = np.array([one.is_known for one in doubtful], bool)
    model = fit_doubt(table, known, np.array([one.weight for one in doubtful], np.float32))
    is_heard = np.array([name in heard for name in CONFIDENCE_FEATURES])
    spread = np.where(is_heard, model.spread, 1.0).astype(np.float32)
    model = replace(model, spread=spread, weight=np.where(is_heard, model.weight, 0.0).astype(np.float32))
    sure = 1 / (1 + np.exp(-np.clip(model.score(table), -30, 30)))
    sizes = np.array([one.example.articles for one in doubtful])
    small, large = (
        least_confidence(sure[which & known].tolist(), sure[which & ~known].tolist())
        for which in (sizes < _FEW, sizes > 0)
    )
    return Doubt(model, Least(small, large))


def least_confidence(yes: list[float], no: list[float]) -> float:
    """Return the confidence that best parts the answerable from the rest (Youden)."""
    steps = np.linspace(0.05, 0.95, 91)
    gains = [np.mean(np.array(yes) >= step) - np.mean(np.array(no) >= step) for step in steps]
    return float(steps[int(np.argmax(gains))])
