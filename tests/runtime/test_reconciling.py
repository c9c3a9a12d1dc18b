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

    assert wrong.value.say == "The target database has no such table."
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


def test_columns_are_found_in_other_capitals_and_in_any_order(tables: dict[str, str], tmp_path: Path) -> None:
    with psycopg.connect(tables["target_url"].replace("+psycopg", "")) as connection:
        connection.execute(
            'CREATE TABLE capitals AS SELECT currency AS "Currency", amount AS "AMOUNT", business_date AS'
            ' "Business_Date", trade_id AS "Trade_ID" FROM trades'
        )
    lower = compare(tables, DAY)

    assert compare(tables | {"target_table": "public.capitals"}, DAY) == lower
    whole = {name: value for name, value in tables.items() if name != "date_column"}
    assert compare(whole | {"target_table": "public.capitals"}, DAY) == compare(whole, DAY)
    file = tmp_path / f"trades_{DAY}.csv"
    file.write_text("CURRENCY;Amount;TRADE_ID;Business_date\nCHF;1.2345;1;2026-10-01\nCHF;9;2;2026-09-30\n")
    with_file = tables | {"target_file": str(tmp_path / "trades_{date}.csv")}
    assert compare(with_file, DAY).matched_rows == 1


def test_which_side_lacks_what_is_said(tables: dict[str, str], tmp_path: Path) -> None:
    with psycopg.connect(tables["target_url"].replace("+psycopg", "")) as connection:
        connection.execute(
            "CREATE TABLE lacking AS SELECT trade_id, amount, extract(day FROM business_date)::int AS"
            " business_date, to_char(business_date, 'DD/MM/YYYY') AS said, currency AS \"Book\", currency AS"
            " book FROM trades"
        )
    lacking = tables | {"target_table": "public.lacking"}

    def refused(**changed: str) -> str:
        with pytest.raises(BadInput) as told:
            compare(lacking | changed, DAY)
        return told.value.sentence()

    columns = "trade_id, amount, business_date, said, Book, book"
    assert refused() == f"The target public.lacking has no currency. Its columns are {columns}."
    assert "has no BOOK." in refused(columns="BOOK")
    no_days = "The target public.lacking has no days in its column"
    assert f"{no_days} business_date." in refused(columns="amount")
    other = {"source_table": "public.lacking", "source_url": tables["target_url"]}
    said = refused(columns="amount", date_column="said", **other)
    assert said.startswith("The source public.lacking has no days in its column said.")
    assert refused(target_table="public.nothing").startswith("The target database has no such table.")
    wrong = tables["target_url"].rpartition("/")[0] + "/no_such_database"
    assert refused(target_url=wrong).startswith("The target database does not let me in.")
    with pytest.raises(BadInput) as no_key:
        compare({name: value for name, value in tables.items() if name != "key"}, DAY)
    assert no_key.value.sentence().endswith("lack key. `key` names what tells rows apart.")


def test_columns_may_be_called_as_functions_and_words_of_sql_are(tables: dict[str, str]) -> None:
    for place, value in (("source_url", "a"), ("target_url", "b")):
        with psycopg.connect(tables[place].replace("+psycopg", "")) as connection:
            connection.execute('CREATE TABLE named (id bigint, "user" text, "order" int)')
            connection.execute("INSERT INTO named VALUES (1, %s, 1), (2, 'x', 2)", (value,))
    named = {name: tables[name] for name in ("source_url", "target_url")} | {
        "source_table": "public.named", "target_table": "public.named", "key": "id", "columns": "user, order",
    }  # fmt: skip

    found = compare(named, DAY)

    assert [(one.kind, one.column, one.rows) for one in found.mismatches] == [
        (MismatchClass.CHANGED_VALUES, "user", 1)
    ]
