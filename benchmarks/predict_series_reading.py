"""Read the labelled series of a folder, whatever their columns are called; name those that cannot be read."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.predict_reading import UNREADABLE
from domain.errors import BadInput

Floats = NDArray[np.float64]

_PROBATION = 0.15
_PROBATION_MOST = 5_000
# Numbers beyond this are milliseconds: as seconds they would lie in the year 5138.
_MILLISECONDS_FROM = 1e11


@dataclass(frozen=True)
class Series:
    """One labelled series: values, epoch seconds, and windows as pairs of first and last position."""

    name: str
    values: Floats
    timestamps: Floats
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        """Return how many points at the start do not count."""
        return int(min(np.floor(_PROBATION * len(self.values)), _PROBATION * _PROBATION_MOST))


def load_series(folder: Path) -> tuple[list[Series], list[str]]:
    """Read every series that `windows.json` names, as plain or gzipped CSV; and say which could not be read.

    Raises:
        BadInput: The windows cannot be read, or none lies in a series.
    """
    found: list[Series] = []
    refused: list[str] = []
    for name, spans in sorted(_windows(folder).items()):
        try:
            found.append(_series(folder, name, spans))
        except BadInput as error:
            refused.append(f"{name}, {error}")
    if not any(one.windows for one in found):
        raise _refused("; ".join(["no series with a labelled window", *refused]))
    return found, refused


def _windows(folder: Path) -> dict[str, object]:
    try:
        told = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise _refused(f"windows.json is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise _refused("windows.json is not a JSON object")
    return told


def _series(folder: Path, name: str, spans: object) -> Series:
    path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
    if path is None:
        raise _refused("no such file")
    try:
        frame = pd.read_csv(path)
    except UNREADABLE as error:
        raise _refused(f"no table: {error}") from error
    moments, values = _moments_and_values(frame)
    there = np.isfinite(moments)
    order = np.flatnonzero(there)[np.argsort(moments[there], kind="stable")]
    moments, values = moments[order], pd.Series(values[order]).ffill().fillna(0.0).to_numpy(np.float64)
    return Series(name, values, moments, _positions(moments, spans))


def _moments_and_values(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the columns of these names; else the first that reads as moments, and the first of numbers."""
    named = {str(name).strip().casefold(): name for name in reversed(list(frame.columns))}
    when, what = named.get("timestamp"), named.get("value")
    left = [name for name in frame.columns if name not in (when, what)]
    if when is None:
        when = next((name for name in left if _is_told_as_moments(frame[name])), None)
    if what is None:
        numbers = (name for name in left if name != when and _numbers(frame[name]).notna().any())
        what = next(numbers, None)
    if when is None or what is None:
        raise _refused("no column of moments" if when is None else "no column of numbers")
    values = _numbers(frame[what])
    if not values.notna().any():
        raise _refused("no numbers")
    return _seconds(frame[when]), values.to_numpy(np.float64)


def _is_told_as_moments(column: pd.Series) -> bool:
    """Return whether they are written out, or numbers that only grow."""
    numbers = _numbers(column)
    if numbers.notna().any():
        return bool(numbers.notna().all()) and bool(numbers.is_monotonic_increasing) and numbers.is_unique
    return bool(_written(column).notna().any())


def _seconds(column: pd.Series) -> Floats:
    """Return moments as epoch seconds; those that name no zone are UTC."""
    numbers = _numbers(column)
    if numbers.notna().any():
        told = numbers.to_numpy(np.float64)
        return told / 1_000.0 if np.nanmax(np.abs(told)) > _MILLISECONDS_FROM else told
    when = _written(column)
    if not when.notna().any():
        when = pd.to_datetime(column, utc=True, errors="coerce", format="mixed")
    return ((when - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(seconds=1)).to_numpy(np.float64)


def _written(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")


def _numbers(column: pd.Series) -> "pd.Series[float]":
    return pd.to_numeric(column, errors="coerce").astype(np.float64).replace([np.inf, -np.inf], np.nan)


def _positions(moments: Floats, spans: object) -> tuple[tuple[int, int], ...]:
    found = []
    for span in spans if isinstance(spans, list) else []:
        if not isinstance(span, list) or len(span) != 2:
            raise _refused("a window that is no pair of moments")
        begin, end = _seconds(pd.Series(span, dtype=object))
        if not begin <= end:
            raise _refused("a window that does not end after it begins")
        low, high = np.searchsorted(moments, begin), np.searchsorted(moments, end, "right") - 1
        if high >= low:
            found.append((int(low), int(high)))
    return tuple(sorted(found))


def _refused(reason: str) -> BadInput:
    return BadInput(
        reason,
        say=f"These series can't be judged: {reason}.",
        next_step="Look at the folder's files and its README.",
    )
