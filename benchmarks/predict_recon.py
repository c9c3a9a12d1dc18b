"""Reconcile source rows with target totals, and judge which breaks were found and who was blamed.

The folder holds detail rows (`source_*.csv*`), totals (`target_*.csv*`) and the known breaks. Columns are
found by what they hold (`benchmarks.predict_recon_columns`).
"""

import time
from pathlib import Path

import pandas as pd

from benchmarks.predict_recon_columns import matched
from benchmarks.predict_recon_injected import attribution
from telemetry.rollup import RollupBreak, find_rollup_breaks

Rows = dict[str, dict[str, float]]


def reconcile_task(folder: Path, *, with_peers: bool) -> Rows:
    """Return breaks found, false and attributed, for our reconciliation and for a join on codes."""
    found_by = matched(*(_one(folder, stem) for stem in ("source_", "target_", "truth_breaks")))
    source, target, truth = found_by.source, found_by.target, found_by.truth
    day, name, measure, parts = found_by.period, found_by.group, found_by.measure, found_by.part
    start = time.process_time()
    found = find_rollup_breaks(source, target, period=day, group=name, measure=measure, part=parts)
    seconds = time.process_time() - start
    rows = {"dogwatch": _judge(found, truth, day, name, measure, source, parts) | {"score_s": seconds}}
    rows["dogwatch"] |= attribution(source, target, period=day, group=name, measure=measure, part=parts)
    code = next(
        (c for c in target.columns if c in source.columns and c.startswith(("codice", "code", "id"))), None
    )
    if with_peers and code is not None:
        joined = find_rollup_breaks(source, target, period=day, group=code, measure=measure, part=parts)
        names = target[[day, code, name]].drop_duplicates().set_index([day, code])[name]
        renamed = [b.renamed(str(names.get((b.period, b.group), ""))) for b in joined]
        rows["join on codes"] = _judge(renamed, truth, day, name, measure, source, parts)
    return rows


def _judge(
    found: list[RollupBreak],
    truth: pd.DataFrame,
    day: str,
    name: str,
    measure: str,
    source: pd.DataFrame,
    part: str,
) -> dict[str, float]:
    true = {(str(a), str(b)) for a, b in truth[[day, name]].itertuples(index=False)}
    claimed = {(str(one.period), str(one.group)) for one in found}
    hits = [one for one in found if (str(one.period), str(one.group)) in true]
    blamed = [one for one in hits if _repaired_by(one, source, day, name, measure, part)]
    possible = [one for one in hits if one.difference != 0]
    return {
        "breaks": float(len(true)),
        "breaks_found": len(true & claimed) / max(len(true), 1),
        "breaks_false": float(len(claimed - true)),
        "breaks_attributed": len(blamed) / max(len(possible), 1),
    }


def _repaired_by(
    one: RollupBreak, source: pd.DataFrame, day: str, name: str, measure: str, part: str
) -> bool:
    """Return whether the blamed part is the one whose own series jumps by about the difference and back.

    The truth file names no part, so blame is checked against both neighbours in time: the blamed part's
    excess over the mean of the days before and after must explain at least half of the difference.
    """
    if one.is_whole:
        return _whole_is_wrong(one, source, day, name, measure)
    if one.blamed is None:
        return False
    own = source[(source[name].astype(str) == str(one.group)) & (source[part].astype(str) == one.blamed)]
    own = own.sort_values(day)
    values, days = own[measure].to_numpy(float), own[day].astype(str).to_list()
    if str(one.period) not in days:
        return True
    place = days.index(str(one.period))
    near = [values[n] for n in (place - 1, place + 1) if 0 <= n < len(values)]
    excess = values[place] - sum(near) / max(len(near), 1)
    return abs(-one.difference - excess) <= 0.5 * abs(one.difference) + 1.0 if near else False


def _whole_is_wrong(one: RollupBreak, source: pd.DataFrame, day: str, name: str, measure: str) -> bool:
    """Return whether the parts together depart from their neighbours in time by about the difference."""
    sums = source[source[name].astype(str) == str(one.group)].groupby(day)[measure].sum()
    if one.period not in sums.index:
        return True
    place = list(sums.index).index(one.period)
    near = [float(sums.iloc[n]) for n in (place - 1, place + 1) if 0 <= n < len(sums)]
    excess = float(sums.iloc[place]) - sum(near) / max(len(near), 1)
    return abs(-one.difference - excess) <= 0.5 * abs(one.difference) + 1.0 if near else False


def _one(folder: Path, stem: str) -> pd.DataFrame:
    path = next(iter(sorted(folder.glob(f"{stem}*.csv*"))))
    return pd.read_csv(path, low_memory=False)
