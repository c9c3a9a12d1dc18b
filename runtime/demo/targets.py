"""Something to try remediation on: a control service and a folder with a bad file, as targets of a runner."""

import json
import secrets
from pathlib import Path

import yaml

from runtime.demo.service import READ_CREDENTIAL, WRITE_CREDENTIAL

INVENTORY = {
    "feeds": ["orders_etl", "positions", "risk_report"],
    "services": ["pricing"],
    "consumers": {"orders_etl": ["positions"], "positions": ["risk_report"], "pricing": ["positions"]},
}
_BAD_FILE = "order_id,amount\n1,10.50\n2,not a number\n"


def prepare_demo(folder: Path, environment: str, port: int) -> None:
    """Write targets, credentials, inventory and files below the runner's folder; what exists stays."""
    landing, archive = folder / "landing", folder / "archive"
    for path in (folder, folder / "credentials", landing, archive):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    bad = landing / "orders_2026-11-22.csv"
    if not any(landing.iterdir()):
        bad.write_text(_BAD_FILE, encoding="utf-8")
    for name in (READ_CREDENTIAL, WRITE_CREDENTIAL):
        _secret_of(folder, name)
    targets = [
        {
            "kind": "http",
            "name": "orchestrator",
            "environment": environment,
            "base_url": f"http://127.0.0.1:{port}",
            "read_credential": READ_CREDENTIAL,
            "write_credential": WRITE_CREDENTIAL,
            "serves": ["orders_etl", "positions", "pricing"],
        },
        {
            "kind": "files",
            "name": "landing",
            "environment": environment,
            "root": str(landing),
            "serves": ["orders_etl"],
        },
        {"kind": "files", "name": "archive", "environment": environment, "root": str(archive)},
    ]
    (folder / "targets.yaml").write_text(yaml.safe_dump(targets, sort_keys=False), encoding="utf-8")
    inventory = folder / "inventory.yaml"
    if not inventory.exists():
        inventory.write_text(yaml.safe_dump(INVENTORY, sort_keys=False), encoding="utf-8")


def demo_secrets(folder: Path) -> tuple[str, str]:
    """Return the reading and the writing secret of the demo service."""
    return _secret_of(folder, READ_CREDENTIAL), _secret_of(folder, WRITE_CREDENTIAL)


def _secret_of(folder: Path, name: str) -> str:
    path = folder / "credentials" / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"user": "", "secret": secrets.token_hex(16)}), encoding="utf-8")
    return str(json.loads(path.read_text(encoding="utf-8"))["secret"])
