"""The approval policy's file changes under a running house: who is told, what holds, what a restart does."""

from pathlib import Path

import httpx
import pytest

from runtime.demo.samples import write_samples
from tests.journeys.house import House, house, wait_until
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)
_RULE = (
    "rules:\n  - {{id: {name}, when: {{act: [merge_config]}}, needs: [{{role: approver, count: {count}}}]}}\n"
)
_ASKED = "Approve? Onboard feed fx_trades"


def _parts(running: House) -> dict[str, str]:
    return dict(httpx.get(f"{running.url}/healthz", timeout=10).json()["parts"])


def _acts(running: House) -> list[tuple[object, ...]]:
    return running.rows("SELECT act FROM audit_entries WHERE subject = 'policy' ORDER BY number")


def _is_asked_of_two(ada: Visitor) -> bool:
    cards = [words(message) for message in ada.messages("approvals") if _ASKED in words(message)]
    return bool(cards) and "2 approvers" in cards[-1]


@pytest.mark.proves("A7")
def test_a_changed_policy_is_told_and_holds_and_a_broken_one_keeps_the_former_in_force(
    tmp_path: Path,
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(_RULE.format(name="one-yes", count=1))
    sample = write_samples(tmp_path / "samples") / "fx_trades.csv"
    with house(tmp_path / "data", POLICY_FILE=str(file)) as running:
        sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")
        thread = sam.drop("data-feeds", sample)
        sam.answer_questions("data-feeds", thread, Feed_name="fx_trades")
        first = ada.wait_for("approvals", _ASKED)
        assert _acts(running) == []

        file.write_text(_RULE.format(name="two-yes", count=2))
        told = words(ada.wait_for("approvals", "The approval policy changed"))
        assert "two-yes" in told
        assert "one-yes" in told
        assert "(2 approvers)" in told
        assert "1 request waits under the former rules" in told
        superseded = ada.press(first, "Approve")["whispers"][0]
        assert "asked" in words(superseded)
        wait_until(lambda: _is_asked_of_two(ada))

        file.write_text("rules: [\n")
        told = words(ada.wait_for("approvals", "file can't be taken"))
        assert "line 2" in told
        assert _parts(running)["policy"] == "away"
        doctor = running.run("doctor")
        assert "FIX  policy" in doctor.stdout
        assert "1 more person has to agree" in words(
            ada.press(ada.wait_for("approvals", _ASKED), "Approve")["whispers"][0]
        )

        running.stop()
        running.start()
        ben = Visitor(running.url, "ben")
        ben.press(ben.wait_for("approvals", _ASKED), "Approve")
        Visitor(running.url, "sam").wait_for("data-feeds", "Merged: fx_trades", thread)
        said = [words(message) for message in ben.messages("approvals")]
        assert sum("file can't be taken" in one for one in said) == 1, "a restart tells nothing twice"

        file.write_text(_RULE.format(name="two-yes", count=2))
        ben.wait_for("approvals", "in order again")
        wait_until(lambda: _parts(running)["policy"] == "up")
        assert _acts(running) == [("policy_changed",), ("refused",), ("policy_changed",)]
        assert running.run("audit", "verify").returncode == 0
