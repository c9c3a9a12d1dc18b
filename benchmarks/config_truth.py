"""Read the labelled sample files and cut them into cells as their truth says."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

Truth = dict[str, Any]  # Any: the shape of the corpus' own JSON
Answer = dict[str, Any]
_ISO = {
    "date": ("%Y-%m-%d",),
    "datetime": (
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%dT%H:%M:%S.%f%z",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%z",
        "%Y-%m-%dT%H:%M:%S.%f",
    ),
    "time": ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f"),
}


@dataclass(frozen=True)
class Case:
    """One labelled file; `tier` tells how strong its label is."""

    id: str
    group: str
    path: Path
    format: str | None
    size: int
    tier: str
    truth: Truth
    source_name: str

    @cached_property
    def data(self) -> bytes:
        """Return the file's bytes."""
        return self.path.read_bytes()


def load_cases(folder: Path, limit: int | None = None) -> list[Case]:
    """Return the cases of a manifest, evenly thinned to `limit`; files that are not there are left out."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return []
    cases = []
    for line in manifest.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        entry = json.loads(line)
        path = folder / str(entry.get("path") or "")
        if path.is_file():
            name = str((entry.get("source") or {}).get("path") or entry["path"]).rsplit("/", 1)[-1]
            size = int(entry.get("bytes", path.stat().st_size))
            cases.append(
                Case(
                    str(entry.get("id") or entry["path"]),
                    str(entry.get("group") or ""),
                    path,
                    entry.get("format"),
                    size,
                    entry.get("tier") or "",
                    entry.get("truth") or {},
                    name,
                )
            )
    if limit and limit < len(cases):
        step = len(cases) / limit
        cases = [cases[int(n * step)] for n in range(limit)]
    return cases


def cells_of(data: bytes, encoding: str, dialect: dict[str, Any], limit: int = 200) -> list[list[str]]:
    """Return the first records of delimited bytes under a dialect."""
    text = data.decode(encoding or "utf-8", "replace").lstrip("\ufeff")
    delimiter, quote, escape = dialect.get("delimiter"), dialect.get("quotechar"), dialect.get("escapechar")
    end = dialect.get("record_terminator")
    if end or (delimiter and len(delimiter) > 1):
        records = text.split(end) if end else text.splitlines()
        return [record.strip("\r\n").split(delimiter) for record in records if record.strip("\r\n")][:limit]
    if not delimiter:
        return [[line] for line in text.splitlines()][:limit]
    reader = csv.reader(
        io.StringIO(text[:2_000_000], newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=escape if escape and escape != quote and len(escape) == 1 else None,
        doublequote=dialect.get("doublequote", True) is not False,
    )
    rows = []
    for row in reader:
        rows.append(row)
        if len(rows) >= limit:
            break
    return rows


def find_cells(
    data: bytes, encoding: str, dialect: dict[str, Any], limit: int = 200
) -> list[list[str]] | None:
    """Return the cells, or None where the dialect cannot be applied."""
    try:
        return cells_of(data, encoding, dialect, limit)
    except (csv.Error, TypeError, ValueError, LookupError):
        return None


def find_moment(value: str, form: str | None, kind: str) -> datetime | None:
    """Return the moment that a value means under a strptime pattern or `iso`, or None."""
    for pattern in _ISO[kind] if form == "iso" else (form or "",):
        try:
            return datetime.strptime(value, pattern)  # noqa: DTZ007  compared without zone, as published
        except (ValueError, TypeError):
            continue
    return None


def true_moment(value: str, column: Truth) -> datetime | None:
    """Return the moment that a value means under the published format, ISO where none is given."""
    form = column.get("format")
    published = form if form and form not in ("any", "default") and "%" in form else "iso"
    return find_moment(value, published, column["type"])
