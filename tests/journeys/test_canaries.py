"""Secrets go in at every input; after a journey none is anywhere in clear."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from runtime.settings.house import Settings
from tests.journeys.house import house, wait_until
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)

_OF_SERVERS = frozenset({"TEMPORAL__API_KEY"})
"""Shown to a server that the house itself starts, and that takes none."""


def _secret_settings(model: type[BaseModel] = Settings, path: str = "") -> Iterator[str]:
    """Yield the variable of every setting that is one secret, also of those that are new since yesterday."""
    for name, field in model.model_fields.items():
        variable = f"{path}{name.upper()}"
        if field.annotation is SecretStr:
            yield variable
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _secret_settings(field.annotation, f"{variable}__")


SECRETS = {
    name: f"canary-4821-{name.lower().replace('_', '-')}"
    for name in sorted(set(_secret_settings()) - _OF_SERVERS)
}
REPORTER, LEDGER, WIKI = "canary-4821-of-a-sender", "canary-4821-of-a-ledger", "canary-4821-of-a-tool-server"
LISTED = {
    "TELEMETRY__KEYS": json.dumps({"etl": REPORTER}),
    "WATCH__CREDENTIALS": json.dumps({"ledger": LEDGER}),
    "ASSISTANTS__SERVERS": json.dumps(
        [{"name": "wiki", "tools": ["ask"], "url": "http://127.0.0.1:9/mcp", "token": WIKI}]
    ),
}
IN_AN_ERROR = "canary-4821-in-an-error"
ELSEWHERE = {
    "SLACK__BASE_URL": "http://127.0.0.1:9/api/",
    "SLACK__TEAM_IDS": '["T0CANARY"]',
    "NOTIFY__PAGERDUTY_URL": "http://127.0.0.1:9",
    "NOTIFY__SMS_URL": "http://127.0.0.1:9",
}
IN_A_CELL = "canary-4821-in-a-cell"
# Where what people drop belongs, whole and as they dropped it, and where its cells are told to people.
_KEPT_IN = ("blobs", "dogwatch.db", "config.git")


@pytest.mark.proves("K1", "K2")
def test_no_secret_is_found_in_any_file_after_a_journey(tmp_path: Path) -> None:
    sample = tmp_path / "fx_canary.csv"
    rows = "".join(f"T{number},{number}.50,{IN_A_CELL}\n" for number in range(1, 40))
    sample.write_text(f"trade_id,amount,note\n{rows}", encoding="utf-8")
    with house(tmp_path / "data", **SECRETS, **LISTED, **ELSEWHERE) as running:
        _report_a_failure(running.url)
        sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")
        thread = sam.drop("data-feeds", sample)
        sam.answer_questions("data-feeds", thread, Feed_name="fx_canary")
        ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_canary"), "Approve")
        assert "fx_canary" in words(sam.wait_for("data-feeds", "Merged: fx_canary", thread))
        made = running.run("key", "add", "--person", "erin", "--name", "canary")
        key = made.stdout.strip().split("_", 2)[2]  # the secret may hold the sign that stands before it
        assert len(key) == 43, made.stderr
        wait_until(lambda: running.state_of_change() == "merged")
        assert running.rows("SELECT count(*) FROM runs") == [(1,)]
        running.stop()  # in order, so that every file is closed and all that was to be written is

    files = [path for path in [*(tmp_path / "data").rglob("*"), running.log] if path.is_file()]
    assert len(files) > 10
    needles = [*SECRETS.values(), REPORTER, LEDGER, WIKI, IN_AN_ERROR, key]
    found = [f"{needle} in {path}" for path in files for needle in needles if needle.encode() in _read(path)]
    assert found == []
    kept = tuple(str(tmp_path / "data" / name) for name in _KEPT_IN)
    elsewhere = [path for path in files if not str(path).startswith(kept)]
    assert any("temporal" in path.name for path in elsewhere)
    assert [str(path) for path in elsewhere if IN_A_CELL.encode() in _read(path)] == []


def test_every_setting_that_is_a_secret_is_looked_for() -> None:
    assert {"SLACK__BOT_TOKEN", "MODEL__API_KEY", "NOTIFY__MAIL_PASSWORD", "TELEMETRY__LOKI_TOKEN"} < set(
        SECRETS
    )
    assert len(SECRETS) >= 20


def _report_a_failure(url: str) -> None:
    """Report a run as a loader does, whose error tells the password of a database."""
    now = datetime.now(UTC)
    run = {
        "feed": "fx_canary",
        "run": "r1",
        "state": "failed",
        "started_at": now.isoformat(),
        "finished_at": now.isoformat(),
        "error": f"could not connect to postgresql://app:{IN_AN_ERROR}@db/orders",
    }
    headers = {"Authorization": f"Bearer {REPORTER}"}
    httpx.post(f"{url}/intake/runs", json=run, headers=headers, timeout=30).raise_for_status()


def _read(path: Path) -> bytes:
    return path.read_bytes()
