"""Run a plan without changing anything: same sandbox, read-only credentials, and say what would change.

A dry run is execution. Nothing is skipped because it is "only a check": a playbook's check mode runs lookups.
"""

import secrets

from domain.errors import BadInput
from domain.ports.sandbox import Sandbox, SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import DryRun, Effect, Plan, Step, Value
from remediation.fingerprints import Fingerprints
from remediation.recalling import Recall, known_as
from remediation.reports import effects_in, kept_in, unmasked_in
from remediation.standing import refuse_what_has_changed

_MOST_SHOWN = 2**20
"""Bytes of all effects: what the workflow server carries in one piece is little more, and who reads that."""


class PreviewFailed(BadInput):
    """A step could not be previewed although it says that it can."""


async def dry_run(
    plan: Plan, sandbox: Sandbox, recall: Recall = lambda step: {}, *, fingerprints: Fingerprints
) -> DryRun:
    """Return what the plan would change, step by step, each seeing what earlier ones would have changed.

    Args:
        plan: What would run.
        sandbox: Where.
        recall: What steps that take back an earlier run get of it.
        fingerprints: The runner's.

    Raises:
        PreviewFailed: A step ended with an error; nothing was changed.
        NotNow: What an earlier run did does not stand any more, so there is nothing to take back.
    """
    preview = secrets.token_hex(8)
    effects: list[Effect] = []
    unmasked: list[list[str]] = []
    blind: list[str] = []
    try:
        for step in plan.steps:
            kept = recall(step)
            if not blind:  # what a blind step would change is not seen, so looking would mislead
                await refuse_what_has_changed(step, kept, sandbox, preview)
            if not step.is_previewable:
                blind.append(step.name)
                continue
            outcome = await _previewed(step, kept, sandbox, preview)
            effects += effects_in(outcome, step=step.name, script=step.run)
            unmasked += unmasked_in(outcome, step=step.name, script=step.run)
    finally:
        sandbox.forget(preview)
    found = DryRun(effects=tuple(effects), blind=tuple(blind), unmasked=fingerprints.of_effects(unmasked))
    if len(found.model_dump_json()) > _MOST_SHOWN:
        raise PreviewFailed(
            f"effects of more than {_MOST_SHOWN} bytes",
            say="This would change more than people can be shown, so nobody is asked. Nothing was changed.",
            next_step="Narrow it down, or plan it in parts.",
        )
    return found


async def _previewed(
    step: Step, recalled: dict[str, Value], sandbox: Sandbox, preview: str
) -> SandboxOutcome:
    kept = recalled
    if step.remember is not None:
        read = SandboxJob(
            script=step.remember,
            mode=SandboxMode.READ,
            arguments=step.arguments,
            key="preview",
            preview=preview,
        )
        seen = await sandbox.run(read)
        if not seen.is_good:
            raise _failed(step, seen.errors)
        kept = kept_in(seen)
    job = SandboxJob(
        script=step.run,
        mode=SandboxMode.PREVIEW,
        arguments=step.arguments,
        kept=kept,
        key="preview",
        known_as=known_as(step),
        preview=preview,
    )
    outcome = await sandbox.run(job)
    if not outcome.is_good:
        raise _failed(step, outcome.errors or outcome.ending.value)
    if outcome.is_cut:
        raise _failed(step, "it would change, or says, more than a dry run can show")
    return outcome


def cannot_start(broken: str) -> PreviewFailed:
    """Return why nobody needs to be asked for a yes: what has to hold at the start does not hold."""
    return PreviewFailed(
        broken,
        say=f"This can't start as things are: {broken}. Nothing was changed.",
        next_step="Say fix again and pick another way out.",
    )


def _failed(step: Step, errors: str) -> PreviewFailed:
    last = errors.strip().splitlines()[-1][:300] if errors.strip() else "it said nothing"
    return PreviewFailed(
        f"preview of {step.name}: {last}",
        say=f"The dry run stopped at “{step.summary}”: {last}. Nothing was changed.",
        next_step="Change the parameters, or pick another option.",
    )
