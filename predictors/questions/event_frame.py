"""Bring rows of events into one shape before features are read off them: times, states, finite numbers.

Other systems leave columns out, write states in their own words, and measure nonsense now and then. Nothing
here looks across rows later than the row itself, and which columns are numbers is settled by training.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.questions.state_words import is_answer, read_states, state_pair

PLAIN = frozenset({"feed_id", "t", "t_avail", "status"})

# Beyond this a number is a fault of the instrument, and its square would drown every other.
_LARGEST = 1e12
_NUMBERS_SHARE = 0.5
# Whose rows are one a moment: the same row twice was sent twice. Two runs may be alike.
_ONE_A_MOMENT = frozenset({"telemetry", "batch"})


def number_columns(events: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that hold numbers, if need be with some text or gaps between them."""
    events = _named_once(events)
    return tuple(str(name) for name in events.columns if name not in PLAIN and _is_number(events[name]))


def tidied(
    events: pd.DataFrame, kind: str, numbers: Sequence[str], words: Mapping[str, bool] | None = None
) -> pd.DataFrame:
    """Return the rows by time, with `feed_id`, `t`, `t_avail`, `status` and exactly the columns `numbers`.

    Left out are rows without a moment or a feed, and of a delivery or a reading that stands there twice the
    second. A missing state is the one before it, and at first a good one; without any states an endpoint is
    down where its HTTP code says so. Infinite numbers are gaps. `words` are what training has learned of
    words for states (`state_words.learn_words`); without them, open ones stay what they are.
    """
    events, size = _named_once(events), len(events)
    frame = pd.DataFrame(
        {"feed_id": feed_names(events["feed_id"])} if "feed_id" in events else {"feed_id": [""] * size}
    )
    for name in ("t", "t_avail"):
        other = "t_avail" if name == "t" else "t"
        first, second = _numbers(events, name), _numbers(events, other)
        frame[name] = np.where(np.isfinite(first), first, second)
    columns = {name: np.clip(_numbers(events, name), -_LARGEST, _LARGEST) for name in numbers}
    frame = pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)
    frame["status"] = _states(events, kind, words)
    there = np.isfinite(frame["t_avail"]) & frame["feed_id"].notna()
    frame = pd.DataFrame(frame[there]).sort_values("t_avail", kind="stable").reset_index(drop=True)
    if kind in _ONE_A_MOMENT:
        frame = frame.drop_duplicates(ignore_index=True)
    good, _ = state_pair(kind)
    return frame.assign(status=frame.groupby("feed_id")["status"].ffill().fillna(good))


def _named_once(events: pd.DataFrame) -> pd.DataFrame:
    """Return the first of columns that share a name."""
    return events.loc[:, ~events.columns.duplicated()]


def feed_names(names: pd.Series) -> "pd.Series[str]":
    """Return the names as text without blanks about them; a number reads alike whether or not gaps made it a
    fraction."""
    if pd.api.types.is_float_dtype(names) and bool((names.dropna() % 1 == 0).all()):
        names = names.astype("Int64")
    told = names.astype(object).where(names.notna(), None)
    return told.map(lambda name: str(name).strip(), na_action="ignore").reset_index(drop=True)


def _states(events: pd.DataFrame, kind: str, words: Mapping[str, bool] | None) -> NDArray[np.object_]:
    good, bad = state_pair(kind)
    if "status" in events:
        return read_states(events["status"], kind, words)
    if kind == "outage" and "code" in events:
        code = _numbers(events, "code")
        states = np.where(is_answer(code), good, bad).astype(object)
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
