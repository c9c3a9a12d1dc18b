"""Injected defects found by class, false alarms, and ten million rows reconciled beside datacompy.

`python -m benchmarks.quality [--rows 10000000] [--compare-rows 1000000] [--json FILE]`. Tables are
generated; each
trial has its own seed. Checksums narrow ten million rows down to ranges, only those are compared row by row.
"""

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks import report
from domain.quality import MismatchClass
from telemetry.checksums import frame_differences
from telemetry.reconciliation import reconcile

_TRIALS = 5
_WIDTH = 10_000
Damage = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--compare-rows", type=int, default=1_000_000, help="rows datacompy compares")
    chosen = parser.parse_args()
    found = _defects()
    found |= _large(chosen.rows, "reconcile")
    found |= _large(chosen.compare_rows, "reconcile_same_rows_as_datacompy")
    peers = _datacompy(chosen.compare_rows)
    print(report.table("quality (generated tables)", {"dogwatch": found} | peers))
    report.write(chosen.json, data={"generated": True, "rows": chosen.rows}, figures=found, peers=peers)
    return 0


def _defects() -> dict[str, float]:
    damages: dict[MismatchClass, Damage] = {
        MismatchClass.DUPLICATES: lambda t, r: pd.concat([t, t.sample(5, random_state=int(r.integers(1e6)))]),
        MismatchClass.ROUNDING: lambda t, r: t.assign(amount=t["amount"].round(2)),
        MismatchClass.TIME_ZONE: lambda t, r: t.assign(at=t["at"].str.replace("+00:00", "+01:00")),
        MismatchClass.ENCODING: lambda t, r: t.assign(name=[n.encode().decode("latin-1") for n in t["name"]]),
        MismatchClass.TRUNCATION: lambda t, r: t.assign(name=t["name"].str[: int(r.integers(3, 7))]),
        MismatchClass.KEY_FORMAT: lambda t, r: t.assign(id=t["id"].str.lstrip("0").replace("", "0")),
        MismatchClass.MISSING_PARTITION: lambda t, r: t[t["day"] != f"2026-03-0{int(r.integers(1, 6))}"],
        MismatchClass.LATE_ROWS: lambda t, r: t[
            pd.to_datetime(t["at"]) <= pd.Timestamp("2026-03-02T20:00:00Z")
        ],
        MismatchClass.MISSING_ROWS: lambda t, r: t.sample(len(t) - 7, random_state=int(r.integers(1e6))),
        MismatchClass.CHANGED_VALUES: lambda t, r: t.assign(amount=t["amount"].where(t.index != 17, 9e6)),
    }
    result: dict[str, float] = {}
    false = 0
    for kind, damage in damages.items():
        hits = 0
        for seed in range(_TRIALS):
            random = np.random.default_rng(seed)
            source = _table(200, random)
            told = reconcile(
                source,
                damage(source, random),
                key=["id"],
                partition="day",
                time_column="at",
                loaded_until=pd.Timestamp("2026-03-02T20:00:00Z")
                if kind is MismatchClass.LATE_ROWS
                else None,
            )
            kinds = {one.kind for one in told.mismatches}
            hits += kind in kinds
            false += len(kinds - {kind})
        result[f"found_{kind.name.lower()}"] = hits / _TRIALS
    clean = sum(
        not reconcile(t, t.copy(), key=["id"]).agrees
        for t in (_table(200, np.random.default_rng(seed)) for seed in range(_TRIALS))
    )
    result |= {
        "false_classes": float(false),
        "false_alarms_clean": float(clean),
        "found_mean": float(np.mean([v for k, v in result.items() if k.startswith("found_")])),
    }
    return result


def _large(rows: int, label: str) -> dict[str, float]:
    source, target, wrong = _pair(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    ranges = frame_differences(source, target, "id", _WIDTH)
    told = 0
    for number in ranges:
        left, right = (
            f[(f["id"] >= number * _WIDTH) & (f["id"] < (number + 1) * _WIDTH)] for f in (source, target)
        )
        told += sum(one.rows for one in reconcile(left, right, key=["id"]).mismatches)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {f"{label}_s": seconds, f"{label}_mib": (after - before) / 1024, f"{label}_found": told / wrong}


def _datacompy(rows: int) -> dict[str, dict[str, float]]:
    try:
        import datacompy
    except ImportError:
        print("datacompy is not installed: skipped")
        return {}
    source, target, wrong = _pair(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    comparison = getattr(datacompy, "PandasCompare", None) or datacompy.Compare
    compared = comparison(source, target, join_columns="id")
    unequal = len(compared.all_mismatch())
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = {
        "reconcile_same_rows_as_datacompy_s": seconds,
        "reconcile_same_rows_as_datacompy_found": unequal / wrong,
        "reconcile_same_rows_as_datacompy_mib": (after - before) / 1024,
    }
    return {"datacompy": row}


def _pair(rows: int) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return two tables of integers and amounts that differ in twenty rows."""
    random = np.random.default_rng(9)
    source = pd.DataFrame(
        {
            "id": np.arange(rows),
            "amount": random.integers(0, 10**6, rows) / 100.0,
            "account": random.integers(0, 10**5, rows),
        }
    )
    target = source.copy()
    wrong = random.choice(rows, 20, replace=False)
    target.loc[wrong, "amount"] += 5.0
    return source, target, len(wrong)


def _table(rows: int, random: np.random.Generator) -> pd.DataFrame:
    number = np.arange(rows)
    return pd.DataFrame(
        {
            "id": [f"{n:06d}" for n in number],
            "day": [f"2026-03-0{1 + n % 5}" for n in number],
            "name": [f"Zoë Müller {n}" for n in random.integers(10**6, 10**7, rows)],
            "amount": number + random.integers(0, 999, rows) / 1_000.0 + 0.0005,
            "at": [f"2026-03-02T{n % 24:02d}:{n % 60:02d}:00+00:00" for n in number],
        }
    )


if __name__ == "__main__":
    raise SystemExit(main())
