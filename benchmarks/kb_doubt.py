"""Fit the model that says how likely the first article answers, and from which likelihood on it is shown.

It learns what a person suffers from: whether the first article is right. Fitted on whether a right one is
there at all, it was as sure of the sibling of a right article as of the right one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.kb_examples import Doubtful
from knowledge.ranking import CONFIDENCE_FEATURES, Doubt, Least, Linear, Ranker

Rows = NDArray[np.float32]
Sure = NDArray[np.floating]
_PENALTY = 0.3
"""Strong on purpose: with less of it the folds look better, and short questions, as people put them in chat,
are declined far more often; the labelled queries are mostly long."""
_STRANGE_SHARE = 0.25
"""Questions that a library cannot answer, for each that it can."""
_COST_OF_STRANGE = 1.5
"""What an answer costs where nothing right is there; a wrong one beside a right one costs 1, as a right one
does that is withheld."""
_MOST_WITHHELD = 0.1
"""Of right answers. Cost alone would withhold a fifth of them in a large library, and more of what people ask
in chat: that is short, and all that is short is in doubt."""
_FEW = 60
"""Articles of a library that counts as small."""
_MANY = 1_000
"""Of one that counts as large."""
NO_DOUBT = Doubt(
    Linear(np.zeros(len(CONFIDENCE_FEATURES), np.float32), np.ones(len(CONFIDENCE_FEATURES), np.float32),
           np.zeros(len(CONFIDENCE_FEATURES), np.float32)),
    Least(0.0, 0.0),
)  # fmt: skip


def fit_doubt(table: Rows, known: NDArray[np.bool_], weight: Rows) -> Linear:
    """Return a logistic model of rightly answered against not, both sides weighing the same."""
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
    right = known & np.array([one.example.is_first_right(ranker) for one in doubtful], bool)
    model = fit_doubt(table, right, np.array([one.weight for one in doubtful], np.float32))
    is_heard = np.array([name in heard for name in CONFIDENCE_FEATURES])
    spread = np.where(is_heard, model.spread, 1.0).astype(np.float32)
    model = replace(model, spread=spread, weight=np.where(is_heard, model.weight, 0.0).astype(np.float32))
    sure = 1 / (1 + np.exp(-np.clip(model.score(table), -30, 30)))
    sizes = np.array([one.example.articles for one in doubtful])
    small, large = (
        least_confidence(sure[which & right], sure[which & known & ~right], sure[which & ~known])
        for which in (sizes < _FEW, sizes > _MANY)
    )
    return Doubt(model, Least(small, large))


def least_confidence(right: Sure, wrong: Sure, strange: Sure) -> float:
    """Return the confidence from which on answers cost least, and at most a tenth of right ones is withheld.

    Args:
        right: How sure it was of first articles that are right.
        wrong: Of first articles that are wrong while a right one is there.
        strange: Of first articles where none is right.
    """
    known = max(len(right) + len(wrong), 1)

    def cost(step: float) -> float:
        missed = (np.sum(right < step) + np.sum(wrong >= step)) / known
        return float(
            missed + _STRANGE_SHARE * _COST_OF_STRANGE * np.sum(strange >= step) / max(len(strange), 1)
        )

    steps = [step for step in np.linspace(0.05, 0.95, 91) if np.mean(right < step) <= _MOST_WITHHELD]
    return float(min(steps, key=cost))
