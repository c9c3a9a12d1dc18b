"""What a verdict does to a delivery that is held back."""

from datetime import datetime

from domain.approvals import ApprovalRequest, Verdict
from domain.errands import DeliveryState, ErrandState
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryKind


def end_delivery(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> tuple[StoryKind, str] | None:
    """Release what was approved, refuse what was not; when the policy changed, let it be asked again."""
    delivery = request.subject.removeprefix("delivery/")
    if verdict is Verdict.SUPERSEDED:
        uow.errands.save(uow.errands.get(delivery).model_copy(update={"state": ErrandState.WANTED}))
        return StoryKind.ERRAND, delivery
    state = DeliveryState.RELEASED if verdict is Verdict.APPROVED else DeliveryState.REFUSED
    uow.quality.set_state(delivery, state)
    said = {
        Verdict.APPROVED: "Released anyway.",
        Verdict.REJECTED: words or "Refused.",
        Verdict.EXPIRED: "Nobody decided in time, so it stays out.",
    }.get(verdict, "It stays out.")
    errand = uow.errands.get(delivery)
    uow.errands.save(errand.model_copy(update={"sentence": said}))
    return None
