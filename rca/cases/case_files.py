"""The neutral case format on disk: telemetry and facts of cases; `case_labels` reads their causes.

A data set is any folder with a `truth.jsonl`. Every file of a case but `case.json` may be missing; what was
missing is said in the case, because a diagnosis from half the telemetry must not look like one from all of
it.
"""

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, zip_longest
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import TypeAdapter

from domain.errors import BadInput
from domain.investigation.evidence import (
    Alert,
    Change,
    Doubt,
    IncidentCase,
    LogPattern,
    LogTable,
    MetricTable,
    SpanTable,
    Telemetry,
)
from domain.text.cells import cell_as_written
from rca.cases.change_files import read_changes

_DOUBTS = TypeAdapter(tuple[Doubt, ...])
_NAN = float("nan")
_BROKEN = (OSError, EOFError, ValueError, KeyError, IndexError, csv.Error, zlib.error)


def find_data_sets(root: Path) -> list[Path]:
    """Return the folders at or directly below `root` that hold a truth.jsonl, by name."""
    if (root / "truth.jsonl").is_file():
        return [root]
    return sorted(path.parent for path in root.glob("*/truth.jsonl"))


def find_cases(data_set: Path) -> list[Path]:
    """Return the case folders of a data set, by name."""
    return sorted(path.parent for path in data_set.glob("*/case.json"))


def read_case(folder: Path) -> IncidentCase:
    """Return the case in a folder.

    Raises:
        BadInput: case.json is missing or holds no anomaly time.
    """
    facts = _facts(folder)
    telemetry, missing = _read_what_is_there(folder)
    reference = facts.get("reference")
    reference_folder = folder.parent / "reference" / str(reference) if reference else None
    if reference_folder is not None and not reference_folder.is_dir():
        missing.append("reference")
        reference_folder = None
    changes, calls = _changes_and_calls(folder, missing)
    alert = facts["alert"]
    return IncidentCase(
        case_id=str(facts.get("id") or folder.name),
        anomaly_time=float(facts["anomaly_time"]),
        sample_seconds=facts["sample_seconds"] or _usual_step(telemetry.metrics.times),
        alert=Alert(
            service=str(alert.get("service") or ""),
            metric=str(alert.get("metric") or ""),
            summary=str(alert.get("summary") or "")[:500],
        ),
        telemetry=telemetry,
        reference=None if reference_folder is None else _read_reference(reference_folder),
        calls=calls,
        changes=changes,
        patterns=tuple(_patterns(facts.get("log_patterns") or [])),
        unavailable=(*facts["unavailable"], *missing),
        doubts=facts["doubts"],
    )


def _usual_step(times: Sequence[float]) -> float:
    """Return how far apart samples lie, 0 where that can't be told."""
    return median(later - earlier for earlier, later in pairwise(times)) if len(times) > 1 else 0.0


def _changes_and_calls(
    folder: Path, missing: list[str]
) -> tuple[tuple[Change, ...], tuple[tuple[str, str], ...]]:
    """Return the changes of a case and the calls of its system; what is broken is added to `missing`."""
    changes: tuple[Change, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    try:
        changes = read_changes(folder / "changes.json")
    except (*_BROKEN, AttributeError, TypeError) as error:
        missing.append(f"changes: the file is broken ({type(error).__name__})")
    try:
        own = folder / "graph.csv"
        calls = _read_calls(own if own.is_file() else folder.parent / "graph.csv")
    except _BROKEN as error:
        missing.append(f"graph: the file is broken ({type(error).__name__})")
    return changes, calls


def read_telemetry(folder: Path) -> Telemetry:
    """Return the metrics, spans and logs of a folder; tables that can't be read are empty."""
    return _read_what_is_there(folder)[0]


def _read_what_is_there(folder: Path) -> tuple[Telemetry, list[str]]:
    """Return the tables of a folder and the names of those that are missing or broken."""
    telemetry, missing = Telemetry(), []
    for name, field, read in (
        ("metrics", "metrics", _read_metrics),
        ("traces", "spans", _read_spans),
        ("logs", "logs", _read_logs),
    ):
        path = folder / f"{name}.csv.gz"
        if not path.is_file():
            missing.append(name)
            continue
        try:
            telemetry = replace(telemetry, **{field: read(path)})  # type: ignore[arg-type]
        except _BROKEN as error:
            missing.append(f"{name}: the file is broken ({type(error).__name__})")
    return telemetry, missing


@lru_cache(maxsize=4)
def _read_reference(folder: Path) -> Telemetry:
    return read_telemetry(folder)


def _facts(folder: Path) -> dict[str, Any]:  # Any: JSON as it came
    try:
        facts = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        float(facts["anomaly_time"])
        facts["sample_seconds"] = float(facts.get("sample_seconds") or 0.0)
        facts["alert"] = dict(facts.get("alert") or {})
        facts["doubts"] = _DOUBTS.validate_python(facts.get("doubts") or ())
        facts["unavailable"] = [str(said) for said in list(facts.get("unavailable") or [])]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{folder.name}: {type(error).__name__}: {error}",
            say=f"The case {folder.name} has no readable case.json with an anomaly_time.",
            next_step="Give anomaly_time and sample_seconds as numbers and the alert as an object.",
        ) from error
    return dict(facts)


def _rows(path: Path) -> Iterator[list[str]]:
    if not path.is_file():
        return
    # Messages are cut at the source, but a hostile file may hold one endless cell.
    csv.field_size_limit(1_000_000)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as handle:
        yield from map(_as_written, csv.reader(handle))


def _as_written(row: list[str]) -> list[str]:
    return [cell_as_written(cell) if cell.startswith("'") else cell for cell in row]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _NAN


def _read_metrics(path: Path) -> MetricTable:
    rows = list(_rows(path))
    if not rows:
        return MetricTable()
    head, body = rows[0], [row for row in rows[1:] if row and math.isfinite(_number(row[0]))]
    if not body:
        return MetricTable()
    body.sort(key=lambda row: _number(row[0]))
    # A row that was cut lacks its last samples, not everybody's.
    columns = [[_number(cell) for cell in column] for column in zip_longest(*body, fillvalue="")]
    series = {}
    for name, values in zip(head[1:], columns[1:], strict=False):
        service, _, metric = name.rpartition("|")
        series[(service or name, metric)] = values
    return MetricTable(times=columns[0], series=series)


def _columns(path: Path) -> dict[str, list[str]]:
    rows = _rows(path)
    head = next(rows, None)
    if head is None:
        return {}
    table = list(zip(*(row for row in rows if len(row) == len(head)), strict=True))
    if not table:
        return {}
    return {name: list(column) for name, column in zip(head, table, strict=True)}


def _read_spans(path: Path) -> SpanTable:
    columns = _columns(path)
    if not columns:
        return SpanTable()
    rows = len(columns["span"])
    status = columns.get("status", [""] * rows)
    return SpanTable(
        trace=columns["trace"],
        span=columns["span"],
        parent=[value or "-1" for value in columns["parent"]],
        service=columns["service"],
        operation=columns.get("operation", [""] * rows),
        start_ms=[_number(value) for value in columns["start_ms"]],
        duration_us=[_number(value) for value in columns["duration_us"]],
        failed=[_says_failed(value) for value in status],
    )


_FINE = frozenset({
    "", "-", "n/a", "none", "null", "nil", "no", "false", "ok", "unset", "success", "successful", "succeeded",
    "normal", "completed", "1xx", "2xx", "3xx",
})  # fmt: skip


def _says_failed(status: str) -> bool:
    """Return whether a status is one of failure: a code of HTTP, or a word, with or without a prefix."""
    said = status.strip().lower().removeprefix("status_code_").removeprefix("http ").removeprefix("http/1.1 ")
    first = said.partition(" ")[0]
    if first.isdigit():
        return len(first) == 3 and first[0] in "45"
    return first not in _FINE


def _read_logs(path: Path) -> LogTable:
    columns = _columns(path)
    if not columns:
        return LogTable()
    rows = len(columns["message"])
    blank = [""] * rows
    return LogTable(
        t_ms=[_number(value) for value in columns["t_ms"]],
        service=columns.get("service", blank),
        level=columns.get("level", blank),
        trace=columns.get("trace", blank),
        span=columns.get("span", blank),
        message=columns["message"],
    )


@lru_cache(maxsize=8)
def _read_calls(path: Path) -> tuple[tuple[str, str], ...]:
    rows = list(_rows_plain(path))
    return tuple((row[0], row[1]) for row in rows[1:] if len(row) >= 2)


def _rows_plain(path: Path) -> Iterator[list[str]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as handle:
        yield from map(_as_written, csv.reader(handle))


def _patterns(rows: list[dict[str, Any]]) -> Iterator[LogPattern]:
    for row in rows:
        count = _number(str(row.get("count", "")))
        yield LogPattern(
            service=str(row.get("service") or ""),
            signature=str(row.get("signature") or ""),
            count=count,
            excess=_number(str(row.get("delta_vs_baseline", "")).replace("+", "")),
            negative=str(row.get("sentiment") or "").lower() == "negative",
        )
