"""Reconcile source rows with target totals, and judge which breaks were found and who was blamed.

The folder holds detail rows (`source_*.csv*`), totals (`target_*.csv*`) and the known breaks. Columns are
found by
what they hold: the join is on the text name both sides share, never on a numeric code, which may change
meaning.
"""

import time
from pathlib import Path

import pandas as pd

from benchmarks.predict_recon_injected import attribution
from telemetry.rollup import RollupBreak, find_rollup_breaks

Rows = dict[str, dict[str, float]]


def reconcile_task(folder: Path, *, with_peers: bool) -> Rows:
    """Return breaks found, false and attributed, for our reconciliation and for a join on codes."""
    source, target = _one(folder, "source_"), _one(folder, "target_")
    truth = _one(folder, "truth_breaks")
    day, name, measure, parts = _columns(source, target)
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


def _columns(source: pd.DataFrame, target: pd.DataFrame) -> tuple[str, str, str, str]:
    shared = [c for c in target.columns if c in source.columns]
    day = next((c for c in shared if c in {"day", "date", "data", "t"}), shared[0])
    text = [c for c in shared if c != day and not pd.api.types.is_numeric_dtype(target[c])]
    name = text[0] if text else next(c for c in shared if c != day)
    measure = [c for c in shared if c not in {day, name} and pd.api.types.is_numeric_dtype(target[c])][-1]
    own = [c for c in source.columns if c not in target.columns]
    part = next((c for c in own if not pd.api.types.is_numeric_dtype(source[c])), own[0] if own else name)
    return day, name, measure, part


def _one(folder: Path, stem: str) -> pd.DataFrame:
    path = next(iter(sorted(folder.glob(f"{stem}*.csv*"))))
    return pd.read_csv(path, low_memory=False)
