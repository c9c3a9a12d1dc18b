"""A server of OpenSearch's and Elasticsearch's interface, written independently (osmem), on a free port."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson

from tests.counterparts.processes import Counterpart, free_ports


class OpenSearch:
    """An empty cluster at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def index(self, name: str, documents: list[dict[str, object]]) -> None:
        """Add documents in bulk and wait until they can be found."""
        lines = [part for one in documents for part in ({"create": {}}, one)]
        body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        answer = httpx.post(
            f"{self.url}/{name}/_bulk?refresh=true",
            content=body,
            headers={"content-type": "application/x-ndjson"},
        )
        assert not answer.raise_for_status().json()["errors"], answer.text

    def map(self, name: str, fields: dict[str, object]) -> None:
        """Make an index whose fields are mapped as said."""
        answer = httpx.put(f"{self.url}/{name}", json={"mappings": {"properties": fields}})
        answer.raise_for_status()


@contextlib.contextmanager
def opensearch(folder: Path) -> Iterator[OpenSearch]:
    """Yield a running cluster."""
    from osmem_server import resolve_binary

    port = free_ports()
    url = f"http://127.0.0.1:{port}"
    command = [resolve_binary(), "-addr", f"127.0.0.1:{port}", "-no-stdin-watch", "-no-ja"]
    server = Counterpart(command, url, folder / "opensearch.log")
    try:
        yield OpenSearch(url)
    finally:
        server.stop()
