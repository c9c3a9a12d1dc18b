"""Injected defects found by class, false alarms, and ten million rows reconciled beside datacompy.

`python -m benchmarks.quality [--rows 10000000] [--compare-rows 1000000] [--json FILE]`. Tables are generated;
each trial has its own seed. `recon_10m_*` is the large comparison (whatever `--rows` says), `recon_1m_*` the
smaller one, `recon_postgres_*` two tables on PostgreSQL; `_shuffled_` means the target in another order.
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks import report
from benchmarks.growth import Growth, apart, has_datacompy
from benchmarks.quality_gate import gated_losses
from benchmarks.quality_mismatches import unusual_mismatches
from benchmarks.quality_postgres import reconcile_postgres
from domain.data_quality.quality import MismatchClass
from telemetry.narrowing import reconcile_frames
from telemetry.reconciliation import reconcile

_TRIALS = 5
Rows = dict[str, dict[str, float]]
Damage = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--compare-rows", type=int, default=1_000_000)
    parser.add_argument("--postgres-rows", type=int, default=1_000_000, help="0 leaves PostgreSQL out")
    parser.add_argument("--no-peers", action="store_true", help="without datacompy")
    chosen = parser.parse_args()
    found = {"dogwatch": _defects() | unusual_mismatches() | gated_losses()}
    print("injected defects, made-up histories of comparisons: done", flush=True)
    for label, rows in (("recon_10m", chosen.rows), ("recon_1m", chosen.compare_rows)):
        for who, row in _reconciled(label, rows, not chosen.no_peers).items():
            found.setdefault(who, {}).update(row)
        print(f"{rows:,} rows reconciled", flush=True)
    if chosen.postgres_rows:
        for who, row in reconcile_postgres(chosen.postgres_rows, with_datacompy=not chosen.no_peers).items():
            found.setdefault(who, {}).update(row)
    print(report.table("quality (generated tables)", found))
    ours = found.pop("dogwatch")
    report.write(chosen.json, data={"generated": True, "rows": chosen.rows}, figures=ours, peers=found)
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


def _reconciled(label: str, rows: int, with_datacompy: bool) -> Rows:
    """Reconcile two frames of so many rows, each contender in a fresh process with a memory of its own."""
    found = {"dogwatch": apart(_ours, rows)}
    if with_datacompy and has_datacompy():
        found["datacompy"] = apart(_datacompy, rows)
    return {who: {f"{label}_{figure}": value for figure, value in row.items()} for who, row in found.items()}


def _ours(rows: int) -> dict[str, float]:
    source, target, wrong = _pair(rows)
    with Growth() as growth:
        start = time.perf_counter()
        told = reconcile_frames(source, target, key=["id"])
        seconds = time.perf_counter() - start
    right = {(MismatchClass.CHANGED_VALUES, 20)} == {(one.kind, one.rows) for one in told.mismatches}
    shuffled = target.sample(frac=1.0, random_state=1)
    start = time.perf_counter()
    again = reconcile_frames(source, shuffled, key=["id"])
    return {
        "s": seconds,
        "mib": growth.mib,
        "found": sum(one.rows for one in told.mismatches) / wrong,
        "named": float(right),
        "shuffled_s": time.perf_counter() - start,
        "shuffled_found": sum(one.rows for one in again.mismatches) / wrong,
    }


def _datacompy(rows: int) -> dict[str, float]:
    import datacompy

    source, target, wrong = _pair(rows)
    with Growth() as growth:
        start = time.perf_counter()
        unequal = len(datacompy.PandasCompare(source, target, join_columns="id").all_mismatch())
        seconds = time.perf_counter() - start
    return {"s": seconds, "mib": growth.mib, "found": unequal / wrong}


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
