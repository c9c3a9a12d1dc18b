"""Secrets go in at every input; after a journey none is anywhere in clear."""

from pathlib import Path

import pytest

from tests.journeys.house import house, wait_until
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)

SECRETS = {
    "SLACK__BOT_TOKEN": "xoxb-canary-4821-slack-bot",
    "SLACK__APP_TOKEN": "xapp-canary-4821-slack-app",
    "SLACK__SIGNING_SECRET": "canary4821slacksigning",
    "TEAMS__APP_PASSWORD": "canary-4821-teams-password",
    "GIT__GITHUB_TOKEN": "ghp_canary4821github",
    "SIGNIN__OIDC_CLIENT_SECRET": "canary-4821-oidc",
}
ELSEWHERE = {"SLACK__BASE_URL": "http://127.0.0.1:9/api/", "SLACK__TEAM_IDS": '["T0CANARY"]'}
IN_A_CELL = "canary-4821-in-a-cell"
# Where what people drop belongs, whole and as they dropped it, and where its cells are told to people.
_KEPT_IN = ("blobs", "dogwatch.db", "config.git")


@pytest.mark.proves("K1", "K2")
def test_no_secret_is_found_in_any_file_after_a_journey(tmp_path: Path) -> None:
    sample = tmp_path / "fx_canary.csv"
    rows = "".join(f"T{number},{number}.50,{IN_A_CELL}\n" for number in range(1, 40))
    sample.write_text(f"trade_id,amount,note\n{rows}", encoding="utf-8")
    with house(tmp_path / "data", **SECRETS, **ELSEWHERE) as running:
        sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")
        thread = sam.drop("data-feeds", sample)
        sam.answer_questions("data-feeds", thread, Feed_name="fx_canary")
        ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_canary"), "Approve")
        assert "fx_canary" in words(sam.wait_for("data-feeds", "Merged: fx_canary", thread))
        made = running.run("key", "add", "--person", "erin", "--name", "canary")
        key = made.stdout.strip().split("_", 2)[2]  # the secret may hold the sign that stands before it
        assert len(key) == 43, made.stderr
        wait_until(lambda: running.state_of_change() == "merged")

    files = [path for path in [*(tmp_path / "data").rglob("*"), running.log] if path.is_file()]
    assert len(files) > 10
    needles = [*SECRETS.values(), key]
    found = [f"{needle} in {path}" for path in files for needle in needles if needle.encode() in _read(path)]
    assert found == []
    kept = tuple(str(tmp_path / "data" / name) for name in _KEPT_IN)
    elsewhere = [path for path in files if not str(path).startswith(kept)]
    assert any("temporal" in path.name for path in elsewhere)
    assert [str(path) for path in elsewhere if IN_A_CELL.encode() in _read(path)] == []


def _read(path: Path) -> bytes:
    return path.read_bytes()
