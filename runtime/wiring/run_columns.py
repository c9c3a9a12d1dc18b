"""Rows of runs as the predictors' table takes them: numbers alone, texts as the numbers of their classes."""

from predictors.error_classes import class_number, lines_number
from storage.run_reader import RunTuple

RUN_COLUMNS = (
    *("feed", "seen", "started", "finished", "rows", "rejected", "retries"),
    *("queue", "warnings", "bad", "open", "error", "lines", "told"),
)


LINES = RUN_COLUMNS.index("lines")


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
