"""Read one folder of questions into frames that hold what the format promises, whatever it leaves out.

What can be worked out is worked out (moments in other units, a missing horizon, folds without cuts); what
cannot be judged is refused in words.
"""

import json
import zlib
from dataclasses import dataclass
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
    **dict.fromkeys(("us", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_YES = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
# Moments beyond the year 5000 are in a finer unit than the folder says.
_FAR_SECONDS, _FINER = 1e11, 1e3
# So many years repeat the calendar, weekday by weekday.
_CALENDAR_SECONDS, _OLDEST_SECONDS = 28 * 365.25 * 86_400.0, 100 * 365.25 * 86_400.0
_TRAINING = ("train", "learn", "fit")
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
    events, queries = _frame(folder, "events"), _frame(folder, "queries")
    clock = _clock(unit, events, queries)
    for frame in (events, queries):
        never = pd.to_numeric(frame["event_t"], errors="coerce") == -1 if "event_t" in frame else False
        for name in {"t", "t_avail", "event_t"} & set(frame.columns):
            frame[name] = clock.moments(frame[name])
        if "event_t" in frame:
            frame["event_t"] = frame["event_t"].mask(never, -1.0)
    left_out = (*_rows_left_out(events), *_questions_left_out(queries))
    events = tidied(events, kind, number_columns(events))
    queries = _questions(queries)
    told = _number(info.get("horizon"))
    seen = _seen_horizon(queries)
    info["horizon"] = seen if np.isnan(told) else told * _unit_of_horizon(told, unit or 1.0, clock, queries)
    queries = _in_folds(queries, info, clock)
    return events, queries, _frame(folder, "meta"), info, left_out


@dataclass(frozen=True)
class _Clock:
    """How moments of a folder become seconds since 1970: by so much finer, and later by so many."""

    scale: float
    later: float = 0.0

    def moments(self, values: pd.Series) -> Floats:
        """Return times as numbers: seconds where the unit is one of the clock, or they are written out."""
        numbers = pd.to_numeric(values, errors="coerce")
        if numbers.notna().any() or not values.notna().any():
            return numbers.to_numpy(np.float64, na_value=np.nan) * self.scale + self.later
        when = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
        seconds = (when - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(seconds=1)
        return seconds.to_numpy(np.float64) + self.later


def _clock(unit: float, *frames: pd.DataFrame) -> _Clock:
    """Return the clock of a folder whose unit is so many seconds, 0 where it is none of the clock.

    Moments up to a hundred years before 1970 are told as whole calendars later: nothing depends on the year,
    and much of what reads clocks counts from there.
    """
    told = [_Clock(unit or 1.0).moments(frame["t"]) for frame in frames if "t" in frame]
    known = np.concatenate([times[np.isfinite(times)] for times in told]) if told else np.zeros(0)
    if not unit or not len(known):
        return _Clock(unit or 1.0)
    scale, middle = unit, float(np.median(np.abs(known)))
    if middle > _FAR_SECONDS and unit > 1.0:  # hours are said of the horizon, and moments are of a clock
        scale, middle = 1.0, middle / unit
    while middle > _FAR_SECONDS:
        scale, middle = scale / _FINER, middle / _FINER
    seconds = known * (scale / unit)
    first = float(seconds[seconds > -_OLDEST_SECONDS].min(initial=0.0))
    return _Clock(scale, np.ceil(-first / _CALENDAR_SECONDS) * _CALENDAR_SECONDS)


def _unit_of_horizon(told: float, unit: float, clock: _Clock, queries: pd.DataFrame) -> float:
    """Return the unit of a horizon: where moments are finer than the folder says, it may be as fine as they.

    It is, if it holds what counted as a yes even then, or, where that is not told, else holds all questions.
    """
    seen, asked = _seen_horizon(queries), queries["t"]
    is_as_fine = told * clock.scale >= 0.999 * seen if seen else told * unit >= asked.max() - asked.min()
    return clock.scale if clock.scale < unit and is_as_fine else unit


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


def _in_folds(queries: pd.DataFrame, info: dict[str, object], clock: _Clock) -> pd.DataFrame:
    """Return the questions with their fold, -1 without one; `cuts` and `split` are set in the constants."""
    cuts = info.get("cuts")
    told = clock.moments(pd.Series(list(cuts) if isinstance(cuts, list) else [], dtype=object))
    moments, asked = told[np.isfinite(told)], queries["t"].to_numpy(np.float64)
    if "fold" not in queries:
        if not len(moments):
            first, last = asked.min(), asked.max()
            moments = np.array([first + share * (last - first) for share in _USUAL_CUTS])
        queries = queries.assign(fold=np.searchsorted(moments, asked, "left"))
    else:
        queries = queries.assign(fold=_fold_numbers(queries, len(moments), info.get("split") == "feed"))
        if not len(moments) and info.get("split") != "feed":
            fold = queries["fold"].to_numpy()
            if not set(queries.loc[fold == 0, "feed_id"]) & set(queries.loc[fold == 1, "feed_id"]):
                info["split"] = "feed"
            else:
                ends = [asked[(fold >= 0) & (fold <= number)] for number in range(int(fold.max()))]
                moments = np.array([end.max(initial=-np.inf) for end in ends])
    info["split"] = info.get("split") or "time"
    info["cuts"] = moments.tolist()
    return queries


def _fold_numbers(queries: pd.DataFrame, cuts: int, is_by_feed: bool) -> NDArray[np.int_]:
    """Return each question's fold as a number, whether the folder numbers or names it.

    What is learned from is called so, or comes first; the others follow in the order of their time, and are
    one where feeds are split, for time orders nothing there.
    """
    fold = queries["fold"].map(lambda told: int(told) if isinstance(told, bool) else told)
    number = pd.to_numeric(fold, errors="coerce")
    if number[fold.notna()].notna().all():
        return number.fillna(-1).to_numpy(int)
    words = fold.astype(object).map(lambda told: str(told).strip().casefold(), na_action="ignore")
    digits = pd.to_numeric(words.str.extract(r"([0-9]{1,4})$", expand=False), errors="coerce")
    is_told_apart = digits[words.notna()].notna().all() and digits.nunique() == words.nunique()
    # Years, and folds counted from one without a cut, say no more than an order.
    if is_told_apart and (digits.min() == 0 or digits.max() <= cuts):
        return digits.fillna(-1).to_numpy(int)
    order = queries["t"].groupby(words).median().sort_values(kind="stable").index.tolist()
    taught = [word for word in order if word.startswith(_TRAINING)] or order[:1]
    others = [word for word in order if word not in taught]
    place = dict.fromkeys(taught, 0) | {word: 1 if is_by_feed else n for n, word in enumerate(others, 1)}
    return words.map(place).fillna(-1).to_numpy(int)


def _seen_horizon(queries: pd.DataFrame) -> float:
    """Return how far ahead the latest trouble lay that counted as a yes."""
    yes = queries[(queries["y"] == 1) & (queries["event_t"] > 0)]
    return float((yes["event_t"] - yes["t"]).max()) if len(yes) else 0.0


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
