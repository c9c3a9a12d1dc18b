"""Reconcile two tables on PostgreSQL, source and target in databases of their own on a server of our own.

Each contender runs in a process of its own, whose growth is the memory that is told; the server's is not.
datacompy is handed frames, so its seconds hold the reading of both tables (by COPY, the quickest way).
"""

import io
import time
from typing import TYPE_CHECKING

from benchmarks.growth import Growth, apart, has_datacompy
from telemetry.checksums import Connection
from telemetry.far_tables import FarTable, reconcile_tables

if TYPE_CHECKING:
    import pandas as pd

Urls = tuple[str, str]

_COLUMNS = ("amount", "account", "note")
_WRONG = 20


def reconcile_postgres(rows: int, *, with_datacompy: bool = True) -> dict[str, dict[str, float]]:
    """Return rows, seconds, MiB and the share found of twenty changed rows; nothing without PostgreSQL.

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
            for name in names:
                with psycopg.connect(name) as one:
                    _fill(one, rows)
            with psycopg.connect(names[1]) as right:
                step = max(rows // _WRONG, 1)
                right.execute("update t set amount = amount + 5 where mod(id, %s) = 1", (step,))
            urls = (names[0], names[1])
            found = {"dogwatch": apart(_ours, urls) | {"rows": float(rows)}}
            if with_datacompy and has_datacompy():
                found["datacompy"] = apart(_datacompy, urls)
    except pytest.skip.Exception as reason:
        print(f"PostgreSQL left out: {reason}")
        return {}
    print(f"{rows:,} rows on PostgreSQL reconciled", flush=True)
    return {
        who: {f"recon_postgres_{name}": value for name, value in row.items()} for who, row in found.items()
    }


def _ours(urls: Urls) -> dict[str, float]:
    import psycopg

    with psycopg.connect(urls[0]) as left, psycopg.connect(urls[1]) as right, Growth() as growth:
        start = time.perf_counter()
        sides = FarTable(left, "t"), FarTable(right, "t")
        told = reconcile_tables(*sides, key="id", columns=_COLUMNS)
        seconds = time.perf_counter() - start
    return {"s": seconds, "mib": growth.mib, "found": sum(one.rows for one in told.mismatches) / _WRONG}


def _datacompy(urls: Urls) -> dict[str, float]:
    import datacompy
    import pandas as pd

    pd.DataFrame({"id": [1]}).merge(pd.DataFrame({"id": [1]}))  # what loads at first use is not counted
    with Growth() as growth:
        start = time.perf_counter()
        source, target = (_read(url) for url in urls)
        unequal = len(datacompy.PandasCompare(source, target, join_columns="id").all_mismatch())
        seconds = time.perf_counter() - start
    return {"s": seconds, "mib": growth.mib, "found": unequal / _WRONG}


def _read(url: str) -> "pd.DataFrame":
    import pandas as pd
    import psycopg

    held = io.BytesIO()
    with (
        psycopg.connect(url) as connection,
        connection.cursor().copy("COPY t TO STDOUT (FORMAT csv)") as copied,
    ):
        for piece in copied:
            held.write(piece)
    held.seek(0)
    return pd.read_csv(held, names=["id", *_COLUMNS])


def _fill(connection: Connection, rows: int) -> None:
    connection.execute("create table t (id bigint, amount numeric(12, 2), account int, note text)")
    connection.execute(
        "insert into t select n, mod(n * 7919, 1000003) / 100.0, mod(n, 99991), 'note ' || n "
        "from generate_series(1, %s::bigint) n",
        (rows,),
    )
