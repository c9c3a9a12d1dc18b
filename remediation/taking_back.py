"""The plan that takes back one that was run and verified: its undo steps in reverse, as plain steps.

Everything that runs stands in it as in every plan. What the first run recorded stays with the runner; the
plan names it by its digest, so that what is approved is exactly what is put back.
"""

import secrets
from collections.abc import Sequence

from domain.acts.undoing import steps_to_undo
from domain.ids import PersonId, PlanId
from domain.remediation.plans import Access, Later, Plan, Recorded, Step, Watch
from domain.remediation.runbooks import Inventory, Runbook
from remediation.catalogue_reading import Catalogue
from remediation.plan_building import build_plan, tool_versions

_LONGEST_NAME = 63


def plan_taking_back(
    plan: Plan, *, order: str, recorded: Sequence[str], requested_by: PersonId
) -> Plan | None:
    """Return the plan that undoes a run; None when none of its steps can be undone.

    Args:
        plan: The plan that was run and verified.
        order: The order under which it was.
        recorded: For each step the digest of what it recorded.
        requested_by: Who wants it back.
    """
    undone = steps_to_undo(plan, recorded)
    if not undone:
        return None
    again = [step for step in plan.steps if step.later is Later.AGAIN]
    steps = [_undoing(step, Recorded(order=order, step=n, digest=recorded[n - 1])) for n, step in undone]
    return plan.model_copy(
        update={
            "id": PlanId(f"plan-{secrets.token_hex(6)}"),
            "title": f"Undo: {plan.title}"[:500],
            "requested_by": requested_by,
            "steps": (*steps, *again),
            "preconditions": (),
            "checks": (),
            "watch": Watch(),
            "rolls_back_on_stop": True,
            "risk_reasons": (*_reasons(plan, undone), *plan.risk_reasons)[:10],
            "tool_versions": tool_versions(),
        }
    )


def reverse_plan(
    catalogue: Catalogue, plan: Plan, *, inventory: Inventory, requested_by: PersonId
) -> Plan | None:
    """Return the plan of the runbook that a plan's own runbook names as its reverse; None without one.

    Raises:
        BadInput: Its parameters or targets do not fit any more.
    """
    runbook = catalogue.find(plan.runbook)
    reverse = catalogue.find(runbook.reverse) if runbook is not None and runbook.reverse else None
    if runbook is None or reverse is None:
        return None
    names = {parameter.name for parameter in reverse.parameters}
    made = build_plan(
        catalogue,
        reverse,
        parameters={name: value for name, value in plan.parameters.items() if name in names},
        targets=_targets_of(runbook, plan),
        inventory=inventory,
        environment=plan.environment,
        requested_by=requested_by,
    )
    return made.model_copy(update={"title": f"Undo: {plan.title} ({made.title})"[:500]})


def _undoing(step: Step, recorded: Recorded) -> Step:
    if step.undo is None:
        raise ValueError(f"{step.name} has no undo")
    return Step(
        name=f"undo-{step.name}"[:_LONGEST_NAME],
        summary=f"Undo: {step.summary}"[:500],
        arguments=step.arguments,
        run=step.undo,
        probe=step.probe,
        check=step.undo_check,
        undo=step.run,
        undo_check=step.check,
        is_previewable=step.is_previewable,
        recorded=recorded,
    )


def _reasons(plan: Plan, undone: Sequence[tuple[int, Step]]) -> tuple[str, ...]:
    numbers = {number for number, _ in undone}
    stay = [
        step.summary
        for number, step in enumerate(plan.steps, start=1)
        if number not in numbers
        and step.later is not Later.AGAIN
        and any(use.access is Access.WRITE for use in step.run.targets)
    ]
    unproven = [step.summary for _, step in undone if step.undo_check is None]
    return (
        *([f"stays as it is: {'; '.join(stay)}"[:500]] if stay else []),
        *([f"no check says that it is as before: {'; '.join(unproven)}"[:500]] if unproven else []),
    )


def _targets_of(runbook: Runbook, plan: Plan) -> dict[str, str]:
    """Return which target fills each slot of the runbook, read off the plan's scripts."""
    found = {}
    for named, step in zip(runbook.steps, plan.steps, strict=False):
        for use in step.run.targets:
            found[named.slots.get(use.slot, use.slot)] = use.name
    return found
