"""Say how the runs fared that share a feed's source, worker pool or database."""

import numpy as np
from numpy.typing import NDArray

from predictors.known.history import fading_sum
from predictors.known.run_table import RunStates, RunTable

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


def neighbours(
    table: RunTable, states: RunStates, group: Whole, feed: Whole, now: Floats, label: str
) -> dict[str, Floats]:
    """Return how the runs that share this feed's source or pool fared within the last hour or so."""
    names = {"bad": table.bad, "slow": np.clip(states.columns["slower"], 0.0, 2.0)}
    for extra in {"pool": ("queued",), "source": ("retried", "warned"), "database": ("warned",)}[label]:
        names[extra] = np.clip(states.columns[extra], 0.0, 3.0)
    result = {f"{label}_{name}": np.zeros(len(now)) for name in (*names, "now")}
    shared = group[table.feed] if len(table.feed) else np.zeros(0, dtype=np.intp)
    for number in np.unique(group[feed]):
        if number < 0:
            continue
        rows = np.flatnonzero(shared == number)
        rows = rows[np.argsort(table.seen[rows], kind="stable")]
        asked = np.flatnonzero(group[feed] == number)
        times = table.seen[rows]
        count = fading_sum(times, np.ones(len(rows)), now[asked], 3_600.0) + 2.0
        for name, values in names.items():
            mean = fading_sum(times, values[rows], now[asked], 3_600.0) / count
            result[f"{label}_{name}"][asked] = np.log1p(10.0 * mean)
        # What fails this very quarter of an hour says whether an episode is over.
        fresh = fading_sum(times, table.bad[rows], now[asked], 900.0)
        fresh_count = fading_sum(times, np.ones(len(rows)), now[asked], 900.0) + 0.5
        result[f"{label}_now"][asked] = fresh / fresh_count
    return result
