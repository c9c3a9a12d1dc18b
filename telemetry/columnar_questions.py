"""One question over the files of a window, with DuckDB; any process may read while one writes.

Files come and go while a question is asked (a merge, retention): a question whose file vanished is asked
again on a fresh list.
"""

import threading
from datetime import datetime
from pathlib import Path

import duckdb

from domain.errors import OutsideTrouble
from telemetry.call_counts import are_counted
from telemetry.columnar_files import SPILL, sql_text, stored_files
from telemetry.records import Kind, micros
from telemetry.store_questions import Columns

_TRIES = 3
_WINDOW = (
    "(SELECT * FROM read_parquet($files, union_by_name = true, file_row_number = true)"
    " WHERE t_us >= $first AND t_us <= $last AND (len($services::VARCHAR[]) = 0"
    " OR list_contains($services::VARCHAR[], service))) AS stored"
)
_WINDOW_OF_ALL = (
    "(SELECT * FROM read_parquet($files, union_by_name = true, file_row_number = true)"
    " WHERE t_us >= $first AND t_us <= $last) AS stored"
)
_COUNTED_CALLS = (
    "SELECT caller, callee, sum(calls)::BIGINT AS calls, max(t_us) AS t_us FROM {window}"
    " GROUP BY ALL ORDER BY 1, 2"
)


class ColumnarQuestions:
    """Asks the files under a folder.

    Args:
        root: The folder that the intake writes to; it need not exist yet.
        memory_mib: What all questions together may use.
    """

    def __init__(self, root: Path, *, memory_mib: int = 512) -> None:
        self._root = root
        self._memory_mib = memory_mib
        self._database: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def ask(
        self,
        kind: Kind,
        begin: datetime,
        end: datetime,
        question: str,
        services: tuple[str, ...] | None = (),
        **values: int | tuple[str, ...],
    ) -> Columns:
        """Return the answer's columns; empty when nothing is stored for the window.

        Args:
            kind: Which files.
            begin: Start of the window.
            end: End of it, included.
            question: A constant SELECT in which `{window}` stands for the window's rows.
            services: Whose rows; empty means all, None for kinds without services.
            values: Named values of the question.

        Raises:
            OutsideTrouble: The files can't be read.
        """
        told: dict[str, object] = {"first": micros(begin), "last": micros(end)}
        told |= {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}
        if services is not None:
            told["services"] = list(services)
        window = _WINDOW_OF_ALL if services is None else _WINDOW
        for attempt in range(_TRIES):
            files = stored_files(self._root, kind)
            met = [str(one.path) for one in files if one.meets(begin.timestamp(), end.timestamp())]
            if not met:
                return {}
            try:
                with self._cursor() as cursor:
                    return _columns(cursor, question.replace("{window}", window), told | {"files": met})
            except duckdb.IOException as error:
                if attempt + 1 == _TRIES:
                    raise OutsideTrouble(
                        f"telemetry store: {error}", say="The telemetry store can't be read right now."
                    ) from error
        return {}

    def calls(self, begin: datetime, end: datetime, question: str) -> Columns:
        """Return who called whom: from the counts, or from every span where nobody counts."""
        if are_counted(self._root):
            return self.ask(Kind.CALLS, begin, end, _COUNTED_CALLS, None)
        return self.ask(Kind.SPANS, begin, end, question)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._database is None:
                self._database = duckdb.connect(":memory:")
                self._database.execute(f"SET memory_limit = '{int(self._memory_mib)}MiB'")
                self._database.execute("SET threads = 2")
                self._database.execute(f"SET temp_directory = '{sql_text(self._root / SPILL)}'")
                # Files never change under their name, so their footers may be kept.
                self._database.execute("SET parquet_metadata_cache = true")
            return self._database.cursor()


def _columns(cursor: duckdb.DuckDBPyConnection, question: str, values: dict[str, object]) -> Columns:
    answer = cursor.sql(question, params=values)
    if answer is None:
        return {}
    table = answer.to_arrow_table()
    return {name: table.column(name).to_pylist() for name in table.column_names}
