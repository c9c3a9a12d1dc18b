"""How the values of a way out read on its card: as people say them, and names as they are."""

import pytest

from bot.presenters.plan_parts import option_sections
from domain.remediation.parameters import Parameter, ParameterKind
from domain.remediation.plans import Estimate, Risk
from domain.remediation.runbooks import BlastRadius, Option

MOMENT = "2026-11-22T13:40:00+01:00"


def _said(kind: ParameterKind, value: object) -> str:
    option = Option(
        runbook="extend-deadline",
        title="Extend a deadline",
        does="Moves it.",
        expected="It is later.",
        risk=Risk.LOW,
        risk_reasons=("readers wait",),
        estimate=Estimate(),
        needs=(),
        checks=(),
        undo="It is moved back.",
        blast=BlastRadius(),
        targets={},
        parameters=(Parameter(name="new_value", kind=kind, summary="What it is."),),
        suggested={"new_value": value},  # type: ignore[dict-item]  # whatever a runbook has
    )
    (section,) = option_sections([option])
    return next(line for line in section.text.splitlines() if line.startswith("**With**"))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (ParameterKind.MOMENT, MOMENT, "22 Nov 2026 12:40 UTC"),
        (ParameterKind.MOMENT, "2026-11-22T13:40:00", "2026-11-22T13:40:00"),
        (ParameterKind.MOMENT, "tomorrow", "tomorrow"),
        (ParameterKind.MOMENT, "0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+23:00"),
        (ParameterKind.NAME, MOMENT, MOMENT),
        (ParameterKind.TEXT, MOMENT, MOMENT),
        (ParameterKind.DATE, "2026-11-22", "2026-11-22"),
        (ParameterKind.SWITCH, True, "yes"),
        (ParameterKind.INTEGER, 1, "1"),
        (ParameterKind.NAMES, ("a", "b"), "a, b"),
    ],
)
def test_a_moment_and_a_switch_are_said_in_words_and_nothing_else_is_touched(
    kind: ParameterKind, value: object, said: str
) -> None:
    assert _said(kind, value) == f"**With** new value {said}"
