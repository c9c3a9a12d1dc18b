"""Parts of a source against the totals that were published for them, in databases and in files."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from domain.data_quality.quality import MismatchClass, Reconciliation
from domain.errors import BadInput, NotFound
from runtime.settings.house import Settings
from runtime.wiring.comparing import reconciling
from runtime.wiring.comparing.database_doors import DatabaseDoors
from tests.counterparts.postgres import create_database, postgres_server

DAY = date(2026, 10, 20)
PARTS = {"North": ("Alba", "Brema"), "South ": ("Corso", "Delta")}
NAMES = {"date_column": "day", "group": "region", "part": "province", "measure": "cases"}
Row = tuple[str, str, str, float]


def _sent() -> list[Row]:
    """Return four weeks of parts; Brema's last day is 40 short of what was published."""
    rows: list[Row] = []
    for back in range(29):
        day = (DAY - timedelta(days=back)).isoformat()
        for region, (steady, busy) in PARTS.items():
            rows += [(day, region, steady, 100.0), (day, region, busy, 500.0 + back % 3)]
    return [
        (*row[:3], row[3] - 40.0) if row[:3] == (DAY.isoformat(), "North", "Brema") else row for row in rows
    ]


def _published() -> list[tuple[str, str, float]]:
    return [(DAY.isoformat(), "NORTH", 600.0), (DAY.isoformat(), "south", 600.0)]


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, str]]:
    with postgres_server() as address:
        url = create_database(address, "lake_of_totals")
        with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE parts (day timestamp, region text, province text, cases numeric)")
            cursor.executemany("INSERT INTO parts VALUES (%s, %s, %s, %s)", _sent())
            cursor.execute("CREATE TABLE totals (day date, region text, cases numeric)")
            cursor.executemany("INSERT INTO totals VALUES (%s, %s, %s)", _published())
        yield NAMES | {
            "source_url": url, "source_table": "public.parts", "target_url": url, "target_table": "totals",
        }  # fmt: skip


def _compare(tables: dict[str, str], day: str = DAY.isoformat()) -> Reconciliation:
    return reconciling.compare(tables, day, DatabaseDoors(Settings()))


def _files(folder: Path, rows: list[Row], totals: list[tuple[str, str, float]]) -> dict[str, str]:
    lines = ["day,region,province,cases", *(f"{a},{b},{c},{d}" for a, b, c, d in rows)]
    (folder / "parts.csv").write_text("\n".join(lines))
    lines = ["day,region,cases", *(f"{a},{b},{c}" for a, b, c in totals)]
    (folder / f"totals_{DAY}.csv").write_text("\n".join(lines))
    return NAMES | {
        "source_file": str(folder / "parts.csv"),
        "target_file": str(folder / "totals_{date}.csv"),
    }


def test_a_total_that_its_parts_do_not_reach_is_put_down_to_the_part_that_fell(
    databases: dict[str, str],
) -> None:
    found = _compare(databases)

    assert (found.source_rows, found.target_rows, found.matched_rows) == (4, 2, 1)
    (one,) = found.mismatches
    assert (one.kind, one.rows, one.column) == (MismatchClass.CONTROL_TOTAL, 1, "cases")
    assert "Brema" in one.detail
    assert one.examples == (("NORTH", "560", "600"),)
    assert _compare(databases | {"tolerance": "cases=40"}).agrees


def test_files_are_compared_alike_and_a_group_without_total_is_missing(tmp_path: Path) -> None:
    found = _compare(_files(tmp_path, _sent(), _published()[:1]))

    assert {one.kind: one.rows for one in found.mismatches} == {
        MismatchClass.CONTROL_TOTAL: 1,
        MismatchClass.MISSING_PARTITION: 1,
    }
    assert "Brema" in found.mismatches[0].detail + found.mismatches[1].detail
    with pytest.raises(NotFound, match="no file totals_2026-10-21"):
        _compare(_files(tmp_path, _sent(), _published()), "2026-10-21")


def test_a_day_of_which_the_source_sent_nothing_is_said_so(tmp_path: Path) -> None:
    earlier = [row for row in _sent() if row[0] != DAY.isoformat()]
    found = _compare(_files(tmp_path, earlier, _published()))

    assert [one.rows for one in found.mismatches] == [2]
    assert "the source sent nothing for this period" in found.mismatches[0].detail


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"part": ""}, "needs part too"),
        ({"source_file": "configured"}, "not from a feed's configured folder"),
        ({"target_file": ""}, "lack target_url, target_table"),
        ({"measure": "patients"}, "no patients"),
    ],
)
def test_settings_that_can_not_be_used_are_refused_in_words(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        _compare(_files(tmp_path, _sent(), _published()) | changed)
    assert says in refused.value.sentence()


def test_words_in_place_of_numbers_are_refused(tmp_path: Path) -> None:
    tables = _files(tmp_path, _sent(), _published())
    (tmp_path / f"totals_{DAY}.csv").write_text(f"day,region,cases\n{DAY},North,many")
    with pytest.raises(BadInput) as refused:
        _compare(tables)
    assert "has text in cases" in refused.value.sentence()
