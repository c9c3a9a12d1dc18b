"""Rows of runs as the predictors' table takes them: numbers alone, texts as the numbers of their classes."""

import numpy as np
from numpy.typing import NDArray

from predictors.known.error_classes import class_number, lines_number
from storage.run_reader import RunTuple

RUN_COLUMNS = (
    *("feed", "seen", "started", "finished", "rows", "rejected", "retries"),
    *("queue", "warnings", "bad", "open", "error", "lines", "told"),
)


_KNOWN = [RUN_COLUMNS.index("seen"), RUN_COLUMNS.index("told")]


def as_floats(number: int, row: RunTuple) -> list[float]:
    """Return a row as `RUN_COLUMNS`; `number` is the feed's, and what is not known is NaN."""
    nan = float("nan")
    _, _, seen, started, finished, rows, rejected, retries, queue, warnings, bad, is_open = row[:12]
    error, lines, told = row[12:]
    return [
        float(number),
        float(seen),
        nan if started is None else float(started),
        nan if finished is None else float(finished),
        nan if rows is None else float(rows),
        float(rejected),
        float(retries),
        nan if queue < 0 else float(queue),
        float(warnings),
        float(bad),
        float(is_open),
        class_number(error),
        lines_number(lines),
        nan if told is None else float(told),
    ]


def as_known(rows: NDArray[np.float64], now: float) -> NDArray[np.float64]:
    """Return rows of `RUN_COLUMNS` by which nothing that is known now becomes known only later.

    The clock may have been set back since a report came: its run would be missing for as long, and be late.
    """
    rows[:, _KNOWN] = np.minimum(rows[:, _KNOWN], now)
    return rows
