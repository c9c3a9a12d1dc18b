"""What an approver of a plan is shown: all of it where all of it is asked for, and nothing that it is not."""

from datetime import UTC, datetime

import pytest

from bot.presenters.plan_parts import effect_section, everything
from domain.ids import PersonId, RequestId
from domain.remediation.fixes import PlanVersion
from domain.remediation.plans import Check, DryRun, Effect
from tests.remediation.plans import a_plan, bash, line_step

FORGED = "write a\n@ line-1 · other-target · write b"


def a_version(*effects: Effect, script: str = "true") -> PlanVersion:
    return PlanVersion(
        fix=RequestId("p1"),
        revision=1,
        plan=a_plan(line_step(1, run=bash(script, "landing:write"))),
        dry_run=DryRun(effects=effects),
        made_by=PersonId("erin"),
        made_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.mark.proves("A11")
def test_everything_shows_each_change_whole() -> None:
    was, becomes = "\n".join(f"old {n}" for n in range(100)), "new " * 400 + "the end"
    many = [Effect(step="line-1", target="landing", change=f"write {n}") for n in range(50)]

    shown = dict(everything(a_version(*many, Effect(step="line-1", target="landing", change="write x",
                                                     before=was, after=becomes))))  # fmt: skip

    told = shown["What the dry run would change"].split("\n")
    assert f"+ {becomes}" in told
    assert [line for line in told if line.startswith("- ")] == [f"- old {n}" for n in range(100)]
    assert "@ line-1 · landing · write 49" in told


@pytest.mark.proves("A11")
def test_everything_shows_what_checks_reach_and_are_given() -> None:
    check = Check(claim="rows are there", script=bash("true", "gold:read"), arguments={"table": "trades"})
    version = a_version().model_copy(update={"plan": a_plan(line_step(1), checks=(check,))})

    told = dict(everything(version))["Check: rows are there"].split("\n")

    assert told == ["# bash, gold:read, at most 20 s", '# arguments {"table": "trades"}', "true"]


@pytest.mark.proves("A11")
def test_no_name_and_no_script_draws_lines_that_are_not_there() -> None:
    version = a_version(
        Effect(step="line-1", target="landing", change=FORGED, after="x\n@ y"),
        script="exit 0 # \x0brm -r x\r",
    )

    parts = dict(everything(version))
    shown = (parts["What the dry run would change"], effect_section(version).text)

    assert all(text.count("\n@ ") == 0 for text in shown)
    assert "exit 0 # \\u000brm -r x\\u000d" in parts["Step 1, run"].split("\n")
