"""Airflow's own database as people export it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.errors import BadInput
from telemetry.airflow_database import rows_of_dump, rows_of_sqlite
from telemetry.bulk import history_pieces

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
NAMES = ("id", "dag_id", "run_id", "state", "start_date", "end_date", "note")
BEGAN, ENDED = "2026-11-28 02:00:04.000000+00", "2026-11-28 02:10:04.000000+00"


def _told(path: Path) -> list[tuple[str, str, str, float | None]]:
    return [
        (run.feed, run.run, run.outcome, run.duration_seconds)
        for piece in history_pieces(path, NOW)
        for run in piece.fresh
    ]


def _dump(folder: Path, *rows: str) -> Path:
    path = folder / "airflow.sql"
    head = f"COPY public.dag_run ({', '.join(NAMES)}) FROM stdin;"
    other = "COPY public.dag_run_note (dag_run_id, content) FROM stdin;\n1\tfx\n\\.\n"
    path.write_text("\n".join(["-- PostgreSQL database dump", other, head, *rows, "\\.", "1\tno\trow"]))
    return path


def test_a_plain_dump_brings_its_runs_and_nothing_of_other_tables(tmp_path: Path) -> None:
    path = _dump(
        tmp_path,
        f"1\tfx\tscheduled__1\tsuccess\t{BEGAN}\t{ENDED}\t\\N",
        f"2\tfx\tmanual\\\\n__2\tfailed\t{BEGAN}\t{ENDED}\ttwo\\tcells\\nof \\\\ one",
    )

    assert _told(path) == [("fx", "scheduled__1", "ok", 600.0), ("fx", "manual\\n__2", "failed", 600.0)]
    first, second = rows_of_dump(path)
    assert "note" not in first
    assert second["note"] == "two\tcells\nof \\ one"


def test_a_sqlite_file_brings_its_runs(tmp_path: Path) -> None:
    path = tmp_path / "air flow?.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE dag_run ({', '.join(NAMES)})")
        connection.execute(
            "INSERT INTO dag_run VALUES (?, ?, ?, ?, ?, ?, ?)", (1, "fx", "r1", "success", BEGAN, ENDED, None)
        )
    connection.close()

    assert _told(path) == [("fx", "r1", "ok", 600.0)]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.sql", b"INSERT INTO dag_run VALUES (1);"), ("a.db", b"no database"), ("b.sqlite", b"")],
)
def test_what_holds_no_runs_is_refused_with_how_to_export_them(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(BadInput) as refused:
        _told(path)

    assert "dag_run" in refused.value.say
    assert "CSV HEADER" in refused.value.next_step


def test_a_view_by_the_name_of_the_table_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "airflow.db"
    counting = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'fx' dag_id, i run_id FROM n"
    )
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE VIEW dag_run AS {counting}")
    connection.close()

    with pytest.raises(BadInput):
        next(rows_of_sqlite(path))


def test_text_that_is_no_unicode_does_not_end_an_import(tmp_path: Path) -> None:
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE dag_run ({', '.join(NAMES)})")
        connection.execute("INSERT INTO dag_run (dag_id, note) VALUES ('fx', CAST(x'66fc72' AS TEXT))")
    connection.close()

    assert [row["note"] for row in rows_of_sqlite(path)] == ["f\ufffdr"]


def test_moments_of_the_sqlite_file_are_in_utc_whatever_clock_is_told(tmp_path: Path) -> None:
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE dag_run ({', '.join(NAMES)})")
        connection.execute(
            "INSERT INTO dag_run VALUES (1, 'fx', 'r1', 'success', '2026-11-28 02:00:04.0', NULL, NULL)"
        )
    connection.close()

    (piece,) = history_pieces(path, NOW, zone=ZoneInfo("Europe/Berlin"))

    assert [run.started_at for run in piece.fresh] == [datetime(2026, 11, 28, 2, 0, 4, tzinfo=UTC)]
    assert not piece.is_zoneless


def test_a_dump_whose_lines_end_as_on_windows_ends_with_its_table(tmp_path: Path) -> None:
    path = _dump(tmp_path, f"1\tfx\tscheduled__1\tsuccess\t{BEGAN}\t{ENDED}\tdone")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert [row["note"] for row in rows_of_dump(path)] == ["done"]
