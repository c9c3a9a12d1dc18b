"""Retrieval figures: hits, ranks and gain per task, and how well an unanswerable question is told."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from benchmarks.kb_data import TASKS, Row

_DEPTHS = (1, 3, 5, 10)


def figures_of(
    rankings: Mapping[str, Sequence[str]], rows: Sequence[Row], *, leaks: bool = False
) -> dict[str, float]:
    """Return hit@k, recall@k, MRR@10 and nDCG@10 per task, and their macro means.

    Args:
        rankings: Per query the articles found, best first, excluded ones already left out.
        rows: The queries.
        leaks: Count queries whose words stand verbatim in a right article too.
    """
    by_task: dict[str, list[dict[str, float]]] = defaultdict(list)
    for row in rows:
        if row.gold and (leaks or not row.leak) and row.qid in rankings:
            by_task[row.task].append(_one(rankings[row.qid], row.gold))
    found: dict[str, float] = {}
    for task, values in sorted(by_task.items()):
        for name in values[0]:
            found[f"{name}_{task}"] = sum(value[name] for value in values) / len(values)
        found[f"queries_{task}"] = float(len(values))
    for name in ("hit1", "hit3", "ndcg10", "mrr10"):
        present = [found[f"{name}_{task}"] for task in TASKS if f"{name}_{task}" in found]
        if present:
            found[f"{name}_macro"] = sum(present) / len(present)
    return found


def _one(ranking: Sequence[str], gold: frozenset[str]) -> dict[str, float]:
    places = [place for place, article in enumerate(ranking[:10]) if article in gold]
    gain = sum(1 / math.log2(place + 2) for place in places)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(len(gold), 10)))
    values = {f"hit{k}": float(any(place < k for place in places)) for k in _DEPTHS}
    return values | {
        **{f"recall{k}": sum(place < k for place in places) / len(gold) for k in _DEPTHS},
        "mrr10": 1 / (places[0] + 1) if places else 0.0,
        "ndcg10": gain / ideal,
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative, ties counting half; NaN if one is empty."""
    if not positive or not negative:
        return math.nan
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, by nearest rank."""
    ordered = sorted(values)
    return (
        ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))] if ordered else math.nan
    )
