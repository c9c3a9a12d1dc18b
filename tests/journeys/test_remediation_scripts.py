"""Scripts, a model's proposals and a rule that needs nobody, through a real house."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.counterparts.model import Counterpart, by_purpose
from tests.journeys.house import House, house, wait_until
from tests.journeys.mender import (
    CHECK,
    SETTINGS,
    UNDO,
    WRITE,
    approve,
    begin,
    landing,
    newest,
    until_state,
)
from tests.journeys.visitor import Visitor, name_of, words
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)
RULES = """
rules:
  - {id: by-itself, when: {act: [run_plan], risk: [low]}, is_automatic: true}
  - id: people
    when: {act: [run_plan]}
    needs: [{role: approver, count: 2}]
"""
SAYS = {
    "You pick one runbook": '{"runbook": "write-one-note", "parameters": {"text": "says the model"}}',
    "You draft a short script": json.dumps(
        {"title": "Mend it", "language": "python", "script": WRITE, "undo": UNDO, "check": CHECK}
    ),
}


@dataclass(frozen=True)
class Scene:
    """A house with a model, and its people."""

    house: House
    model: Counterpart
    erin: Visitor
    ada: Visitor
    ben: Visitor


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    need_sandbox()
    folder = tmp_path_factory.mktemp("scripts")
    policy = folder / "policy.yaml"
    policy.write_text(RULES)
    model = Counterpart()
    model.behave = by_purpose(SAYS)
    settings = {"POLICY_FILE": str(policy), "MODEL__NAME": "openai/local", "MODEL__BASE_URL": model.url}
    with house(folder / "data", **SETTINGS, **settings) as running:
        people = [Visitor(running.url, name) for name in ("erin", "ada", "ben")]
        yield Scene(running, model, *people)
    model.close()


def acts_about(running: House, fix: str) -> list[str]:
    rows = running.rows("SELECT act FROM audit_entries WHERE subject = ? ORDER BY number", f"plan/{fix}")
    return [str(act) for (act,) in rows]


@pytest.mark.proves("A14", "L1")
def test_a_rule_lets_a_low_risk_runbook_run_without_a_person_and_says_so(scene: Scene) -> None:
    thread = begin(scene.erin, "write-one-note", text="by rule")
    fix = str(newest(scene.house)["id"])

    until_state(scene.house, fix, "verified")

    assert (landing(scene.house) / "only.txt").read_text() == "by rule"
    card = words(scene.erin.wait_for("incidents", "Verified: Write one note", thread))
    assert "the rule by-itself , without a person" in " ".join(card.split())
    order = json.loads(str(scene.house.rows("SELECT document FROM orders WHERE fix = ?", fix)[0][0]))["order"]
    assert (order["warrant"], order["rule"], order["decisions"]) == ("automatic", "by-itself", [])
    verdicts = scene.house.rows("SELECT canonical FROM audit_entries WHERE act = 'verdict_reached'")
    assert any('"automatic":"by-itself"' in str(content) for (content,) in verdicts)


@pytest.mark.proves("A13", "A14")
def test_a_freeze_holds_what_a_rule_approved(scene: Scene) -> None:
    scene.ada.say("dm:ada", "freeze nobody knows why")
    begin(scene.erin, "write-one-note", text="while frozen")
    fix = str(newest(scene.house)["id"])

    wait_until(lambda: "Frozen" in str(newest(scene.house, fix)["sentence"]))
    assert newest(scene.house, fix)["state"] == "approved"
    for person, visitor in (("ada", scene.ada), ("ben", scene.ben)):
        visitor.say(f"dm:{person}", "freeze lift")

    until_state(scene.house, fix, "verified")


@pytest.mark.proves("A14", "M2")
def test_what_a_model_proposes_is_a_guess_that_no_rule_lets_through(scene: Scene) -> None:
    said = scene.erin.say("incidents", "fix orders-etl bad file")
    thread = str(said["message"]["id"])
    card = scene.erin.wait_for("incidents", "Proposed by the model: a guess", thread)
    fix = str(newest(scene.house)["id"])
    number = len(newest(scene.house, fix)["options"])

    dialog = scene.erin.press(card, f"{number} · Write one note")["dialog"]
    assert "says the model" in dialog["html"]
    scene.erin.submit(dialog, {})

    found = until_state(scene.house, fix, "in_approval", "approved", "running", "verified")
    assert found["state"] == "in_approval"
    assert "model_proposed" in acts_about(scene.house, fix)


@pytest.mark.proves("M2", "A4", "A11")
def test_a_models_script_is_read_adopted_approved_and_run_like_any_plan(scene: Scene) -> None:
    thread = str(scene.erin.say("incidents", "fix orders-etl bad file")["message"]["id"])
    card = scene.erin.wait_for("incidents", "Ways out", thread)
    dialog = scene.erin.press(card, "Draft a script")["dialog"]
    inputs = {"What it does": "Write the note", "Language": "python", "It may change": "landing"}
    scene.erin.submit(dialog, {name_of(dialog["html"], label): value for label, value in inputs.items()})
    drafted = scene.erin.wait_for("incidents", "the model, asked by Erin", thread)

    scene.erin.press(drafted, "Adopt the script")
    fix = newest(scene.house)
    until_state(scene.house, str(fix["id"]), "in_approval")
    fix = newest(scene.house, str(fix["id"]))
    request = scene.ada.wait_for("approvals", "Approve? Mend it")
    assert "by-script.txt" in words(request)
    early = scene.ada.press(request, "Approve")
    for visitor in (scene.ada, scene.ben):
        assert "by-script.txt" in visitor.page(f"/plans/{fix['id']}")
    approve(scene.house, fix, scene.ada, scene.ben)

    until_state(scene.house, str(fix["id"]), "verified")
    assert "Open the full view first" in words(early["whispers"][0])
    assert (landing(scene.house) / "by-script.txt").read_text() == "mended"
    acts = acts_about(scene.house, str(fix["id"]))
    assert [act for act in acts if act in ("script_drafted", "script_adopted", "plan_proposed")] == [
        "script_drafted",
        "script_adopted",
        "plan_proposed",
    ]
    assert scene.house.run("audit", "verify").returncode == 0


@pytest.mark.proves("E6", "M2")
def test_a_dropped_script_whose_check_fails_is_undone(scene: Scene, tmp_path: Path) -> None:
    (landing(scene.house) / "by-script.txt").unlink(missing_ok=True)
    thread = str(scene.erin.say("incidents", "fix orders-etl bad file")["message"]["id"])
    fix = str(newest(scene.house)["id"])
    parts = {"mend.py": WRITE, "undo.py": UNDO, "check.py": "raise SystemExit('it did not help')\n"}
    for name, text in parts.items():
        (tmp_path / name).write_text(text)
    receipts = tuple(scene.erin.upload(tmp_path / name) for name in parts)

    scene.erin.say("incidents", "landing:write", files=receipts, thread=thread)
    card = scene.erin.wait_for("incidents", "Adopt the script", thread)
    scene.erin.press(card, "Adopt the script")
    until_state(scene.house, fix, "in_approval")
    for visitor in (scene.ada, scene.ben):
        visitor.page(f"/plans/{fix}")
    approve(scene.house, newest(scene.house, fix), scene.ada, scene.ben)

    until_state(scene.house, fix, "rolled_back")
    assert not (landing(scene.house) / "by-script.txt").exists()
