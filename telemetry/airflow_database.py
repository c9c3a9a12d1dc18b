"""Read the runs out of an export of Airflow's own database: its SQLite file, or what `pg_dump` writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from domain.errors import BadInput
from telemetry.receivers.fields import JsonObject

_TABLE = "dag_run"
_COPY, _END = f"COPY public.{_TABLE} (", "\\."
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_NEXT = (
    "Export the table alone: `\\copy dag_run TO 'dag_run.csv' CSV HEADER` in psql, or your database's own CSV"
    " export; then import that file."
)


def rows_of_sqlite(path: Path) -> Iterator[JsonObject]:
    """Yield the runs of an `airflow.db`; raises `BadInput` for a file that is none."""
    try:
        # Nobody else writes to a file that was handed in, and reading leaves no trace in it.
        opened = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
        with closing(opened) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = _text
            connection.row_factory = sqlite3.Row
            if not _is_plain_table(connection):
                raise sqlite3.DatabaseError("no table of its own")
            for row in connection.execute(f"SELECT * FROM {_TABLE}"):  # noqa: S608  the table is a constant
                yield {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118  Row's own keys
    except sqlite3.Error as error:
        raise BadInput(
            f"airflow.db: {error}",
            say=f"I find no readable table {_TABLE} in that database.",
            next_step=_NEXT,
        ) from error


def _is_plain_table(connection: sqlite3.Connection) -> bool:
    """Return whether the runs lie in the file: a view may count on for ever, and holds nothing."""
    found = connection.execute(f"PRAGMA main.table_list({_TABLE})").fetchall()
    return [one["type"] for one in found] == ["table"]


def _text(told: bytes) -> str:
    return told.decode("utf-8", "replace")


def rows_of_dump(path: Path) -> Iterator[JsonObject]:
    """Yield the runs of a plain `pg_dump`; raises `BadInput` when it holds none."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        head = next((line for line in lines if line.startswith(_COPY)), None)
        if head is None:
            raise BadInput(
                f"no COPY of {_TABLE}", say=f"That dump copies no table {_TABLE}.", next_step=_NEXT
            )
        names = [name.strip().strip('"') for name in head[len(_COPY) :].partition(")")[0].split(",")]
        for line in lines:
            line = line.rstrip("\r\n")  # Windows ends lines by two; of a value both are escaped
            if line == _END:
                return
            cells = line.split("\t")
            yield {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if cell != "\\N"}


def _plain(cell: str) -> str:
    """Return a cell of a COPY without its escapes."""
    if "\\" not in cell:
        return cell
    first, *rest = cell.split("\\")
    told, letters = [first], iter(rest)
    for part in letters:
        if part:
            told.append(_ESCAPES.get(part[0], part[0]) + part[1:])
        else:  # an escaped backslash: what follows it stands as it is
            told.append("\\" + next(letters, ""))
    return "".join(told)
