"""What `on_break: hold_unusual` holds back that is usual, and which lost rows it lets pass.

The made-up histories of `quality_mismatches`; every question gets a yes. `gate_needless_a_year_*` counts
days that are held though the feed differs as it always does, its first days included; `gate_passed_*` is the
share of days with so many lost rows that are published unasked, `gate_passed_first_*` the same in a feed's
first five days.
`gate_by_cards_*` is the same where only what is worth a card is held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from benchmarks.quality_mismatches import DAYS, FEEDS, FEEDS_OF, KNOWN, SIZES, Kind, point
from domain.data_quality.comparisons import is_unusual, loses_rows
from domain.data_quality.publications import HOLD_UNUSUAL, judged
from domain.errands import DeliveryState, Errand, ErrandKind
from domain.identity.chat import Place, Platform
from domain.ids import PersonId
from domain.watch.feed_health import ReconciliationPoint

_LOST = (0.0002, 0.001, 0.005, 0.02, 0.1)
_FIRST = 5
_EVERY = 30
_SEED = 10
_ERRAND = Errand(
    id="bench",
    kind=ErrandKind.RECONCILE,
    asked_by=PersonId("bench"),
    place=Place(platform=Platform.WEB, workspace="web", channel="bench"),
    at=datetime(2026, 1, 1, tzinfo=UTC),
    feed="bench",
    is_quiet=True,
)


@dataclass
class _Count:
    days: int = 0
    needless: int = 0
    passed: dict[str, list[bool]] = field(default_factory=dict)

    def figures(self, name: str) -> dict[str, float]:
        told = {f"{name}_passed_{key}": float(np.mean(some)) for key, some in sorted(self.passed.items())}
        return {f"{name}_needless_a_year": 365.0 * self.needless / self.days, **told}


def gated_losses() -> dict[str, float]:
    """Return what is held without need, and what is let pass, by the gate and by cards alone."""
    found: dict[str, float] = {}
    every = {"gate": _Count(), "gate_by_cards": _Count()}
    for kind_name, kind in FEEDS_OF.items():
        for name, total in every.items():
            mine, random = _Count(), np.random.default_rng(_SEED)
            for rows in SIZES:
                for _ in range(FEEDS):
                    _history(random, rows, kind, mine, by_cards=name != "gate")
            found[f"{name}_needless_a_year_{kind_name}"] = 365.0 * mine.needless / mine.days
            total.days, total.needless = total.days + mine.days, total.needless + mine.needless
            for key, some in mine.passed.items():
                total.passed.setdefault(key, []).extend(some)
    return found | {key: value for name, one in every.items() for key, value in one.figures(name).items()}


def _history(random: np.random.Generator, rows: int, kind: Kind, count: _Count, *, by_cards: bool) -> None:
    before: list[ReconciliationPoint] = []
    for day in range(DAYS):
        found, held = _gated(point(rows, kind(random, rows), day), before, by_cards=by_cards)
        count.days, count.needless = count.days + 1, count.needless + held
        if day < _FIRST or day % _EVERY == _EVERY - 1:
            for lost in _LOST:
                also: Mapping[str, int] = kind(random, rows)
                gone = round(rows * lost)
                if gone:
                    spoiled = {**also, "missing rows": also.get("missing rows", 0) + gone}
                    _, is_held = _gated(point(rows, spoiled, day), before, by_cards=by_cards)
                    key = f"first_{lost:g}" if day < _FIRST else f"{lost:g}"
                    count.passed.setdefault(key, []).append(not is_held)
        before.insert(0, found)


def _gated(
    found: ReconciliationPoint, before: list[ReconciliationPoint], *, by_cards: bool
) -> tuple[ReconciliationPoint, bool]:
    known = before[:KNOWN]
    told = {"is_unusual": is_unusual(found, known), "on_break": HOLD_UNUSUAL}
    found = found.model_copy(update={**told, "loses_rows": not by_cards and loses_rows(found, known)})
    return found, judged(None, found, _ERRAND).state is DeliveryState.HELD
