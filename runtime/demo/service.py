"""A small service to try remediation on: feeds, services and requests behind the control interface.

It keeps its values in a file, so that a restart of the house loses nothing that a plan changed.
"""

import hmac
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

READ_CREDENTIAL, WRITE_CREDENTIAL = "demo-reader", "demo-writer"
_BEGINNING: dict[str, Any] = {
    "/feeds/orders_etl/state": "running",
    "/feeds/orders_etl/source": "primary",
    "/feeds/orders_etl/batch_rows": 50_000,
    "/feeds/orders_etl/workers": 4,
    "/feeds/orders_etl/deadline": "2026-11-23T06:00:00+00:00",
    "/feeds/positions/state": "running",
    "/feeds/positions/source": "primary",
    "/services/pricing/version": "2.4.1",
    "/services/pricing/instances": 2,
    "/flags/new_pricing/state": "on",
}
_MOST_BODY = 65_536


def serve_demo(port: int, folder: Path, read: str, write: str) -> None:
    """Serve on the loopback until killed; the secrets decide who may read and who may write."""
    state = folder / "demo-service.json"
    values: dict[str, Any] = json.loads(state.read_text()) if state.exists() else dict(_BEGINNING)
    handler = type("Demo", (_Demo,), {"values": values, "requests": {}, "state": state, "read": read})
    handler.write = write  # type: ignore[attr-defined]  # set beside the others
    ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()


class _Demo(BaseHTTPRequestHandler):
    values: dict[str, Any]
    requests: dict[str, dict[str, Any]]
    state: Path
    read: str
    write: str
    _lock = threading.Lock()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a value or the state of a request."""
        if not self._may(self.read, self.write):
            return
        if self.path in self.requests:
            self._say(200, self.requests[self.path])
        elif self.path in self.values:
            self._say(200, {"value": self.values[self.path]})
        else:
            self._say(404, {"error": "not here"})

    def do_PUT(self) -> None:
        """Set a value."""
        body = self._body()
        if self._may(self.write) and isinstance(body, dict) and "value" in body:
            with self._lock:
                self.values[self.path] = body["value"]
                temporary = self.state.with_suffix(".new")
                temporary.write_text(json.dumps(self.values, indent=1, sort_keys=True))
                os.replace(temporary, self.state)
            self._say(200, {})

    def do_POST(self) -> None:
        """Take a request; the same key again is the same request."""
        body = self._body()
        if self._may(self.write) and isinstance(body, dict):
            place = f"{self.path}/by-key/{self.headers['Idempotency-Key']}"
            self._say(201, self.requests.setdefault(place, {**body, "state": "finished"}))

    def do_DELETE(self) -> None:
        """Cancel a request."""
        if not self._may(self.write):
            return
        if self.path in self.requests:
            self.requests[self.path]["state"] = "cancelled"
        self._say(200 if self.path in self.requests else 404, {})

    def _body(self) -> Any:
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BODY)
        try:
            return json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            return None

    def _may(self, *secrets: str) -> bool:
        given = self.headers.get("Authorization") or ""
        if any(hmac.compare_digest(given, f"Bearer {secret}") for secret in secrets):
            return True
        self._say(401, {"error": "no"})
        return False

    def _say(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
