"""Answers of a real server, recorded on demand and given again in the ordinary tests."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

ANSWERS = Path(__file__).parent / "answers"
_Key = tuple[str, str, str]


class Recorder(httpx.BaseTransport):
    """Asks the network and remembers each answer."""

    def __init__(self, verify: Any = True) -> None:
        self._inner = httpx.HTTPTransport(verify=verify)
        self.heard: list[dict[str, object]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        told = response.text
        if request.url.path == "/auth/token":
            told = '{"access_token": "made up"}' if response.status_code < 300 else ""
        method, path, query = _key(request)
        body = json.loads(told) if told[:1] in ("{", "[") else told
        self.heard.append(
            {"method": method, "path": path, "query": query, "status": response.status_code, "body": body}
        )
        return response

    def close(self) -> None:
        """Keep the connections: a source closes its client after each question."""

    def finish(self) -> list[dict[str, object]]:
        """Close the connections and return what was heard."""
        self._inner.close()
        return self.heard


class Replay(httpx.BaseTransport):
    """Answers as the real server did; a question that it was not asked is an error."""

    def __init__(self, heard: list[dict[str, Any]]) -> None:
        self._answers = {(one["method"], one["path"], one["query"]): one for one in heard}
        self.asked: list[_Key] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        key = _key(request)
        self.asked.append(key)
        if key not in self._answers:
            raise AssertionError(f"the real server was never asked {key}")
        told = self._answers[key]
        if isinstance(told["body"], str):
            return httpx.Response(told["status"], text=told["body"])
        return httpx.Response(told["status"], json=told["body"])


@contextlib.contextmanager
def served(heard: list[dict[str, Any]]) -> Iterator[str]:
    """Yield an address where the answers are given again, whatever moments are asked for."""
    answers = {_loose(one["method"], one["path"], one["query"]): one for one in heard}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, query = self.path.partition("?")
            told = answers.get(_loose(self.command, path, query), {"status": 404, "body": ""})
            content = json.dumps(told["body"]).encode()
            self.send_response(told["status"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  the base class names it so

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _loose(method: str, path: str, query: str) -> tuple[str, str, tuple[str, ...]]:
    return method, path, tuple(sorted(part.partition("=")[0] for part in query.split("&")))


def _key(request: httpx.Request) -> _Key:
    return request.method, request.url.raw_path.decode().partition("?")[0], request.url.query.decode()


def read_answers(name: str) -> dict[str, Any]:
    """Return a recording."""
    told: dict[str, Any] = json.loads((ANSWERS / f"{name}.json").read_text())
    return told


def keep_answers(name: str, told: dict[str, object], places: Mapping[str, str] | None = None) -> None:
    """Write a recording, one answer a line, so that a change can be read; places of this machine get other
    names."""
    parts = []
    for key, value in told.items():
        if isinstance(value, list):
            lines = ",\n".join("  " + json.dumps(one, sort_keys=True) for one in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    for place, instead in (places or {}).items():
        text = text.replace(place, instead)
    (ANSWERS / f"{name}.json").write_text(text)
