"""Say after each run how often its feed failed, ever and lately, beside all feeds.

Rates are counted in runs and shrunk toward that of all feeds. A sweep holds the newest runs of each feed;
what came before enters as counts, so that it sees the rates that a training over months saw.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_PRIOR_RUNS = 30.0
_PRIOR_ALL = 200.0
_FADES = {"rate_200": 200.0, "rate_30": 30.0, "rate_5": 5.0}


def failure_rates(
    feed: Whole, seen: Floats, bad: Floats, earlier: Floats
) -> tuple[dict[str, Floats], Floats, Floats]:
    """Return the log of each rate over that of all feeds, how many runs of the feed there were, and the rate
    of all, after each run.

    Args:
        feed: Number of each run's feed; each feed's runs together and in the order they became known.
        seen: When each became known.
        bad: 1 where it was in trouble.
        earlier: Runs of each feed before these, and how many of them were in trouble (feeds x 2).
    """
    grouped = pd.Series(bad).groupby(feed)
    here, (ran, failed) = _array(grouped.cumcount()) + 1.0, earlier[feed].T
    done, order, pooled = here + ran, np.argsort(seen, kind="stable"), np.empty(len(bad))
    all_ran, all_failed = earlier.sum(axis=0) + np.array([_PRIOR_ALL, 1.0])
    pooled[order] = (np.cumsum(bad[order]) + all_failed) / (np.arange(1, len(bad) + 1) + all_ran)
    columns = {"rate_ever": _log_ratio(_array(grouped.cumsum()) + failed, done, pooled)}
    before = failed / np.maximum(ran, 1.0)
    for label, fade in _FADES.items():
        faded = _array(grouped.ewm(alpha=1.0 / fade, adjust=True).mean().sort_index(level=1))
        inside, weight = (fade * (1.0 - (1.0 - 1.0 / fade) ** count) for count in (here, done))
        columns[label] = _log_ratio(faded * inside + before * (weight - inside), weight, pooled)
    return columns, done, pooled


def _log_ratio(bad: Floats, seen: Floats, pooled: Floats) -> Floats:
    shrunk = (bad + _PRIOR_RUNS * pooled) / (seen + _PRIOR_RUNS)
    return np.asarray(np.log(shrunk / pooled), dtype=np.float64)


def _array(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(np.float64), dtype=np.float64)
