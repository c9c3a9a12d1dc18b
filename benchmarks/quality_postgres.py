"""Reconcile two tables on PostgreSQL, source and target in databases of their own on a server of our own."""

import time

from telemetry.checksums import Connection
from telemetry.far_tables import FarTable, reconcile_tables

_COLUMNS = ("amount", "account", "note")
_WRONG = 20


def reconcile_postgres(rows: int) -> dict[str, float]:
    """Return rows, seconds and the share found of twenty changed rows; nothing without PostgreSQL.

    The server is the one that the tests start; where it or PostgreSQL is missing, the reason is printed.
    """
    try:
        import psycopg
        import pytest

        from tests.counterparts.postgres import create_database, postgres_server
    except ImportError as error:
        print(f"PostgreSQL left out: {error}")
        return {}
    try:
        with postgres_server() as address:
            names = [create_database(address, name).replace("+psycopg", "") for name in ("source", "target")]
            with psycopg.connect(names[0]) as left, psycopg.connect(names[1]) as right:
                for one in (left, right):
                    _fill(one, rows)
                    one.commit()
                step = max(rows // _WRONG, 1)
                right.execute("update t set amount = amount + 5 where mod(id, %s) = 1", (step,))
                right.commit()
                start = time.perf_counter()
                sides = FarTable(left, "t"), FarTable(right, "t")
                told = reconcile_tables(*sides, key="id", columns=_COLUMNS)
                seconds = time.perf_counter() - start
    except pytest.skip.Exception as reason:
        print(f"PostgreSQL left out: {reason}")
        return {}
    return {
        "recon_postgres_rows": float(rows),
        "recon_postgres_s": seconds,
        "recon_postgres_found": sum(one.rows for one in told.mismatches) / _WRONG,
    }


def _fill(connection: Connection, rows: int) -> None:
    connection.execute("create table t (id bigint, amount numeric(12, 2), account int, note text)")
    connection.execute(
        "insert into t select n, mod(n * 7919, 1000003) / 100.0, mod(n, 99991), 'note ' || n "
        "from generate_series(1, %s::bigint) n",
        (rows,),
    )
