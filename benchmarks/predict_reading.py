"""Read one folder of questions into frames that hold what the format promises, whatever it leaves out.

What can be worked out is worked out (moments in other units, a missing horizon, folds without cuts); what
cannot be judged is refused in words.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import BadInput
from predictors.questions.event_frame import feed_names, number_columns, tidied

Floats = NDArray[np.float64]

# What a file that is cut off, packed badly or written in another encoding raises.
UNREADABLE = (ValueError, OSError, EOFError, zlib.error)
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_YES = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
# Where a folder names no cuts: training ends there, as a share of the span of its questions.
_USUAL_CUTS = (0.4, 0.6, 0.8)


def constants(folder: Path) -> dict[str, object]:
    """Return what `task.json` says.

    Raises:
        BadInput: It cannot be read as a JSON object.
    """
    try:
        told = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _refused("there is no task.json") from error
    except ValueError as error:
        raise _refused(f"task.json is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise _refused("task.json is not a JSON object")
    return told


def read_frames(
    folder: Path, kind: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, object], tuple[str, ...]]:
    """Return events, questions, static attributes and constants, clock times and horizon in seconds; and, in
    words, what was left out of the first two.

    Raises:
        BadInput: There are no answered questions, or nothing tells when they were asked.
    """
    info = constants(folder) | {"kind": kind}
    unit = _SECONDS.get(str(info.get("time_unit") or "s"), 0.0)
    if unit:
        info["time_unit"] = "s"
    scale = unit or 1.0
    events, queries = _frame(folder, "events"), _frame(folder, "queries")
    for frame in (events, queries):
        for name in {"t", "t_avail", "event_t"} & set(frame.columns):
            frame[name] = _moments(frame[name], scale)
    left_out = (*_rows_left_out(events), *_questions_left_out(queries))
    events = tidied(events, kind, number_columns(events))
    queries = _questions(queries)
    told = _number(info.get("horizon"))
    info["horizon"] = _seen_horizon(queries) if np.isnan(told) else told * scale
    queries = _in_folds(queries, info, scale)
    return events, queries, _frame(folder, "meta"), info, left_out


def _rows_left_out(events: pd.DataFrame) -> list[str]:
    """Say how many rows nobody can place. That one was sent twice is no loss."""
    if not len(events):
        return ["no rows of events"]
    unknown = np.ones(len(events), dtype=bool)
    for name in {"t", "t_avail"} & set(events.columns):
        unknown &= ~np.isfinite(events[name].to_numpy(np.float64))
    if "feed_id" in events:
        unknown |= events["feed_id"].isna().to_numpy()
    return [f"{unknown.sum():,} of {len(events):,} rows, without a feed or a moment"] if unknown.any() else []


def _questions_left_out(queries: pd.DataFrame) -> list[str]:
    if not {"t", "y"} <= set(queries.columns):
        return []
    unknown = _answers(queries).isna() | ~np.isfinite(queries["t"])
    if not unknown.any():
        return []
    return [f"{unknown.sum():,} of {len(queries):,} questions, without an answer or a moment"]


def _answers(queries: pd.DataFrame) -> "pd.Series[float]":
    """Return answers as numbers, NaN where there is none."""
    words = queries["y"].map(lambda told: _YES.get(str(told).strip().casefold(), told))
    return pd.to_numeric(words, errors="coerce")


def _questions(queries: pd.DataFrame) -> pd.DataFrame:
    missing = {"t", "y"} - set(queries.columns)
    if missing:
        raise _refused(f"queries hold no column {' and no '.join(sorted(missing))}")
    names = (
        feed_names(queries["feed_id"]).fillna("") if "feed_id" in queries else pd.Series("", queries.index)
    )
    queries = queries.assign(feed_id=names.to_numpy(object), y=_answers(queries))
    queries = queries[queries["y"].notna() & np.isfinite(queries["t"])].reset_index(drop=True)
    if not len(queries):
        raise _refused("queries hold no answered question")
    queries["y"] = (queries["y"] > 0).astype(int)
    if "qid" not in queries or not queries["qid"].is_unique:
        queries["qid"] = np.arange(len(queries))
    if "event_t" not in queries:
        queries["event_t"] = -1.0
    return queries.fillna({"event_t": -1.0})


def _in_folds(queries: pd.DataFrame, info: dict[str, object], scale: float) -> pd.DataFrame:
    """Return the questions with their fold; `cuts` and `split` are set in the constants."""
    cuts = info.get("cuts")
    told = _moments(pd.Series(list(cuts) if isinstance(cuts, list) else [], dtype=object), scale)
    moments, asked = told[np.isfinite(told)], queries["t"].to_numpy(np.float64)
    if "fold" not in queries:
        if not len(moments):
            first, last = asked.min(), asked.max()
            moments = np.array([first + share * (last - first) for share in _USUAL_CUTS])
        queries = queries.assign(fold=np.searchsorted(moments, asked, "left"))
    elif not len(moments) and info.get("split") != "feed":
        fold = queries["fold"].to_numpy()
        if not set(queries.loc[fold == 0, "feed_id"]) & set(queries.loc[fold == 1, "feed_id"]):
            info["split"] = "feed"
        else:
            last = int(fold.max())
            moments = np.array([asked[fold <= number].max(initial=-np.inf) for number in range(last)])
    info["split"] = info.get("split") or "time"
    info["cuts"] = moments.tolist()
    return queries


def _seen_horizon(queries: pd.DataFrame) -> float:
    """Return how far ahead the latest trouble lay that counted as a yes."""
    yes = queries[(queries["y"] == 1) & (queries["event_t"] > 0)]
    return float((yes["event_t"] - yes["t"]).max()) if len(yes) else 0.0


def _moments(values: pd.Series, scale: float) -> Floats:
    """Return times as numbers, in seconds where the unit is a unit of the clock; -1 stays "never"."""
    numbers = pd.to_numeric(values, errors="coerce")
    if not numbers.notna().any() and values.notna().any():
        when = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
        return ((when - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(seconds=1)).to_numpy(np.float64)
    told = numbers.to_numpy(np.float64, na_value=np.nan)
    return np.where(told < 0, told, told * scale)


def _frame(folder: Path, stem: str) -> pd.DataFrame:
    for suffix in (".csv.gz", ".csv"):
        path = folder / f"{stem}{suffix}"
        if path.exists():
            try:
                return pd.read_csv(path, low_memory=False)
            except pd.errors.EmptyDataError:
                return pd.DataFrame()
            except UNREADABLE as error:
                raise _refused(f"{path.name} is no table: {error}") from error
    return pd.DataFrame()


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def _refused(reason: str) -> BadInput:
    return BadInput(
        reason,
        say=f"This task can't be judged: {reason}.",
        next_step="Look at the folder's files and its README.",
    )
