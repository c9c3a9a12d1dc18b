"""A real HTTP service with the control interface: a tree of values and collections of requests, in memory.

Run as a program it prints its port. `POST /_test/reset`, `/_test/fail {"method", "path", "times"}`,
`GET /_test/log` are for tests and need no secret.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

READ, WRITE = "read-secret-4711", "write-secret-0815"


class Service(BaseHTTPRequestHandler):
    """One request."""

    values: dict[str, Any] = {}  # noqa: RUF012  one service a process
    requests: dict[str, dict[str, Any]] = {}  # noqa: RUF012  one service a process
    log: list[list[Any]] = []  # noqa: RUF012  one service a process
    failing: list[dict[str, Any]] = []  # noqa: RUF012  one service a process

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/_test/log":
            return self._say(200, self.log)
        if not self._may(READ, WRITE):
            return None
        if self.path in self.requests:
            return self._say(200, self.requests[self.path])
        if self.path in self.values:
            return self._say(200, {"value": self.values[self.path]})
        return self._say(404, {"error": "not here"})

    def do_PUT(self) -> None:
        body = self._body()
        if self._may(WRITE):
            self.values[self.path] = body["value"]
            self.log.append(["PUT", self.path, body["value"]])
            self._say(200, {})

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/_test/reset":
            self.values.clear()
            self.values.update(body)
            self.requests.clear()
            self.log.clear()
            self.failing.clear()
            return self._say(200, {})
        if self.path == "/_test/fail":
            self.failing.append(body)
            return self._say(200, {})
        if not self._may(WRITE):
            return None
        place = f"{self.path}/by-key/{self.headers['Idempotency-Key']}"
        self.log.append(["POST", self.path, body])
        self.requests.setdefault(
            place, {**body, "state": "finished" if "certificate" in body else "accepted"}
        )
        return self._say(201, self.requests[place])

    def do_DELETE(self) -> None:
        if not self._may(WRITE):
            return None
        self.log.append(["DELETE", self.path, None])
        if self.path in self.requests:
            self.requests[self.path]["state"] = "cancelled"
            return self._say(200, {})
        return self._say(404, {})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _may(self, *secrets: str) -> bool:
        if self.headers.get("Authorization") not in [f"Bearer {secret}" for secret in secrets]:
            self._say(401, {"error": "no"})
            return False
        for one in self.failing:
            if one["times"] > 0 and one["method"] == self.command and one["path"] in self.path:
                one["times"] -= 1
                self._say(503, {"error": "made to fail"})
                return False
        return True

    def _say(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    print(server.server_address[1], flush=True)
    sys.stdin.close()
    server.serve_forever()
