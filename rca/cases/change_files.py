"""Changes in the neutral case format: `changes.json`, written and read."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.investigation.evidence import Change, ChangeKind
from rca.findings import clean, clean_diff

_MOST_DIFF_LINES = 200
_MOST_FILES = 200


def changes_as_json(changes: Sequence[Change]) -> str:
    """Return the changes as the file's text, without secrets."""
    document: dict[str, list[dict[str, object]]] = {"commits": [], "deploys": [], "flags": []}
    for change in changes:
        row: dict[str, object] = {"timestamp": _written(change.at), "service": change.service}
        row["files_changed"] = [clean(path) for path in change.files[:_MOST_FILES]]
        row["diff"] = clean_diff(change.diff, _MOST_DIFF_LINES)
        said = clean(change.summary)
        if change.kind is ChangeKind.COMMIT:
            document["commits"].append(row | {"sha": change.change_id, "message": said})
        elif change.kind is ChangeKind.DEPLOY:
            document["deploys"].append(row | {"commit_sha": change.change_id, "version": said})
        else:
            kind = change.kind.value
            document["flags"].append(row | {"flag": change.change_id, "change": said, "kind": kind})
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def read_changes(path: Path) -> tuple[Change, ...]:
    """Return the changes of a file, none where there is no file; raises what a broken one makes it raise."""
    if not path.is_file():
        return ()
    document = json.loads(path.read_text(encoding="utf-8"))
    commits = [
        _change(row, ChangeKind.COMMIT, row.get("sha"), row.get("message"))
        for row in document.get("commits") or []
    ]
    deploys = [
        _change(row, ChangeKind.DEPLOY, row.get("commit_sha") or row.get("version"), row.get("version"))
        for row in document.get("deploys") or []
    ]
    flags = [
        _change(row, _kind_of(row), row.get("flag"), row.get("change"))
        for row in document.get("flags") or document.get("feature_flags") or []
    ]
    return tuple(commits + deploys + flags)


def _change(row: dict[str, Any], kind: ChangeKind, name: object, said: object) -> Change:  # Any: JSON
    return Change(
        change_id=str(name or ""),
        kind=kind,
        at=_unix(row.get("timestamp")),
        service=str(row.get("service") or ""),
        summary=str(said or ""),
        files=tuple(row.get("files_changed") or ()),
        diff=str(row.get("diff") or ""),
    )


def _kind_of(row: dict[str, Any]) -> ChangeKind:  # Any: JSON
    """Return what sort of change a row under `flags` is: a flag, unless it says otherwise."""
    told = row.get("kind")
    return ChangeKind(told) if told in set(ChangeKind) else ChangeKind.FLAG


def _written(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat() if math.isfinite(at) else None


def _unix(text: object) -> float:
    if isinstance(text, int | float):
        return float(text)
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return math.nan
