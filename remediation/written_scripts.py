"""Review written scripts and turn adopted ones into plans, with exactly the targets that were granted."""

from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.remediation.plans import Access, Plan, Script, TargetUse, Watch
from domain.remediation.scripts import Draft, Finding, ScriptDraft
from domain.remediation.target_names import parse_target
from remediation.proposals import adopted, reviewed

_SECONDS = 600


class WrittenScripts:
    """Implements the port `ScriptDesk`.

    Args:
        watch_seconds: How long a script's own check must hold after it.
    """

    def __init__(self, watch_seconds: int = 30) -> None:
        self._watch = Watch(seconds=watch_seconds, every_seconds=max(1, watch_seconds // 3))

    def review(self, draft: Draft) -> tuple[Finding, ...]:
        """Return what the rules see in script, undo and check."""
        return reviewed(draft)

    def adopted(
        self, script: ScriptDraft, *, environment: str, requested_by: PersonId, plan_id: PlanId
    ) -> Plan:
        """Return the plan of an adopted script; raises `BadInput` when the rules refuse it."""
        draft = script.draft
        uses = _uses(script.targets)
        reading = tuple(use.model_copy(update={"access": Access.READ}) for use in uses)
        parts = (("run", draft.script, uses), ("undo", draft.undo, uses), ("check", draft.check, reading))
        return adopted(
            draft,
            author=script.author,
            environment=environment,
            requested_by=requested_by,
            plan_id=plan_id,
            grants={
                name: Script(language=draft.language, text=text, targets=targets, timeout_seconds=_SECONDS)
                for name, text, targets in parts
                if text
            },
            watch=self._watch,
            is_previewable=script.is_previewable,
        )


def _uses(targets: tuple[str, ...]) -> tuple[TargetUse, ...]:
    found = [parse_target(text) for text in targets]
    if len({name for name, _ in found}) != len(found):
        raise BadInput("target named twice", say="A script gets each target once, to read or to write.")
    return tuple(TargetUse(slot=name, name=name, access=access) for name, access in found)
