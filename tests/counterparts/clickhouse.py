"""ClickHouse's HTTP interface before the real engine, which the chdb package embeds.

The engine that parses, stores and answers is ClickHouse itself; only this envelope (parameters in the
address, data in the body) is ours, kept to what its documentation says.
"""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@contextlib.contextmanager
def clickhouse(folder: Path, password: str = "") -> Iterator[str]:
    """Yield the address of an empty ClickHouse; skip the test without its package."""
    session_module: Any = pytest.importorskip("chdb.session")
    session = session_module.Session(str(folder))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            body = self._body()
            if self.headers.get("X-ClickHouse-Key", "") != password:
                self._answer(403, b"Code: 516. DB::Exception: Authentication failed")
                return
            with lock:
                try:
                    self._answer(200, _run(session, told, body))
                except RuntimeError as error:
                    self._answer(500, str(error).encode())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        session.close()


def _run(session: Any, told: dict[str, str], body: bytes) -> bytes:
    statement = told.pop("query")
    settings = []
    for name, value in told.items():
        if name.startswith("param_"):
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            session.query(f"SET {name} = '{quoted}'")
        else:
            settings.append(f"{name} = '{value}'")
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        if statement.startswith("INSERT") and statement.endswith("FORMAT Parquet"):
            file.write(body)
            file.flush()
            table = statement.split(" ")[2]
            columns = ", ".join(_columns(Path(file.name)))
            told_settings = ", ".join(settings)
            statement = f"INSERT INTO {table} ({columns}) SETTINGS {told_settings}"
            statement += f" SELECT {columns} FROM file('{file.name}', Parquet)"  # noqa: S608  our own file
        elif statement.startswith(("SELECT", "WITH")):
            head, _, kind = statement.rpartition(" FORMAT ")
            statement = f"{head} SETTINGS {', '.join(settings)} FORMAT {kind}"
        answer = session.query(statement)
        return bytes(answer.bytes() or b"")


def _columns(path: Path) -> list[str]:
    import pyarrow.parquet

    return list(pyarrow.parquet.read_schema(path).names)
