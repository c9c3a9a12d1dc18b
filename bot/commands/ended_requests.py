"""End an open request for approval, because what it is about changes or goes."""

from bot.turn import Turn
from domain.approval.approvals import Verdict
from domain.ids import ApprovalId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind


def end_request(turn: Turn, approval: ApprovalId | None, verdict: Verdict) -> None:
    """End the request with a verdict, where there is one that people may still decide."""
    if approval is None:
        return
    request = turn.uow.approvals.get(approval)
    if request.verdict is not Verdict.PENDING:
        return
    turn.uow.approvals.save(request.model_copy(update={"verdict": verdict, "ended_at": turn.now}))
    turn.record(
        AuditAct.APPROVAL_ENDED,
        f"approval/{request.id}",
        subject_hash=request.subject_hash,
        verdict=verdict.value,
    )
    turn.nudge(StoryKind.APPROVAL, request.id)
