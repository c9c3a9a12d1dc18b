"""An independently written counterpart of GitHub's API, and a network that lets it refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.counterparts.processes import Counterpart, free_ports, need, node_program

TOKEN = "ghp_canary0123456789abcdefghijklmnop"
_SEED = f"""
tokens:
  {TOKEN}: {{ login: ops-bot, scopes: [repo] }}
github:
  users: [ {{ login: ops-bot }} ]
  orgs: [ {{ login: acme, members: [ {{ login: ops-bot, role: admin }} ] }} ]
  repos:
    - {{ owner: acme, name: configs, auto_init: true }}
"""


@contextmanager
def github_server(folder: Path) -> Iterator[str]:
    """Run GitHub with one repository, `acme/configs`, and give its address."""
    package = need("emulate")
    seed = folder / "seed.yaml"
    seed.write_text(_SEED, encoding="utf-8")
    port = free_ports()
    command = [node_program(), str(package / "dist" / "index.js"), "start", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--service", "github", "--seed", str(seed)]
    counterpart = Counterpart(command, f"http://127.0.0.1:{port}/", folder / "log")
    yield f"http://localhost:{port}"
    counterpart.stop()


class Refusing(httpx.HTTPTransport):
    """The network to a host that answers what `refusals` says, a status by method, or by method and the last
    part of the path (`POST pulls`); else as it does."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, tuple[int, dict[str, str]]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse, or let the host answer."""
        last = request.url.path.rpartition("/")[2]
        refusal = self.refusals.get(request.method) or self.refusals.get(f"{request.method} {last}")
        if refusal is None:
            return super().handle_request(request)
        status, headers = refusal
        return httpx.Response(status, json={"message": "refused"}, headers=headers)
