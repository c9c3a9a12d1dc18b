"""Labelled causes of cases: one JSON object a line in a data set's `truth.jsonl`."""

import json
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput

_FORM = 'Write one object a line, such as {"id": "inc-7", "services": ["checkout"]}.'


@dataclass(frozen=True, slots=True)
class Label:
    """What people found to be the cause of a case; `change` is None when the set labels no changes."""

    case_id: str
    services: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    fault: str = ""
    change: str | None = None
    decoys: tuple[str, ...] = ()


def read_labels(data_set: Path) -> dict[str, Label]:
    """Return the labels of a data set by case id.

    Raises:
        BadInput: truth.jsonl can't be read, or a line of it is no label.
    """
    path = data_set / "truth.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path}: {error}", say=f"{path.name} of {data_set.name} can't be read as text."
        ) from error
    labels = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            label = _label(line, f"Line {number} of truth.jsonl in {data_set.name}")
            labels[label.case_id] = label
    return labels


def _label(line: str, where: str) -> Label:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{where}: {error}", say=f"{where} is no JSON: {error}.", next_step=_FORM) from error
    if not isinstance(row, dict) or "id" not in row:
        raise BadInput(f"{where}: no id", say=f"{where} names no case: it has no id.", next_step=_FORM)
    return Label(
        case_id=str(row["id"]),
        services=_names(row, "services", where),
        metrics=_names(row, "metrics", where),
        fault=str(row.get("fault") or ""),
        change=None if row.get("change") is None else str(row["change"]),
        decoys=_names(row, "decoys", where),
    )


def _names(row: dict[str, object], field: str, where: str) -> tuple[str, ...]:
    """Return a list of names; a single name counts as a list of one."""
    names = row.get(field) or ()
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise BadInput(f"{where}: {field}", say=f"{where}: {field} is no list of names.", next_step=_FORM)
    return tuple(names)
