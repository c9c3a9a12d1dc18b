"""Does what an earlier run did still stand? Only then it makes sense to take it back."""

from collections.abc import Mapping

from domain.errors import NotNow
from domain.ports.sandbox import Sandbox, SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import DryRun, Plan, Script, Step, Value
from remediation.recalling import known_as
from remediation.reports import ProbeWord, probe_word_in


async def refuse_what_has_changed(
    step: Step, kept: Mapping[str, Value], sandbox: Sandbox, preview: str
) -> None:
    """Look, before a step that takes back another, whether that one's effect is there as it was left.

    A step that takes back none is not looked at, nor one that has neither probe nor check.

    Raises:
        NotNow: It is as it was before already, or somebody has changed it since.
    """
    if step.recorded is None:
        return

    async def read(script: Script) -> SandboxOutcome:
        job = SandboxJob(
            script=script,
            mode=SandboxMode.READ,
            arguments=step.arguments,
            kept=dict(kept),
            key="preview",
            known_as=known_as(step),
            preview=preview,
        )
        return await sandbox.run(job)

    word = ProbeWord.UNKNOWN
    if step.probe is not None:
        word = probe_word_in(await read(step.probe))
    if word is ProbeWord.DONE:
        return
    name = step.summary.removeprefix("Undo: ")
    if word is ProbeWord.ABSENT:
        raise NotNow(
            f"{step.name}: absent",
            say=f"There is nothing to undo: “{name}” has no effect any more. Nothing was changed.",
        )
    if step.undo_check is None and step.probe is None:
        return
    seen = await read(step.undo_check) if step.undo_check is not None else None
    if seen is None or not seen.is_good:
        lines = (seen.errors or seen.output).strip().splitlines() if seen is not None else []
        why = f": {lines[-1][:300]}" if lines else ""
        raise NotNow(
            f"{step.name}: changed since",
            say=f"Somebody has changed since what “{name}” did{why}. Undoing it would put back something else"
            " than what they left, so nothing was changed.",
            next_step="Say `fix` to plan what is right now.",
        )


def refuse_nothing(plan: Plan, found: DryRun) -> None:
    """Refuse to ask people about taking something back that would change nothing.

    Raises:
        NotNow: The plan takes back a run, and its dry run shows no effect.
    """
    if plan.takes_back and not found.effects and not found.blind:
        raise NotNow(
            f"{plan.id} changes nothing",
            say="There is nothing to undo: the dry run shows no change. Nothing was changed.",
        )
