"""Source and target of a day: two real databases, files, or one of each."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.data_quality.quality import MismatchClass, Reconciliation
from domain.errors import BadInput, NotFound, OutsideTrouble
from runtime.settings.house import Settings
from runtime.wiring.comparing import reconciling
from runtime.wiring.comparing.database_doors import DatabaseDoors
from tests.counterparts.postgres import create_database, postgres_server

DAY = "2026-10-01"
COLUMNS = "amount, currency, business_date"


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, str]]:
    """Keep two databases with a day of trades on which things went wrong."""
    with postgres_server() as address:
        source, target = (create_database(address, name) for name in ("source", "lake"))
        for url, is_target in ((source, False), (target, True)):
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                _fill(connection, is_target=is_target)
        yield {
            "source_url": source,
            "source_table": "public.trades",
            "target_url": target,
            "target_table": "public.trades",
            "key": "trade_id",
            "columns": COLUMNS,
            "date_column": "business_date",
        }


def _fill(connection: psycopg.Connection[tuple[object, ...]], *, is_target: bool) -> None:
    connection.execute(
        "CREATE TABLE trades (trade_id bigint, reference text, amount numeric, currency text,"
        " business_date date, written_at timestamptz)"
    )
    connection.execute(
        "INSERT INTO trades SELECT n, 'T-' || n, n * 1.2345, 'CHF', CASE WHEN n > 5000 THEN date '2026-10-02'"
        " ELSE date '2026-10-01' END, timestamptz '2026-10-01 06:00Z' + n * interval '1 second'"
        " FROM generate_series(1, 6000) AS n"
    )
    if is_target:
        connection.execute("UPDATE trades SET amount = round(amount, 2) WHERE trade_id BETWEEN 100 AND 149")
        connection.execute("DELETE FROM trades WHERE trade_id BETWEEN 4991 AND 5000")
        connection.execute("INSERT INTO trades SELECT * FROM trades WHERE trade_id BETWEEN 10 AND 14")
        connection.execute("DELETE FROM trades WHERE business_date = '2026-10-02'")


def compare(tables: dict[str, str], day: str) -> Reconciliation:
    return reconciling.compare(tables, day, DatabaseDoors(Settings()))


def _kinds(tables: dict[str, str], day: str = DAY) -> dict[MismatchClass, int]:
    return {one.kind: one.rows for one in compare(tables, day).mismatches}


def test_two_databases_are_compared_by_checksums_and_differences_are_named(tables: dict[str, str]) -> None:
    found = compare(tables, DAY)

    assert (found.source_rows, found.target_rows) == (5_000, 4_995)
    kinds = {one.kind: one.rows for one in found.mismatches}
    # Of fifty amounts with four decimals one in fifty happens to have two only.
    assert 40 <= kinds.pop(MismatchClass.ROUNDING) <= 50
    assert kinds == {MismatchClass.MISSING_ROWS: 10, MismatchClass.DUPLICATES: 5}


def test_rows_behind_the_watermark_of_the_load_are_late_and_not_lost(tables: dict[str, str]) -> None:
    kinds = _kinds(tables | {"time_column": "written_at", "key": "reference"})

    assert kinds[MismatchClass.LATE_ROWS] == 10
    assert MismatchClass.MISSING_ROWS not in kinds


def test_a_day_of_which_nothing_arrived_is_a_missing_partition(tables: dict[str, str]) -> None:
    assert _kinds(tables, "2026-10-02") == {MismatchClass.MISSING_PARTITION: 1_000}


def test_a_database_is_compared_with_the_file_it_was_made_from(
    tables: dict[str, str], tmp_path: Path
) -> None:
    lines = [f"{n},{n * 1.2345:.4f},CHF,{DAY}" for n in range(1, 5_001)]
    (tmp_path / f"trades_{DAY}.csv").write_text("\n".join(["trade_id,amount,currency,business_date", *lines]))
    with_file = tables | {"source_file": str(tmp_path / "trades_{date}.csv")}

    kinds = _kinds(with_file)

    assert kinds[MismatchClass.MISSING_ROWS] == 10
    assert MismatchClass.ROUNDING in kinds
    with pytest.raises(NotFound, match="trades_2026-10-03"):
        compare(with_file, "2026-10-03")


def test_a_wrong_table_a_missing_setting_and_a_server_that_is_away_are_told_in_words(
    tables: dict[str, str],
) -> None:
    with pytest.raises(BadInput) as wrong:
        compare(tables | {"target_table": "public.nothing"}, DAY)
    with pytest.raises(BadInput) as missing:
        compare({"key": "trade_id"}, DAY)
    with pytest.raises(OutsideTrouble):
        compare(tables | {"target_url": "postgresql://dogwatch@127.0.0.1:1/lake"}, DAY)

    assert "refused the question" in wrong.value.say
    assert "source_url" in missing.value.say


@pytest.mark.parametrize("key", ["trade_id", "reference"])
def test_a_part_of_which_nothing_arrived_is_told_as_one(tables: dict[str, str], key: str) -> None:
    whole = {name: value for name, value in tables.items() if name != "date_column"}
    found = compare(whole | {"key": key, "columns": "amount", "partition_column": "business_date"}, DAY)

    kinds = {one.kind: one for one in found.mismatches}
    assert kinds[MismatchClass.MISSING_PARTITION].rows == 1_000
    assert "2026-10-02" in kinds[MismatchClass.MISSING_PARTITION].detail
    assert kinds[MismatchClass.MISSING_ROWS].rows == 10


def test_a_setting_that_cannot_be_read_is_said_in_words(tables: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="tolerance") as refused:
        compare(tables | {"tolerance": "amount=a little"}, DAY)
    assert "price=0.01" in refused.value.sentence()
    with pytest.raises(BadInput, match="time column"):
        compare(tables | {"time_column": "currency", "key": "reference"}, DAY)
