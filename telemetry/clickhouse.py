"""ClickHouse as the served form of the telemetry store: the same questions, and files shipped to it.

What is pushed still goes through the write-ahead log and becomes columnar files here; each file is then one
insert, named by its segments, so that shipping it again after a crash inserts nothing twice.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson

from domain.errors import BadInput, OutsideTrouble
from telemetry.columnar_files import stored_files
from telemetry.records import Kind, micros
from telemetry.store_questions import Columns

# Columns as JSON came with 22.7; parameters in questions, named inserts and Bool are older.
_OLDEST = (22, 7)
_SECONDS = 8.0
_SHIP_SECONDS = 60.0
_MOST_BYTES = 256 << 20
_COLUMNS: dict[Kind, str] = {
    Kind.SPANS: "service LowCardinality(String), trace String, span String, parent String,"
    " operation LowCardinality(String), span_kind UInt8, duration_us Int64, failed Bool, attributes String",
    Kind.LOGS: "service LowCardinality(String), level LowCardinality(String), trace String, span String,"
    " message String, attributes String",
    Kind.METRICS: "service LowCardinality(String), metric LowCardinality(String), labels String,"
    " value Float64, counter Bool",
    Kind.EVENTS: "service LowCardinality(String), event LowCardinality(String), severity String,"
    " message String, attributes String",
    Kind.REJECTED: "reason LowCardinality(String), detail String, excerpt String, dialect String",
    Kind.ARRIVALS: "dialect LowCardinality(String), bytes Int64, records Int64, refused Int64, late Int64,"
    " newest_us Int64, unknown String",
}
_NO_SERVICE = frozenset({Kind.REJECTED, Kind.ARRIVALS})
# Inserts are remembered by name for as many blocks as a day of them.
_TABLE = (
    "CREATE TABLE IF NOT EXISTS {table} (t_us Int64, {columns}, source LowCardinality(String))"
    " ENGINE = MergeTree ORDER BY {order} PARTITION BY toDate(fromUnixTimestamp64Micro(t_us))"
    " TTL toDateTime(intDiv(t_us, 1000000)) + INTERVAL {days} DAY"
    " SETTINGS non_replicated_deduplication_window = 100000"
)
_WINDOW = (
    "(SELECT * FROM {table} WHERE t_us >= {{first:Int64}} AND t_us <= {{last:Int64}}"
    " AND (empty({{services:Array(String)}}) OR has({{services:Array(String)}}, service))) AS stored"
)
_WINDOW_OF_ALL = "(SELECT * FROM {table} WHERE t_us >= {{first:Int64}} AND t_us <= {{last:Int64}}) AS stored"


class ClickHouse:
    """Speaks ClickHouse's HTTP interface; answers questions as `ColumnarQuestions` does.

    Args:
        url: http(s)://host:port, without a password in it.
        database: Database that holds the tables; made when missing.
        user: User.
        password: Its password.
        transport: How bytes travel; the network when left out.
    """

    def __init__(
        self,
        url: str,
        *,
        database: str = "dogwatch",
        user: str = "default",
        password: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
            raise BadInput("address of ClickHouse", say="ClickHouse's address must be http(s)://host:port.")
        if not database.isidentifier() or not database.isascii():
            raise BadInput("database of ClickHouse", say="ClickHouse's database must be a plain name.")
        self._database = database
        headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def make_tables(self, keep_days: float) -> None:
        """Make the database and its tables where they are missing.

        Raises:
            OutsideTrouble: ClickHouse is away, refuses, or is older than what we ask of it.
        """
        self._must_be_new_enough()
        self._post(f"CREATE DATABASE IF NOT EXISTS {self._database}")
        for kind, columns in _COLUMNS.items():
            order = "t_us" if kind in _NO_SERVICE else "(service, t_us)"
            days = max(round(keep_days), 1)
            self._post(_TABLE.format(table=self._table(kind), columns=columns, order=order, days=days))

    def _must_be_new_enough(self) -> None:
        told = self._post("SELECT version() FORMAT TabSeparated").decode("utf-8", "replace").strip()[:40]
        numbers = tuple(int(part) for part in told.split(".")[:2] if part.isdigit())
        if numbers < _OLDEST:
            wanted = ".".join(str(part) for part in _OLDEST)
            raise OutsideTrouble(
                f"ClickHouse {told} is older than {wanted}",
                say=f"ClickHouse {told} is too old to keep telemetry.",
                next_step=f"Use version {wanted} or newer; until then it stays in our own files.",
            )

    def ship(self, root: Path) -> int:
        """Insert every stored file of a folder and remove it; return how many went.

        Raises:
            OutsideTrouble: ClickHouse is away or refuses; what has not gone stays.
        """
        count = 0
        for kind in _COLUMNS:
            for file in stored_files(root, kind):
                told = {"insert_deduplication_token": f"{kind.value}/{file.path.stem}"}
                statement = f"INSERT INTO {self._table(kind)} FORMAT Parquet"
                self._post(statement, settings=told, body=_pieces(file.path), seconds=_SHIP_SECONDS)
                file.path.unlink(missing_ok=True)
                count += 1
        return count

    def calls(self, begin: datetime, end: datetime, question: str) -> Columns:
        """Return who called whom, how often and when last."""
        return self.ask(Kind.SPANS, begin, end, question)

    def ask(
        self,
        kind: Kind,
        begin: datetime,
        end: datetime,
        question: str,
        services: tuple[str, ...] | None = (),
        **values: int | tuple[str, ...],
    ) -> Columns:
        """Return the answer's columns; see `ColumnarQuestions.ask`."""
        told = {"param_first": str(micros(begin)), "param_last": str(micros(end))}
        if services is not None:
            told["param_services"] = _list(services)
        for name, value in values.items():
            told[f"param_{name}"] = _list(value) if isinstance(value, tuple) else str(value)
        window = _WINDOW_OF_ALL if services is None else _WINDOW
        shown = question.replace("{window}", window.format(table=self._table(kind)))
        content = self._post(
            f"{shown} FORMAT JSONColumns", settings={**told, "output_format_json_quote_64bit_integers": "0"}
        )
        answer = orjson.loads(content)
        is_empty = not any(answer.values())
        return {} if is_empty else answer

    def _table(self, kind: Kind) -> str:
        return f"{self._database}.{kind.value}"

    def _post(
        self,
        statement: str,
        *,
        settings: dict[str, str] | None = None,
        body: Iterator[bytes] | None = None,
        seconds: float = _SECONDS,
    ) -> bytes:
        query = {"query": statement, "max_result_bytes": str(_MOST_BYTES), **(settings or {})}
        try:
            response = self._http.post("/", params=query, content=body, timeout=seconds)
        except httpx.HTTPError as error:
            raise OutsideTrouble(
                f"ClickHouse: {type(error).__name__}", say="ClickHouse, which keeps our telemetry, is away."
            ) from None
        if response.status_code != 200:
            raise OutsideTrouble(
                f"ClickHouse: {response.status_code} {response.text[:300]}",
                say=f"ClickHouse, which keeps our telemetry, answered with error {response.status_code}.",
            )
        return response.content


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def _list(names: tuple[str, ...]) -> str:
    return "[" + ",".join(_quoted(name) for name in names) + "]"


def _quoted(name: str) -> str:
    told = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{told}'"
