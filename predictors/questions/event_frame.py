"""Bring rows of events into one shape before features are read off them: times, states, finite numbers.

Other systems leave columns out, write states in their own words, and measure nonsense now and then. Nothing
here looks across rows later than the row itself, and which columns are numbers is settled by training.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PLAIN = frozenset({"feed_id", "t", "t_avail", "status"})

_GOOD = frozenset(
    {"ok", "up", "success", "succeeded", "successful", "pass", "passed", "healthy", "operational"}
    | {"available", "online", "true"}
)
_BAD = frozenset(
    {"down", "fail", "failed", "failure", "error", "errored", "broken", "outage", "critical"}
    | {"unavailable", "offline", "unreachable", "timeout", "timed out", "major outage", "crashed", "false"}
)
_WORDS = {"outage": ("up", "down")}
# Redirects are answers; what is below or above is none.
_FIRST_ANSWER, _FIRST_ERROR = 200.0, 400.0
# Beyond this a number is a fault of the instrument, and its square would drown every other.
_LARGEST = 1e12
_NUMBERS_SHARE = 0.5


def number_columns(events: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that hold numbers, if need be with some text or gaps between them."""
    return tuple(str(name) for name in events.columns if name not in PLAIN and _is_number(events[name]))


def tidied(events: pd.DataFrame, kind: str, numbers: Sequence[str]) -> pd.DataFrame:
    """Return the rows by time, with `feed_id`, `t`, `t_avail`, `status` and exactly the columns `numbers`.

    A row without a moment or a feed is left out. A missing state is the one before it, and at first a good
    one; without any states an endpoint is down where its HTTP code says so. Infinite numbers are gaps.
    """
    size = len(events)
    frame = pd.DataFrame(
        {"feed_id": feed_names(events["feed_id"])} if "feed_id" in events else {"feed_id": [""] * size}
    )
    for name in ("t", "t_avail"):
        other = "t_avail" if name == "t" else "t"
        first, second = _numbers(events, name), _numbers(events, other)
        frame[name] = np.where(np.isfinite(first), first, second)
    columns = {name: np.clip(_numbers(events, name), -_LARGEST, _LARGEST) for name in numbers}
    frame = pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)
    frame["status"] = _states(events, kind)
    there = np.isfinite(frame["t_avail"]) & frame["feed_id"].notna()
    frame = pd.DataFrame(frame[there]).sort_values("t_avail", kind="stable").reset_index(drop=True)
    good = _WORDS.get(kind, ("ok", "fail"))[0]
    return frame.assign(status=frame.groupby("feed_id")["status"].ffill().fillna(good))


def feed_names(names: pd.Series) -> "pd.Series[str]":
    """Return the names as text; a number reads alike whether or not gaps made it a fraction."""
    if pd.api.types.is_float_dtype(names) and bool((names.dropna() % 1 == 0).all()):
        names = names.astype("Int64")
    told = names.astype(object).where(names.notna(), None)
    return told.map(str, na_action="ignore").reset_index(drop=True)


def _states(events: pd.DataFrame, kind: str) -> NDArray[np.object_]:
    good, bad = _WORDS.get(kind, ("ok", "fail"))
    if "status" in events:
        told = events["status"].map(lambda word: str(word).strip().casefold(), na_action="ignore")
        plain = told.map(
            lambda word: good if word in _GOOD else bad if word in _BAD else word, na_action="ignore"
        )
        return plain.astype(object).where(plain.notna(), None).to_numpy(object)
    if kind == "outage" and "code" in events:
        code = _numbers(events, "code")
        down = (code < _FIRST_ANSWER) | (code >= _FIRST_ERROR)
        states = np.where(down, bad, good).astype(object)
        states[~np.isfinite(code)] = None
        return states
    return np.full(len(events), None, dtype=object)


def _numbers(events: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in events:
        return np.full(len(events), np.nan)
    values = pd.to_numeric(events[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _is_number(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return True
    if pd.api.types.is_datetime64_any_dtype(column):
        return False
    there = column.notna()
    read = pd.to_numeric(column[there], errors="coerce").notna()
    return bool(there.any()) and bool(read.mean() >= _NUMBERS_SHARE)
