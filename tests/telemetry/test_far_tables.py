"""Two PostgreSQL tables are reconciled by checksums over ranges of keys, on real servers' connections."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from domain.data_quality.quality import MismatchClass, Reconciliation
from domain.errors import BadInput
from telemetry.checksums import differing_ranges, fast_digests_agree, range_digests
from telemetry.far_tables import FarTable, reconcile_tables
from tests.counterparts.postgres import create_database, postgres_server

ROWS = 50_000
COLUMNS = ("amount", "account", "note")
Sides = tuple[psycopg.Connection, psycopg.Connection]


@contextmanager
def two_databases(rows: int) -> Iterator[Sides]:
    """Keep a source and a target of so many rows, of which five differ."""
    with postgres_server() as address:
        names = [create_database(address, name).replace("+psycopg", "") for name in ("source", "target")]
        with psycopg.connect(names[0], autocommit=True) as left, psycopg.connect(names[1]) as right:
            for one in (left, right):
                one.execute("create table trades (id bigint, amount numeric(12, 2), account int, note text)")
                one.execute(
                    "insert into trades select n, mod(n, 977) / 4.0, mod(n, 1000), 'note ' || n "
                    "from generate_series(-100, %s) n",
                    (rows,),
                )
            right.execute("update trades set amount = amount + 5 where id in (7, 12345)")
            right.execute("update trades set note = left(note, 4) where id = 30000")
            right.execute("delete from trades where id in (-50, 40001)")
            right.commit()
            yield left, right


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    with two_databases(ROWS) as both:
        yield both


def reconciled(sides: Sides, **more: object) -> Reconciliation:
    left, right = (FarTable(one, "public.trades") for one in sides)
    return reconcile_tables(left, right, key="id", columns=COLUMNS, **more)  # type: ignore[arg-type]


def _has_found_all(told: Reconciliation, rows: int) -> bool:
    named = {(one.kind, one.rows) for one in told.mismatches}
    counted = (told.source_rows, told.target_rows, told.matched_rows)
    return counted == (rows + 101, rows + 99, rows + 96) and named == {
        (MismatchClass.CHANGED_VALUES, 2),
        (MismatchClass.TRUNCATION, 1),
        (MismatchClass.MISSING_ROWS, 2),
    }


def test_each_difference_is_found_and_named(sides: Sides) -> None:
    assert _has_found_all(reconciled(sides, width=1_000), ROWS)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_difference_among_ten_million_rows_is_found_and_named() -> None:
    with two_databases(10_000_000) as both:
        assert _has_found_all(reconciled(both), 10_000_000)


def test_rows_whose_key_has_no_value_are_told_apart_by_all_they_hold(sides: Sides) -> None:
    left, right = sides
    for one, amounts in ((left, (1, 2, 2)), (right, (1, 2, 5))):
        for amount in amounts:
            one.execute("insert into trades values (null, %s, 1, 'x')", (amount,))
    try:
        told = reconciled(sides)
    finally:
        for one in sides:
            one.execute("delete from trades where id is null")

    keyless = [(one.kind, one.rows) for one in told.mismatches if one.detail == "rows without id"]
    assert keyless == [(MismatchClass.MISSING_ROWS, 1), (MismatchClass.EXTRA_ROWS, 1)]
    counted = (told.source_rows, told.target_rows, told.matched_rows)
    assert counted == (ROWS + 104, ROWS + 102, ROWS + 98)


class _Listening:
    """A side that notes what it is asked."""

    def __init__(self, side: psycopg.Connection) -> None:
        self._side = side
        self.asked: list[str] = []

    def execute(self, query: str, *values: object) -> psycopg.Cursor:
        self.asked.append(query)
        return self._side.execute(query, *values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("there", "are_read"), [(0, False), (1, True)])
def test_rows_without_a_key_are_read_only_where_their_checksums_differ(
    sides: Sides, there: int, are_read: bool
) -> None:
    before = reconciled(sides)
    for one, more in zip(sides, (0, there), strict=True):
        one.execute(
            "insert into trades select null, n + %s, 1, 'x' from generate_series(1, 40) as n", (more,)
        )
    heard = [_Listening(one) for one in sides]
    try:
        told = reconciled(heard)  # type: ignore[arg-type]
    finally:
        for one in sides:
            one.execute("delete from trades where id is null")

    assert [any(query.endswith('"id" is null limit %s') for query in one.asked) for one in heard] == [
        are_read
    ] * 2
    assert (told.mismatches == before.mismatches) is not are_read
    counts = [(one.source_rows, one.target_rows) for one in (told, before)]
    assert [now - was for now, was in zip(*counts, strict=True)] == [40, 40]


def test_a_tolerance_is_kept_to(sides: Sides) -> None:
    kinds = {one.kind for one in reconciled(sides, tolerance={"amount": 6.0}).mismatches}

    assert MismatchClass.CHANGED_VALUES not in kinds


def test_only_ranges_that_differ_are_read_and_both_kinds_of_checksum_agree_on_them(sides: Sides) -> None:
    for fast in (True, False):
        left, right = (range_digests(one, "trades", "id", COLUMNS, 1_000, fast=fast) for one in sides)
        assert differing_ranges(left, right) == [-1, 0, 12, 30, 40]


def test_servers_with_columns_of_other_types_are_compared_by_their_text(sides: Sides) -> None:
    left, right = sides
    left.execute("drop view if exists wider")
    left.execute("create view wider as select id, amount, account::bigint as account, note from trades")

    assert fast_digests_agree(left, "trades", right, "trades", ("id", *COLUMNS))
    assert not fast_digests_agree(left, "wider", right, "trades", ("id", *COLUMNS))
    told = reconcile_tables(FarTable(left, "wider"), FarTable(right, "trades"), key="id", columns=COLUMNS)
    assert sum(one.rows for one in told.mismatches) == 5


def test_a_name_that_is_no_identifier_never_reaches_a_server(sides: Sides) -> None:
    with pytest.raises(BadInput, match="identifier"):
        reconcile_tables(
            FarTable(sides[0], "trades; drop table trades"),
            FarTable(sides[1], "trades"),
            key="id",
            columns=COLUMNS,
        )
