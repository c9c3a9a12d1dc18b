"""Turn a runbook with its parameters and targets into a plan: everything that will run, byte for byte."""

import hashlib
import secrets
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.remediation.parameters import checked_parameters
from domain.remediation.plans import (
    Access,
    Authorship,
    Check,
    Plan,
    Script,
    Step,
    TargetUse,
    Value,
)
from domain.remediation.runbooks import Action, Claim, Inventory, Part, Runbook, RunbookStep, TargetSummary
from remediation.blast_radius import blast_radius
from remediation.catalogue_reading import Catalogue
from remediation.risk import risk_of, worst

_KIT = Path(__file__).parent / "kit"


def tool_versions() -> dict[str, str]:
    """Return what a plan's scripts lean on beside themselves: the kit's bytes and Ansible's version.

    The runner compares them with its own, so an update between the yes and the run needs another yes.
    """
    kit = hashlib.sha256()
    for name in ("kit.py", "dw", "stage.py"):
        kit.update((_KIT / name).read_bytes() + b"\0")
    return {"kit": kit.hexdigest(), "ansible-core": metadata.version("ansible-core")}


def build_plan(
    catalogue: Catalogue,
    runbook: Runbook,
    *,
    parameters: Mapping[str, Value],
    targets: Mapping[str, str],
    inventory: Inventory,
    environment: str,
    requested_by: PersonId,
) -> Plan:
    """Return the plan of a runbook.

    Raises:
        BadInput: A parameter does not fit, or a slot has no target of its kind in this environment.
    """
    filled = checked_parameters(runbook.parameters, parameters)
    chosen = _chosen_targets(runbook, targets, inventory, environment)
    builder = _Builder(catalogue, runbook, filled, {slot: target.name for slot, target in chosen.items()})
    risks = [target.risk for slot, target in chosen.items() if runbook.slots[slot].access is Access.WRITE]
    blast = blast_radius(inventory, tuple(chosen.values()), filled)
    steps = tuple(builder.step(step) for step in runbook.steps)
    blind = [step.name for step in steps if not step.is_previewable]
    risk, reasons = risk_of(runbook, target_risk=worst(risks), blast=blast, blind=blind, steps=steps)
    return Plan(
        id=PlanId(f"plan-{secrets.token_hex(6)}"),
        title=runbook.title,
        environment=environment,
        requested_by=requested_by,
        authorship=Authorship.CATALOGUE,
        runbook=runbook.id,
        runbook_version=catalogue.version_of(runbook),
        parameters=filled,
        steps=steps,
        preconditions=tuple(builder.check(claim) for claim in runbook.preconditions),
        checks=tuple(builder.check(claim) for claim in runbook.checks),
        watch=runbook.watch,
        risk=risk,
        risk_reasons=reasons,
        credentials=tuple(
            sorted({f"{target.name}:{runbook.slots[s].access}" for s, target in chosen.items()})
        ),
        estimate=runbook.estimate,
        tool_versions=tool_versions(),
    )


class _Builder:
    """Fills the blanks of one runbook."""

    def __init__(
        self,
        catalogue: Catalogue,
        runbook: Runbook,
        parameters: Mapping[str, Value],
        targets: Mapping[str, str],
    ) -> None:
        self._catalogue = catalogue
        self._runbook = runbook
        self._parameters = parameters
        self._targets = targets

    def step(self, step: RunbookStep) -> Step:
        action = self._catalogue.action(step.action)

        def part(one: Part | None, *, may_write: bool = False) -> Script | None:
            return None if one is None else self._script(one, action, step.slots, may_write=may_write)

        return Step(
            name=step.name,
            summary=step.summary,
            arguments=self._filled(step.arguments),
            run=self._script(action.run, action, step.slots, may_write=True),
            remember=part(action.remember),
            probe=part(action.probe),
            check=part(action.check),
            undo=part(action.undo, may_write=True),
            undo_check=part(action.undo_check),
            is_previewable=action.is_previewable,
            later=step.later,
        )

    def check(self, claim: Claim) -> Check:
        action = self._catalogue.action(claim.action)
        script = self._script(action.check or action.run, action, claim.slots, may_write=False)
        return Check(claim=claim.claim, script=script, arguments=self._filled(claim.arguments))

    def _script(self, part: Part, action: Action, renamed: Mapping[str, str], *, may_write: bool) -> Script:
        uses = []
        for slot in action.needs:
            own = renamed.get(slot, slot)
            allowed = self._runbook.slots[own].access
            access = part.slots.get(slot, allowed if may_write else Access.READ)
            uses.append(TargetUse(slot=slot, name=self._targets[own], access=access))
        return Script(
            language=part.language, text=part.text, targets=tuple(uses), timeout_seconds=part.timeout_seconds
        )

    def _filled(self, arguments: Mapping[str, Value]) -> dict[str, Value]:
        return {name: self._value(value) for name, value in arguments.items()}

    def _value(self, value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(str(self._value(word)) for word in value)
        if isinstance(value, str) and value.startswith("$"):
            return self._parameters[value[1:]]
        return value


def _chosen_targets(
    runbook: Runbook, targets: Mapping[str, str], inventory: Inventory, environment: str
) -> dict[str, TargetSummary]:
    known = {target.name: target for target in inventory.targets if target.environment == environment}
    chosen = {}
    for slot, wanted in runbook.slots.items():
        target = known.get(targets.get(slot, ""))
        if target is None or target.kind is not wanted.kind:
            raise BadInput(
                f"slot {slot} has no {wanted.kind.value} target",
                say=f"“{runbook.title}” needs a {wanted.kind.value} target for {slot} in {environment}.",
                next_step="Pick one of the inventory's targets.",
            )
        chosen[slot] = target
    return chosen
