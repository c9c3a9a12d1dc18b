"""Say what the sender's side tells of a delivery: how late it came, whether its total is what arrived.

Which column that is, its name says as far as names go. Else a total is the counter that equals another one in
most deliveries known strictly before, and the lag is how long after its time a delivery became known.
"""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.questions.balance_features import equal_counters

Floats = NDArray[np.float64]

# A name in words: capitals begin one, digits and signs end one.
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LAGS = (frozenset({"lag", "delay", "lateness"}), frozenset({"latency"}))
# What is late or overdue may be payments, as long as no unit says that it is hours.
_PERHAPS_LAG = frozenset({"late", "overdue"})
# How many of something were late is no lag.
_COUNTED = frozenset({
    "rows", "records", "count", "counts", "number", "num", "files", "share", "pct", "code", "rate", "flag",
    "bytes", "messages", "offsets",
})  # fmt: skip
_HOURS = {
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1.0 / 60.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0 / 3_600.0),
    "ms": 1.0 / 3_600_000.0,
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
}
_USUAL_OF = 28


def find_lag(names: list[str]) -> str | None:
    """Return the column that says how late a delivery came, the plainest of several; None without one."""
    told = {name: words for name in names if not (words := _words(name)) & _COUNTED}
    plain = [name for known in _LAGS for name in told if told[name] & known]
    perhaps = [
        name
        for name, words in told.items()
        if words & _PERHAPS_LAG and (words & _HOURS.keys() or words <= _PERHAPS_LAG)
    ]
    return next(iter(plain + perhaps), None)


def lateness(ordered: pd.DataFrame, name: str | None, warm_up: int) -> dict[str, Floats]:
    """Return the lag in hours, and how much of a quarter of a day it is beyond what is usual of the feed.

    Args:
        ordered: Deliveries, each feed's by time.
        name: The column of the lag; without one, it is how long after `t` a delivery became known.
        warm_up: With fewer earlier deliveries nothing is usual.
    """
    if name is None:
        lag = (ordered["t_avail"] - ordered["t"]).to_numpy(np.float64) / 3_600.0
    else:
        unit = next((hours for word, hours in _HOURS.items() if word in _words(name)), 1.0)
        lag = ordered[name].to_numpy(np.float64) * unit
    usual = (
        pd.Series(lag)
        .groupby(ordered["feed_id"].to_numpy(object))
        .transform(lambda own: own.shift(1).rolling(_USUAL_OF, min_periods=warm_up).median())
    )
    later = np.nan_to_num(lag - usual.to_numpy(np.float64))
    return {"late": np.clip(later / 6.0, -1.0, 3.0), "lag": np.nan_to_num(lag)}


def source_gap(ordered: pd.DataFrame, counters: list[str]) -> dict[str, Floats]:
    """Return whether a source-side total disagrees with the counter that it usually equals."""
    source = next((name for name in counters if name.endswith("_sum")), None)
    gap = _any_gap(ordered, counters) if source is None else _named_gap(ordered, counters, source)
    before = pd.Series(gap).groupby(ordered["feed_id"].to_numpy(object)).shift(1).fillna(0.0).to_numpy()
    return {
        "source_gap": (gap != 0).astype(np.float64),
        "gap_size": np.sign(gap) * np.log1p(np.abs(gap)),
        "gap_change": np.log1p(np.abs(gap - before)),
    }


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _any_gap(ordered: pd.DataFrame, counters: list[str]) -> Floats:
    return equal_counters(ordered[counters].to_numpy(np.float64), ordered["t_avail"].to_numpy(np.float64))


def _named_gap(ordered: pd.DataFrame, counters: list[str], source: str) -> Floats:
    total = ordered[source].to_numpy(np.float64)
    agreement = {
        name: _agreement(total, ordered[name].to_numpy(np.float64)) for name in counters if name != source
    }
    gap = np.zeros(len(ordered))
    if not agreement:
        return gap
    # Which counter the total belongs to is decided per row, by agreement strictly before it, in time order.
    names = list(agreement)
    time = np.argsort(ordered["t_avail"].to_numpy(np.float64), kind="stable")
    moments = ordered["t_avail"].to_numpy(np.float64)[time]
    matches = np.column_stack([agreement[name][time] for name in names])
    running = np.vstack([np.zeros((1, len(names))), np.cumsum(matches, axis=0)])
    best = np.argmax(running[np.searchsorted(moments, moments, "left")], axis=1)
    for place, name in enumerate(names):
        rows = time[best == place]
        gap[rows] = ordered[name].to_numpy(np.float64)[rows] - total[rows]
    return np.asarray(np.nan_to_num(gap), dtype=np.float64)


def _agreement(total: Floats, counter: Floats) -> Floats:
    return np.asarray(np.isfinite(total) & (total == counter), dtype=np.float64)
