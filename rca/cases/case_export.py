"""Write a case in the neutral format, so that it can be measured against later.

What leaves is what `case_files` and `run_files` beside it read; text from outside is cut and stripped of
secrets on the way out, and is no formula where a spreadsheet opens it. The same case gives the same bytes.
"""

import csv
import gzip
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from domain.errors import BadInput
from domain.investigation.evidence import IncidentCase, LogPattern, RunFacts, Telemetry
from domain.text.cells import plain_cell
from domain.text.redaction import mask_shapes
from rca.cases.case_labels import Label
from rca.cases.change_files import changes_as_json
from rca.cases.run_files import NAME, run_as_json
from rca.findings import clean

_MOST_MESSAGE = 800


def folder_for(data_set: Path, name: str) -> Path:
    """Return where a new case of this id goes.

    Raises:
        BadInput: The id is no plain folder name, or a case of it is there already.
    """
    if not name or name in (".", "..", "reference") or any(sign in name for sign in "/\\\0"):
        raise BadInput(f"case id {name!r}", say="That incident's id can't be a folder's name.")
    folder = data_set / name
    if folder.exists():
        raise BadInput(f"{folder} exists", say=f"The case {name} was exported before.")
    return folder


def add_label(data_set: Path, label: Label) -> None:
    """Add what people found to be the cause to the set's truth.jsonl."""
    row: dict[str, object] = {
        "id": label.case_id,
        "services": list(label.services),
        "metrics": list(label.metrics),
        "fault": label.fault,
    }
    if label.change is not None:
        row |= {"change": label.change, "decoys": list(label.decoys)}
    with (data_set / "truth.jsonl").open("a", encoding="utf-8") as truth:
        truth.write(json.dumps(row, sort_keys=True) + "\n")


def case_files(case: IncidentCase, run: RunFacts | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield each file of a case: its path below the data set's folder, and its bytes."""
    name = case.case_id
    facts: dict[str, object] = {
        "id": name,
        "anomaly_time": case.anomaly_time,
        "sample_seconds": case.sample_seconds,
        "alert": {
            "service": case.alert.service,
            "metric": _plain(case.alert.metric),
            "summary": clean(case.alert.summary, 500),
        },
        "log_patterns": [_pattern(pattern) for pattern in case.patterns],
        "unavailable": [clean(said) for said in case.unavailable],
        "doubts": [asdict(doubt) for doubt in case.doubts],
    }
    if case.reference is not None:
        facts["reference"] = name
        for file, content in _telemetry(case.reference):
            yield f"reference/{name}/{file}", content
    yield f"{name}/case.json", (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()
    for file, content in _telemetry(case.telemetry):
        yield f"{name}/{file}", content
    if case.changes:
        yield f"{name}/changes.json", changes_as_json(case.changes).encode()
    if case.calls:
        yield f"{name}/graph.csv", _rows(["caller", "callee"], sorted(set(case.calls)))
    if run is not None:
        yield f"{name}/{NAME}", run_as_json(run)


def _pattern(pattern: LogPattern) -> dict[str, object]:
    return {
        "service": pattern.service,
        "signature": clean(pattern.signature, _MOST_MESSAGE),
        "count": _cell(pattern.count),
        "delta_vs_baseline": _cell(pattern.excess),
        "sentiment": "negative" if pattern.negative else "neutral",
    }


def _telemetry(window: Telemetry) -> Iterator[tuple[str, bytes]]:
    metrics, spans, logs = window.metrics, window.spans, window.logs
    if metrics.series:
        keys = sorted(metrics.series)
        head = ["time", *(f"{service}|{_plain(metric)}" for service, metric in keys)]
        rows = (
            [at, *(_cell(metrics.series[key][row]) for key in keys)] for row, at in enumerate(metrics.times)
        )
        yield "metrics.csv.gz", _table(head, rows)
    if len(spans):
        head = ["trace", "span", "parent", "service", "operation", "start_ms", "duration_us", "status"]
        status = ["ERROR" if failed else "OK" for failed in spans.failed]
        operations = [_plain(operation) for operation in spans.operation]
        columns = (spans.trace, spans.span, spans.parent, spans.service, operations, spans.start_ms)
        yield "traces.csv.gz", _table(head, zip(*columns, spans.duration_us, status, strict=True))
    if len(logs):
        head = ["t_ms", "service", "level", "trace", "span", "message"]
        messages = [clean(message, _MOST_MESSAGE) for message in logs.message]
        lines = zip(logs.t_ms, logs.service, logs.level, logs.trace, logs.span, messages, strict=True)
        yield "logs.csv.gz", _table(head, lines)


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    """Return the name of a series or an operation without what looks like a secret."""
    return mask_shapes(text)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return gzip.compress(_rows(head, rows), 6, mtime=0)


def _rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_shown(cell) for cell in head])
    writer.writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _shown(cell: object) -> object:
    return plain_cell(cell) if isinstance(cell, str) else cell


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(value)
