"""Write a closed incident in the neutral case format, so that it can be measured against later.

What leaves is what `rca.case_files` reads; messages and diffs are cut and stripped of secrets on the way out.
"""

import csv
import gzip
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import BadInput
from domain.evidence import Change, ChangeKind, IncidentCase, Telemetry
from rca.case_labels import Label
from rca.findings import clean

_MOST_MESSAGE = 800


def write_case(data_set: Path, case: IncidentCase, label: Label) -> Path:
    """Write a case below a data set's folder and its label into truth.jsonl; return the case's folder.

    Raises:
        BadInput: The case's id is no plain folder name, or a case of this id is there already.
    """
    name = case.case_id
    if not name or name in (".", "..", "reference") or any(sign in name for sign in "/\\\0"):
        raise BadInput(f"case id {name!r}", say="That incident's id can't be a folder's name.")
    folder = data_set / name
    if folder.exists():
        raise BadInput(f"{folder} exists", say=f"The case {name} was exported before.")
    folder.mkdir(parents=True)
    facts: dict[str, object] = {
        "id": name,
        "anomaly_time": case.anomaly_time,
        "sample_seconds": case.sample_seconds,
        "dataset": data_set.name,
        "alert": {"service": case.alert.service, "metric": case.alert.metric, "summary": case.alert.summary},
    }
    if case.reference is not None:
        facts["reference"] = name
        _write_telemetry(data_set / "reference" / name, case.reference)
    (folder / "case.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    _write_telemetry(folder, case.telemetry)
    if case.changes:
        document = json.dumps(_changes(case.changes), indent=1, sort_keys=True)
        (folder / "changes.json").write_text(document + "\n", encoding="utf-8")
    _add_calls(data_set / "graph.csv", case.calls)
    row: dict[str, object] = {
        "id": name,
        "services": list(label.services),
        "metrics": list(label.metrics),
        "fault": label.fault,
    }
    if label.change is not None:
        row |= {"change": label.change, "decoys": list(label.decoys)}
    with (data_set / "truth.jsonl").open("a", encoding="utf-8") as truth:
        truth.write(json.dumps(row, sort_keys=True) + "\n")
    return folder


def _table(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(head)
        writer.writerows(rows)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _write_telemetry(folder: Path, window: Telemetry) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    metrics, spans, logs = window.metrics, window.spans, window.logs
    if metrics.series:
        keys = sorted(metrics.series)
        head = ["time", *(f"{service}|{metric}" for service, metric in keys)]
        rows = (
            [at, *(_cell(metrics.series[key][row]) for key in keys)] for row, at in enumerate(metrics.times)
        )
        _table(folder / "metrics.csv.gz", head, rows)
    if len(spans):
        head = ["trace", "span", "parent", "service", "operation", "start_ms", "duration_us", "status"]
        status = ["ERROR" if failed else "OK" for failed in spans.failed]
        columns = (spans.trace, spans.span, spans.parent, spans.service, spans.operation, spans.start_ms)
        _table(folder / "traces.csv.gz", head, zip(*columns, spans.duration_us, status, strict=True))
    if len(logs):
        head = ["t_ms", "service", "level", "trace", "span", "message"]
        messages = [clean(message, _MOST_MESSAGE) for message in logs.message]
        lines = zip(logs.t_ms, logs.service, logs.level, logs.trace, logs.span, messages, strict=True)
        _table(folder / "logs.csv.gz", head, lines)


def _changes(changes: Sequence[Change]) -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = {"commits": [], "deploys": [], "flags": []}
    for change in changes:
        at = datetime.fromtimestamp(change.at, UTC).isoformat()
        if change.kind is ChangeKind.DEPLOY:
            row: dict[str, object] = {
                "commit_sha": change.change_id,
                "service": change.service,
                "timestamp": at,
            }
            document["deploys"].append(row | {"version": change.summary})
        elif change.kind is ChangeKind.COMMIT:
            row = {
                "sha": change.change_id,
                "message": clean(change.summary),
                "files_changed": list(change.files),
            }
            diff = "\n".join(clean(line) for line in change.diff.splitlines()[:200])
            document["commits"].append(row | {"diff": diff, "timestamp": at})
        else:
            row = {"flag": change.change_id, "service": change.service, "change": change.summary}
            document["flags"].append(row | {"timestamp": at})
    return document


def _add_calls(path: Path, calls: Sequence[tuple[str, str]]) -> None:
    known: list[tuple[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as handle:
            known = [(row[0], row[1]) for row in list(csv.reader(handle))[1:] if len(row) >= 2]
    if not calls:
        return
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["caller", "callee"])
        writer.writerows(sorted(set(known) | set(calls)))
