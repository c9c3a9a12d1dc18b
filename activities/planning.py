"""Look at an attempt, have its plan dry-run, and ask for the approval that its effect needs.

Every activity looks at the state first and does nothing when its step is behind it, so a retry or a second
story can neither repeat nor undo a step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from domain.acts.fix_moves import keep_fix, must_stop, owed_reviews
from domain.approval.approval_requests import cards_of, entry_about
from domain.approval.approvals import ApprovalRequest
from domain.approval.fix_policy import hash_of, is_automatic, request_for
from domain.approval.policy import Policy
from domain.identity.chat import Place
from domain.ids import RequestId
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix, FixState, PlanVersion
from domain.remediation.parcels import PlanParcel, Preview
from domain.remediation.plans import plan_bytes


class FixRef(BaseModel):
    """Which attempt, in which version of its plan."""

    model_config = ConfigDict(frozen=True)

    id: str
    revision: int = 0


class Standing(BaseModel):
    """Where an attempt stands, as little as its story needs."""

    model_config = ConfigDict(frozen=True)

    state: str
    revision: int = 0
    approval: str = ""
    environment: str = ""
    is_stopping: bool = False
    review_due: datetime | None = None
    """Until when somebody must have reviewed an override; None when nobody has to."""
    is_escalated: bool = False


class PreviewNote(BaseModel):
    """What the runner said about one version."""

    model_config = ConfigDict(frozen=True)

    ref: FixRef
    preview: Preview


@dataclass(frozen=True)
class Books:
    """What every activity of remediation reads and writes."""

    reading: Opening
    writing: Opening
    clock: Clock
    wake: Callable[[], None]
    policy: Callable[[], Policy]
    channels: Mapping[str, tuple[Place, ...]]


class Planning:
    """Activities of the front queue before an approval."""

    def __init__(self, books: Books) -> None:
        self._books = books

    @activity.defn
    def look_at_fix(self, ref: FixRef) -> Standing:
        """Return where the attempt stands."""
        with self._books.reading() as uow:
            return standing(uow, uow.fixes.get(RequestId(ref.id)))

    @activity.defn
    def plan_to_preview(self, ref: FixRef) -> PlanParcel:
        """Return the plan of one version, exactly as it will be hashed."""
        with self._books.reading() as uow:
            version = uow.plans.get(RequestId(ref.id), ref.revision)
        return PlanParcel(plan=plan_bytes(version.plan).decode())

    @activity.defn
    def take_preview(self, note: PreviewNote) -> Standing:
        """Keep the dry run and ask the people whom the policy names; a failed one ends the attempt."""
        with self._books.writing() as uow:
            now = self._books.clock.now()
            fix = uow.fixes.get(RequestId(note.ref.id))
            if fix.state is FixState.DRY_RUNNING and fix.revision == note.ref.revision:
                if note.preview.dry_run is None:
                    self._fail(uow, fix, note.preview.refusal, now)
                else:
                    self._ask(uow, fix, note.preview, now)
            answer = standing(uow, uow.fixes.get(fix.id))
        self._books.wake()
        return answer

    def _ask(self, uow: UnitOfWork, fix: Fix, preview: Preview, now: datetime) -> None:
        policy = self._books.policy()
        version = _with_tools_of(preview, uow.plans.get(fix.id, fix.revision)).model_copy(
            update={"dry_run": preview.dry_run, "policy_version": policy.version}
        )
        version = version.model_copy(update={"subject_hash": hash_of(version, policy.version)})
        uow.plans.save(version)
        request = request_for(fix, version, policy, now)
        uow.approvals.save(request)
        self._record(uow, fix, version, request, now)
        moved: dict[str, object] = {"approval": request.id, "state": FixState.IN_APPROVAL}
        if is_automatic(request):
            moved |= {"state": FixState.APPROVED, "approved_at": now, "rule": request.rule}
        else:
            for card in cards_of(request, self._books.channels.get(request.channel, ()), now):
                uow.postings.add(card)
        keep_fix(uow, fix.model_copy(update=moved), now)

    def _record(
        self, uow: UnitOfWork, fix: Fix, version: PlanVersion, request: ApprovalRequest, now: datetime
    ) -> None:
        digest = version.dry_run.effect_digest if version.dry_run else ""
        facts = {"rule": request.rule, "policy": request.policy_version, "plan": version.plan.id}
        asked = entry_about(request, AuditAct.APPROVAL_ASKED, now, **facts)
        dry = AuditEntry(
            at=now,
            act=AuditAct.DRY_RUN_RECORDED,
            actor="dogwatch",
            subject=fix.subject,
            subject_hash=request.subject_hash,
            facts={**facts, "effect": digest},
        )
        uow.audit.append(dry)
        uow.audit.append(asked)
        if is_automatic(request):
            ruled = {**facts, "verdict": request.verdict.value, "automatic": request.rule}
            uow.audit.append(entry_about(request, AuditAct.VERDICT_REACHED, now, **ruled))

    def _fail(self, uow: UnitOfWork, fix: Fix, sentence: str, now: datetime) -> None:
        keep_fix(uow, fix.model_copy(update={"state": FixState.FAILED, "sentence": sentence}), now)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.RUN_ENDED,
                actor="dogwatch",
                subject=fix.subject,
                facts={"state": FixState.FAILED.value, "why": sentence[:300]},
            )
        )


def _with_tools_of(preview: Preview, version: PlanVersion) -> PlanVersion:
    """Return the version with the tools that the runner looked with: after an upgrade they are others."""
    tools = preview.dry_run.tools if preview.dry_run is not None else {}
    if not tools:
        return version  # a runner from before it told them refused what was made with others
    return version.model_copy(update={"plan": version.plan.model_copy(update={"tool_versions": tools})})


def standing(uow: UnitOfWork, fix: Fix) -> Standing:
    """Return what the story has to know of an attempt."""
    owed = owed_reviews(uow, fix)
    due = next((override for override in owed if not override.is_escalated), owed[0] if owed else None)
    return Standing(
        state=fix.state.value,
        revision=fix.revision,
        approval=fix.approval or "",
        environment=fix.trouble.environment,
        is_stopping=must_stop(uow, fix),
        review_due=None if due is None else due.review_due,
        is_escalated=due is not None and due.is_escalated,
    )
