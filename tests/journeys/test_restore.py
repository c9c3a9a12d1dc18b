"""The restore drill: backed up at work, the machine lost, restored on an empty one; nothing runs twice."""

import shutil
from pathlib import Path

import pytest

from tests.journeys.house import House, house, wait_until
from tests.journeys.mender import SETTINGS, approve, begin, landing, newest, request_of, until_state
from tests.journeys.visitor import Visitor, words
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)
_SECRET = "hush-4711-nobody-reads-this"


def _work(running: House, threads: dict[str, str]) -> dict[str, str]:
    """Leave one plan verified, one at work, one approved behind it, and one half approved."""
    erin, ada, ben = (Visitor(running.url, name) for name in ("erin", "ada", "ben"))
    plans = {}
    begin(erin, "write-two-notes", text=_SECRET)
    plans["done"] = str(newest(running)["id"])
    approve(running, newest(running), ada, ben)
    until_state(running, plans["done"], "verified")
    thread = begin(erin, "write-and-linger", text="at work", seconds="60")
    plans["at_work"] = str(newest(running)["id"])
    threads[plans["at_work"]] = thread
    approve(running, newest(running), ada, ben)
    erin.wait_for("incidents", "still at it", thread)
    for name, people in (("behind", [ada, ben]), ("half", [ada])):
        begin(erin, "write-two-notes", text=name)
        plans[name] = str(newest(running)["id"])
        approve(running, newest(running), *people)
    until_state(running, plans["behind"], "approved")
    return plans


@pytest.mark.proves("R2", "K1")
def test_a_house_restored_on_an_empty_machine_has_its_approvals_and_does_nothing_twice(
    tmp_path: Path,
) -> None:
    need_sandbox()
    threads: dict[str, str] = {}
    tmp_path.chmod(0o755)
    backup, kept_keys = tmp_path / "house.backup", tmp_path / "kept-keys"
    with house(tmp_path / "lost", **SETTINGS) as running:
        shutil.copytree(running.data / "keys", kept_keys)
        plans = _work(running, threads)
        made = running.run("backup", "--to", str(backup))
        assert made.returncode == 0, made.stderr
        running.kill()
        wait_until(lambda: not running.left_over(), 15)
        entries = running.rows("SELECT count(*) FROM audit_entries")[0][0]
    shutil.rmtree(tmp_path / "lost")
    assert _SECRET.encode() not in backup.read_bytes()

    new = House(tmp_path / "new", running.environment | {"DOGWATCH_DATA_DIR": str(tmp_path / "new")})
    told = new.run("restore", str(backup), "--keys", str(kept_keys))
    assert told.returncode == 0, told.stderr
    assert f"plan {plans['at_work']}" in told.stdout
    assert f"plan {plans['behind']}" in told.stdout
    assert "Open approvals: 1" in told.stdout
    new.start()
    try:
        states = {name: str(newest(new, plan)["state"]) for name, plan in plans.items()}
        assert states == {
            "done": "verified",
            "at_work": "stopped",
            "behind": "withdrawn",
            "half": "in_approval",
        }
        erin, ben = Visitor(new.url, "erin"), Visitor(new.url, "ben")
        assert "restored from a backup" in words(
            erin.wait_for("incidents", "Stopped", threads[plans["at_work"]])
        )
        asked = request_of(ben, "Write two notes")
        assert asked is not None
        ben.press(asked, "Approve")
        # The files that the dry run had seen are gone with the old machine, so people are asked anew.
        wait_until(lambda: newest(new, plans["half"])["revision"] == 2, 60)
        approve(new, newest(new, plans["half"]), ben, Visitor(new.url, "ada"))
        until_state(new, plans["half"], "verified")
        # Nothing ran here but what people said yes to here.
        assert (landing(new) / "first.txt").read_text() == "half"
        orders = new.rows(
            "SELECT DISTINCT subject FROM audit_entries WHERE act = 'order_signed' AND number > ?", entries
        )
        assert orders == [(f"plan/{plans['half']}",)]
        assert new.run("audit", "verify").returncode == 0
    finally:
        new.stop()
