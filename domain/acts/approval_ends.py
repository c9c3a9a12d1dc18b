"""What a verdict does to the thing it is about: one entry for each kind of subject.

Called inside the transaction of the decision, the expiry or the policy's change.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from domain.acts.delivery_ends import end_delivery, end_publication
from domain.acts.fix_moves import end_approval_of_plan
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.configuration.changes import ChangeState
from domain.ids import RequestId
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryKind

Nudge = tuple[StoryKind, str]
"""The story that has to look again, and its subject's id."""
Ending = Callable[[UnitOfWork, ApprovalRequest, Verdict, str, datetime], Nudge | None]


def end_subject(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> Nudge | None:
    """Move what a request was about to where its verdict puts it; None when there is nothing to move.

    Args:
        uow: The transaction that ends the request.
        request: The request, as it was asked.
        verdict: How it ended; `SUPERSEDED` means that it is asked anew.
        words: Who rejected it and why; empty otherwise.
        now: The moment.
    """
    ending = ENDINGS.get(request.subject.partition("/")[0])
    return ending(uow, request, verdict, words, now) if ending else None


def _end_change(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> Nudge | None:
    change = uow.changes.get(RequestId(request.subject.removeprefix("change/")))
    if change.approval != request.id or change.state is not ChangeState.IN_REVIEW:
        return None
    states = {
        Verdict.APPROVED: ChangeState.MERGING,
        Verdict.REJECTED: ChangeState.REJECTED,
        Verdict.EXPIRED: ChangeState.EXPIRED,
        Verdict.SUPERSEDED: ChangeState.OPENING,
    }
    update: dict[str, object] = {"state": states[verdict], "updated_at": now}
    if verdict is Verdict.SUPERSEDED:
        update |= {"approval": None, "asked_anew": "The approval policy changed, so it is asked anew."}
    elif verdict is Verdict.EXPIRED:
        update["sentence"] = "Nobody decided in time, so nothing was changed. To ask anew, press Ask again."
    else:
        update["sentence"] = words
    uow.changes.save(change.model_copy(update=update))
    return StoryKind.ONBOARDING, change.id


ENDINGS: Mapping[str, Ending] = MappingProxyType(
    {
        "change": _end_change,
        "delivery": end_delivery,
        "plan": end_approval_of_plan,
        "publication": end_publication,
    }
)
