"""Put errors of known origin into detail rows, and judge how often the right part is blamed.

Real breaks do not say which part was wrong. Here it is known: single rows of a source that balances are
nulled, left at the period before, mistyped by a few, by a power of ten, or by some per cent.
"""

import numpy as np
import pandas as pd

from telemetry.rollup import find_rollup_breaks

_MOST = 400
# Periods between two errors of one group, so that neither is the other's neighbour.
_APART = 60


def attribution(
    source: pd.DataFrame, target: pd.DataFrame, *, period: str, group: str, measure: str, part: str
) -> dict[str, float]:
    """Return how many errors were put in, and the share whose part was blamed."""
    names = {"period": period, "group": group, "measure": measure, "part": part}
    broken = {(one.period, str(one.group)) for one in find_rollup_breaks(source, target, **names)}
    spoiled, put = _spoiled(source, period, group, measure, part)
    put = {place: who for place, who in put.items() if place not in broken}
    found = {(one.period, str(one.group)): one for one in find_rollup_breaks(spoiled, target, **names)}
    right = sum(place in found and found[place].blamed == who for place, who in put.items())
    return {"injected": float(len(put)), "injected_attributed": right / len(put)} if put else {}


def _spoiled(
    source: pd.DataFrame, period: str, group: str, measure: str, part: str
) -> tuple[pd.DataFrame, dict[tuple[object, str], str]]:
    random = np.random.default_rng(3)
    ordered = source.sort_values([group, part, period], kind="stable").reset_index(drop=True)
    values = ordered[measure].to_numpy(np.float64).copy()
    rank = pd.factorize(ordered[period], sort=True)[0]
    filled = ordered[values > 0].groupby(group)[part].nunique()
    several = ordered[group].map(filled).fillna(0).to_numpy() >= 2
    taken: dict[str, list[int]] = {}
    put: dict[tuple[object, str], str] = {}
    for row in random.permutation(np.flatnonzero(several & (values > 0))).tolist():
        where, when = str(ordered[group].iat[row]), int(rank[row])
        if len(put) >= _MOST or any(abs(when - other) < _APART for other in taken.get(where, [])):
            continue
        before = values[row - 1] if row and ordered[part].iat[row - 1] == ordered[part].iat[row] else 0.0
        wrong = _wrong(float(values[row]), float(before), random)
        if wrong < 0 or wrong == values[row]:
            continue
        values[row] = wrong
        taken.setdefault(where, []).append(when)
        put[(ordered[period].iat[row], where)] = str(ordered[part].iat[row])
    return ordered.assign(**{measure: values}), put


def _wrong(value: float, before: float, random: np.random.Generator) -> float:
    sign = float(random.choice([-1.0, 1.0]))
    return [
        0.0,
        before,
        value + sign * float(random.integers(1, 30)),
        value + sign * 10.0 ** int(random.integers(1, 5)),
        float(np.round(value * (1.0 + 0.05 * random.normal()))),
    ][int(random.integers(5))]
