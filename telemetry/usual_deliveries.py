"""What the earlier deliveries of a feed have in common: rows, columns, blanks, and how numbers lie."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_LEAST_RUNNING = 3
_HALF = 0.5
_VARIED, _VARIED_READ = 10, 1_000
"""So many different texts, among so many rows from all over a delivery, are no closed list."""


@dataclass(frozen=True)
class UsualValues:
    """How the values of a numeric column usually lie.

    Attributes:
        edges: Where one bin ends and the next begins: the inner deciles, each once.
        shares: Share of values per bin, one more than edges.
        moves: Greatest stability index of one earlier delivery against all of them: what is usual here.
        beyond: Of a running number the end of the newest delivery's values, which the next one goes beyond;
            None of a column that does not run on.
        falls: Whether it runs downwards.
    """

    column: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    moves: float = 0.0
    beyond: float | None = None
    falls: bool = False


@dataclass(frozen=True)
class UsualDelivery:
    """What earlier deliveries looked like: row counts, values of numeric columns, shares without a value (of
    all, and of the emptiest delivery), the columns that each had, and those whose texts always vary."""

    rows: tuple[int, ...] = ()
    values: tuple[UsualValues, ...] = ()
    missing: tuple[tuple[str, float], ...] = field(default_factory=tuple)
    always: frozenset[str] = frozenset()
    emptiest: tuple[tuple[str, float], ...] = ()
    varied: frozenset[str] = frozenset()


def usual_of(deliveries: Sequence[pd.DataFrame]) -> UsualDelivery:
    """Return what these earlier deliveries have in common."""
    if not deliveries:
        return UsualDelivery()
    newest = deliveries[-30:]
    joined = pd.concat(newest, ignore_index=True)
    numeric = [name for name in joined.columns if pd.api.types.is_numeric_dtype(joined[name])]
    values = tuple(
        usual for name in numeric if (usual := _usual_values(newest, joined, str(name))) is not None
    )
    missing = tuple((str(name), float(joined[name].isna().mean())) for name in joined.columns)
    always = frozenset.intersection(*(frozenset(map(str, one.columns)) for one in newest))
    emptiest = tuple((str(name), _emptiest(newest, name)) for name in joined.columns)
    varied = frozenset(name for name in always if _varies(newest, name))
    return UsualDelivery(tuple(len(one) for one in deliveries), values, missing, always, emptiest, varied)


def _varies(deliveries: Sequence[pd.DataFrame], name: str) -> bool:
    """Return whether a column of texts had many different ones in each of several deliveries.

    What begins with digits may be a day: months that are handed in late are followed by files of one day.
    """
    if len(deliveries) < _LEAST_RUNNING:
        return False
    for one in deliveries:
        if name not in one or pd.api.types.is_numeric_dtype(one[name]):
            return False
        some = one[name].dropna().iloc[:: max(1, len(one) // _VARIED_READ)].astype(str)
        if some.nunique() < _VARIED or some.str[:1].str.isdigit().mean() > _HALF:
            return False
    return True


def _emptiest(deliveries: Sequence[pd.DataFrame], name: object) -> float:
    """Return the greatest share of rows without a value that a delivery had."""
    shares = (float(one[name].isna().mean()) if name in one else 1.0 for one in deliveries if len(one))
    return max(shares, default=1.0)


def _usual_values(deliveries: Sequence[pd.DataFrame], joined: pd.DataFrame, name: str) -> UsualValues | None:
    values = joined[name].dropna().to_numpy(np.float64)
    edges = np.unique(np.nanquantile(values, np.linspace(0.1, 0.9, 9))) if len(values) else np.array([])
    if not len(edges):
        return None
    shares = shares_of(values, edges)
    each = [
        own
        for one in deliveries
        if name in one
        and pd.api.types.is_numeric_dtype(one[name])
        and len(own := one[name].dropna().to_numpy(np.float64))
    ]
    moves = max((moved_by(shares_of(own, edges), shares) for own in each), default=0.0)
    return UsualValues(name, tuple(edges), tuple(shares), moves, *_running(each))


def _running(each: Sequence[NDArray[np.float64]]) -> tuple[float | None, bool]:
    """Return beyond which value a running number goes on, and whether downwards; None where none runs.

    While fewer deliveries are known than there are bins, `moves` tells too little of such a column.
    """
    if len(each) < _LEAST_RUNNING:
        return None, False
    low, high = np.array([np.quantile(own, [0.1, 0.9]) for own in each]).T
    if bool((low[1:] > high[:-1]).all()):
        return float(high[-1]), False
    return (float(low[-1]), True) if bool((high[1:] < low[:-1]).all()) else (None, False)


def shares_of(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of values per bin; a value on an edge belongs to the bin above."""
    counts = np.bincount(np.searchsorted(edges, values, "right"), minlength=len(edges) + 1)
    return np.asarray(counts / max(len(values), 1), dtype=np.float64)


def moved_by(shares: NDArray[np.float64], usual: NDArray[np.float64]) -> float:
    """Return the population stability index (Siddiqi 2006); 0.25 is the customary limit."""
    return float(np.sum((shares - usual) * np.log((shares + 0.005) / (usual + 0.005))))


def goes_on(values: NDArray[np.float64], usual: UsualValues) -> bool:
    """Return whether a running number goes on beyond the newest delivery, as in each one before."""
    if usual.beyond is None:
        return False
    low, high = np.quantile(values, [0.1, 0.9])
    return bool(high < usual.beyond) if usual.falls else bool(low > usual.beyond)
