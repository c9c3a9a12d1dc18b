"""Each cause alone makes a plan riskier, says so, and nothing makes it less risky than its runbook."""

import pytest

from domain.remediation.plans import Risk, Step
from domain.remediation.runbooks import BlastRadius, Runbook
from remediation.risk import risk_of
from tests.remediation.plans import bash, line_step
from tests.remediation.world import CATALOGUE

_RUNBOOK = CATALOGUE.get("pause-feed")
_LOOKS = Step(name="look", summary="Look", run=bash("true", "landing:read"))
_FINAL = line_step(1, undo=None, undo_check=None)


def _risk(
    *steps: Step, runbook: Risk = Risk.LOW, target: Risk = Risk.LOW, depend: int = 0, blind: str = ""
) -> tuple[Risk, tuple[str, ...]]:
    own: Runbook = _RUNBOOK.model_copy(update={"risk": runbook, "risk_reasons": ("its own",)})
    blast = BlastRadius(direct=tuple(f"f{n}" for n in range(depend)))
    return risk_of(own, target_risk=target, blast=blast, blind=[blind] if blind else [], steps=steps)


def test_what_nothing_speaks_against_is_as_risky_as_its_runbook() -> None:
    told = {one: _risk(_LOOKS, line_step(1), runbook=one, depend=9) for one in Risk}

    assert told == {one: (one, ("its own",)) for one in Risk}


@pytest.mark.parametrize("runbook", list(Risk))
@pytest.mark.parametrize(
    ("cause", "risk", "reason"),
    [
        ({"target": Risk.HIGH}, Risk.HIGH, "a target is marked as high risk by its owner"),
        ({"depend": 10}, Risk.MEDIUM, "10 feeds and services depend on it"),
        ({"depend": 49}, Risk.MEDIUM, "49 feeds and services depend on it"),
        ({"depend": 50}, Risk.HIGH, "50 feeds and services depend on it"),
        ({"blind": "Call the vendor"}, Risk.HIGH, "can't be previewed: Call the vendor"),
    ],
)
def test_each_cause_alone_raises_the_risk_and_says_why(
    cause: dict[str, object], risk: Risk, reason: str, runbook: Risk
) -> None:
    found, reasons = _risk(line_step(1), runbook=runbook, **cause)  # type: ignore[arg-type]

    assert found is max(risk, runbook, key=lambda one: one.weight)
    assert reasons == ("its own", reason)


def test_a_change_without_an_undo_raises_the_risk_and_a_look_does_not() -> None:
    assert _risk(_FINAL, _LOOKS) == (Risk.MEDIUM, ("its own", "can't be undone: Write line-1"))
    assert _risk(_LOOKS)[0] is Risk.LOW
