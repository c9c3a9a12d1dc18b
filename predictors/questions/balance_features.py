"""Say whether a delivery's own books balance: a stock must grow by the flow that is reported beside it.

Nobody says which counter is the stock and which the flow. A pair counts as bound from the moment at which it
agreed in most deliveries of all feeds that were known strictly before; a bound pair that parts company was
corrected, recounted, or cut short.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COLUMNS = ("flow_broken", "flow_gap", "flow_habit")

_LEAST_SEEN = 60.0
_BOUND = 0.75
_HABIT_PRIOR = 20.0
# Pairs grow with the square of the counters.
_MOST_COUNTERS = 60


def balance(values: Floats, feed: NDArray[np.intp], moments: Floats) -> dict[str, Floats]:
    """Return `COLUMNS`, one value per delivery.

    Args:
        values: Deliveries x counters, each feed's rows together and in order of time.
        feed: Number of the feed per row.
        moments: When each delivery became known.

    Returns:
        `flow_broken`: how sure it was, 0 to 1, that a pair which now disagrees would agree; `flow_gap`: by
        how much, on a signed log scale; `flow_habit`: how often the earlier deliveries of the feed disagreed.
    """
    size, width = values.shape
    step = np.vstack([np.full((1, width), np.nan), np.diff(values, axis=0)]) if size else values.copy()
    step[np.r_[True, feed[1:] != feed[:-1]][:size]] = np.nan
    time = np.argsort(moments, kind="stable")
    earlier = np.searchsorted(moments[time], moments, "left")
    sure, gap = np.zeros(size), np.zeros(size)
    for stock in range(min(width, _MOST_COUNTERS)):
        for flow in range(min(width, _MOST_COUNTERS)):
            if stock != flow:
                _part(sure, gap, step[:, stock], values[:, flow], time, earlier)
    return {
        "flow_broken": sure,
        "flow_gap": np.sign(gap) * np.log1p(np.abs(gap)),
        "flow_habit": _habit(sure > 0.0, feed),
    }


def equal_counters(values: Floats, moments: Floats) -> Floats:
    """Return by how much a counter misses the one that it was surest to equal, one value per delivery.

    Args:
        values: Deliveries x counters.
        moments: When each delivery became known.

    Returns:
        0 where they agree or nothing is bound to be equal; that two stand still as before binds nothing.
    """
    time = np.argsort(moments, kind="stable")
    earlier = np.searchsorted(moments[time], moments, "left")
    sure, gap = np.zeros(len(values)), np.zeros(len(values))
    still = np.vstack([np.zeros((1, values.shape[1]), dtype=bool), values[1:] == values[:-1]])[: len(values)]
    for one in range(min(values.shape[1], _MOST_COUNTERS)):
        for other in range(one + 1, min(values.shape[1], _MOST_COUNTERS)):
            moved = np.where(still[:, one] & still[:, other], np.nan, values[:, one])
            _part(sure, gap, moved, values[:, other], time, earlier)
    return gap


def _part(
    sure: Floats,
    gap: Floats,
    step: Floats,
    flow: Floats,
    time: NDArray[np.intp],
    earlier: NDArray[np.intp],
) -> None:
    """Note where this pair disagrees and was surer to agree than any pair noted before."""
    # Two zeros agree about nothing.
    agree = (step == flow) & (flow != 0.0)
    if agree.sum() < _BOUND * _LEAST_SEEN:
        # So few can never have been enough at any moment.
        return
    told = np.isfinite(step) & np.isfinite(flow) & ((step != 0.0) | (flow != 0.0))
    seen = np.r_[0.0, np.cumsum(told[time])][earlier]
    share = np.r_[0.0, np.cumsum(agree[time])][earlier] / np.maximum(seen, 1.0)
    broken = told & ~agree & (seen >= _LEAST_SEEN) & (share >= _BOUND) & (share > sure)
    sure[broken] = share[broken]
    gap[broken] = (step - flow)[broken]


def _habit(broken: Flags, feed: NDArray[np.intp]) -> Floats:
    """Return the share of broken deliveries among the feed's earlier ones, shrunk toward none."""
    size = len(broken)
    first = np.flatnonzero(np.r_[True, feed[1:] != feed[:-1]][:size])
    start = np.repeat(first, np.diff(np.r_[first, size]))
    before = np.r_[0.0, np.cumsum(broken)][:size]
    return np.asarray((before - before[start]) / (np.arange(size) - start + _HABIT_PRIOR), dtype=np.float64)
