"""Ask a model about an attempt on behalf of a person: a further option, or a script to adopt.

What it says changes a card and nothing else. It is dropped when the attempt has moved on meanwhile.
"""

from collections.abc import Callable
from datetime import datetime

from activities.errand_answers import Answer
from domain.acts.fix_moves import keep_fix
from domain.errands import Errand, ErrandKind, ErrandState
from domain.errors import BadInput, DogwatchError, NotNow, OutsideTrouble
from domain.ids import RequestId
from domain.ports.adviser import FixAdviser, ScriptDesk
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix, FixState
from domain.remediation.plans import Authorship
from domain.remediation.runbooks import Inventory
from domain.remediation.scripts import ScriptDraft


class Advising:
    """Does the errands that a model is needed for; `adviser` returns None where none is configured."""

    def __init__(
        self,
        adviser: Callable[[], FixAdviser | None],
        scripts: Callable[[], ScriptDesk],
        inventory: Callable[[UnitOfWork], Inventory],
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
    ) -> None:
        self._adviser = adviser
        self._scripts = scripts
        self._inventory = inventory
        self._reading = reading
        self._writing = writing
        self._clock = clock

    def answer(self, errand: Errand) -> Answer:
        """Let the card of an attempt say what a model adds; only what a person asked for is answered."""
        if errand.kind is ErrandKind.DRAFT_SCRIPT:
            self.draft(errand)
            return Answer()
        try:
            self.propose(errand)
        except (BadInput, NotNow) as error:
            return Answer(text=error.sentence(), state=ErrandState.FAILED)
        return Answer()

    def propose(self, errand: Errand) -> None:
        """Add the model's option to an attempt that still waits for a choice.

        Raises:
            BadInput: What it said doesn't fit; it is recorded.
            NotNow: There is no model, or its budget is used up.
        """
        with self._reading() as uow:
            fix = uow.fixes.get(RequestId(errand.fix))
            inventory = self._inventory(uow)
        if fix.state is not FixState.CHOOSING:
            return
        try:
            option = self._model().propose(fix.trouble, inventory, errand.asked_by)
        except DogwatchError as error:
            self._note_refused(errand, error)
            raise _answered(error) from error
        with self._writing() as uow:
            fix = uow.fixes.get(fix.id)
            if fix.state is not FixState.CHOOSING or any(one.is_guess for one in fix.options):
                return
            now = self._clock.now()
            keep_fix(uow, fix.model_copy(update={"options": (*fix.options, option)}), now)
            facts = {"runbook": option.runbook, "for": errand.asked_by}
            uow.audit.append(_entry(AuditAct.MODEL_PROPOSED, fix, now, facts))

    def draft(self, errand: Errand) -> None:
        """Put the model's script on the card of an attempt, with what the rules say about it.

        Raises:
            BadInput: What it said is no script.
            NotNow: There is no model, its budget is used up, or the attempt moved on.
        """
        if errand.wish is None:
            raise BadInput("no wish", say="Nothing was said about what the script is for.")
        try:
            draft = self._model().draft(errand.wish, errand.asked_by)
        except DogwatchError as error:
            self._note_refused(errand, error)
            raise _answered(error) from error
        script = ScriptDraft(
            draft=draft,
            author=Authorship.MODEL,
            by=errand.asked_by,
            targets=errand.wish.targets,
            is_previewable=errand.wish.is_previewable,
            findings=self._scripts().review(draft),
        )
        with self._writing() as uow:
            now = self._clock.now()
            fix = uow.fixes.get(RequestId(errand.fix))
            if fix.state is not FixState.CHOOSING:
                raise NotNow(
                    f"{fix.id} is {fix.state}",
                    say="The plan moved on while the script was drafted, so I dropped it.",
                )
            keep_fix(uow, fix.model_copy(update={"draft": script}), now)
            uow.audit.append(_entry(AuditAct.SCRIPT_DRAFTED, fix, now, facts_of_draft(script), script.digest))

    def _model(self) -> FixAdviser:
        adviser = self._adviser()
        if adviser is None:
            raise NotNow("no model", say="No language model is configured here.")
        return adviser

    def _note_refused(self, errand: Errand, error: DogwatchError) -> None:
        with self._writing() as uow:
            fix = uow.fixes.get(RequestId(errand.fix))
            facts = {"reason": str(error)[:300], "errand": errand.kind.value}
            uow.audit.append(_entry(AuditAct.REFUSED, fix, self._clock.now(), facts))


def facts_of_draft(script: ScriptDraft) -> dict[str, str]:
    """Return what the audit trail keeps of a written script: never its text."""
    return {
        "author": script.author.value,
        "by": script.by,
        "language": script.draft.language.value,
        "targets": ",".join(script.targets)[:300],
        "findings": ",".join(sorted({finding.rule for finding in script.findings}))[:200],
        "refused": str(script.is_refused).lower(),
    }


def _answered(error: DogwatchError) -> DogwatchError:
    """Return the error as an answer: a model that is away is not asked again behind people's backs."""
    if isinstance(error, OutsideTrouble):
        return NotNow(
            str(error), say=error.say, next_step="The options of the catalogue stand; a script can be pasted."
        )
    return error


def _entry(
    act: AuditAct, fix: Fix, now: datetime, facts: dict[str, str], subject_hash: str = ""
) -> AuditEntry:
    return AuditEntry(
        at=now, act=act, actor="dogwatch", subject=fix.subject, subject_hash=subject_hash, facts=facts
    )
