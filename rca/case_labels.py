"""Labelled causes of cases: one JSON object a line in a data set's `truth.jsonl`."""

import json
from dataclasses import dataclass
from pathlib import Path


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
    """Return the labels of a data set by case id."""
    labels = {}
    for line in (data_set / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        labels[str(row["id"])] = Label(
            case_id=str(row["id"]),
            services=tuple(row.get("services") or ()),
            metrics=tuple(row.get("metrics") or ()),
            fault=str(row.get("fault") or ""),
            change=None if row.get("change") is None else str(row["change"]),
            decoys=tuple(row.get("decoys") or ()),
        )
    return labels
