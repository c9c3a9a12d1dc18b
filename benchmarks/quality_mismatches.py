"""Cards about differences that nobody needed, and those that were: on made-up histories of comparisons.

Five kinds of feed (clean; a row now and then; late rows within a factor; late rows that vary widely; three
kinds at once), each with 300, 10,000 and a million rows a day. The shares are invented: so is what they say.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np

from domain.data_quality.comparisons import is_unusual
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint

FEEDS, DAYS, KNOWN = 8, 150, 60
_EVERY = 30
_SEED = 9
_LOST = (0.005, 0.02, 0.1)
SIZES = (300, 10_000, 1_000_000)
Random = np.random.Generator
Kind = Callable[[Random, int], dict[str, int]]

FEEDS_OF: Mapping[str, Kind] = {
    "clean": lambda random, rows: {},
    "rare": lambda random, rows: {"missing rows": int(random.poisson(1.0)) if random.random() < 0.1 else 0},
    "late": lambda random, rows: {"late rows": _around(random, rows * 0.01, 0.4)},
    "wide": lambda random, rows: {"late rows": _around(random, rows * 0.004, 1.0)},
    "mixed": lambda random, rows: {
        "late rows": _around(random, rows * 0.01, 0.4),
        "rounding": _around(random, rows * 0.002, 0.5),
        "missing rows": int(random.poisson(0.3)),
    },
}


def unusual_mismatches() -> dict[str, float]:
    """Return needless cards a feed and year by kind of feed, and the share of lost rows that were told."""
    random = np.random.default_rng(_SEED)
    found: dict[str, float] = {}
    told, tried = dict.fromkeys(_LOST, 0), 0
    for name, kind in FEEDS_OF.items():
        needless = days = 0
        for rows in SIZES:
            for _ in range(FEEDS):
                mine, hits, trials = _history(random, rows, kind)
                needless, days, tried = needless + mine, days + DAYS, tried + trials
                told = {lost: told[lost] + hits[lost] for lost in _LOST}
        found[f"recon_needless_a_year_{name}"] = 365.0 * needless / days
    return found | {f"recon_told_{lost:g}": count / tried for lost, count in told.items()}


def _history(random: Random, rows: int, kind: Kind) -> tuple[int, dict[float, int], int]:
    """Return needless cards of one feed, what was told of rows lost now and then, and how often they were."""
    before: list[ReconciliationPoint] = []
    needless, trials, hits = 0, 0, dict.fromkeys(_LOST, 0)
    for day in range(DAYS):
        found = point(rows, kind(random, rows), day)
        unusual = is_unusual(found, before[:KNOWN])
        needless += unusual
        if day % _EVERY == _EVERY - 1:
            trials += 1
            for lost in _LOST:
                also = kind(random, rows)
                also["missing rows"] = also.get("missing rows", 0) + round(rows * lost)
                hits[lost] += is_unusual(point(rows, also, day), before[:KNOWN])
        before.insert(0, found.model_copy(update={"is_unusual": unusual}))
    return needless, hits, trials


def _around(random: Random, middle: float, wide: float) -> int:
    return int(random.poisson(middle * math.exp(random.normal(0.0, wide))))


def point(rows: int, kinds: Mapping[str, int], day: int) -> ReconciliationPoint:
    """Return a comparison of a day."""
    return ReconciliationPoint(
        id=str(day),
        business_date=f"{day:05d}",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        state="done",
        source_rows=rows,
        target_rows=rows,
        mismatches=tuple(MismatchPoint(kind=kind, rows=count) for kind, count in kinds.items() if count),
    )
