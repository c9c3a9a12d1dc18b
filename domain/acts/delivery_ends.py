"""What a verdict does to rows that are held back: a delivery, or a day that differs from its source."""

from datetime import datetime

from domain.approval.approvals import ApprovalRequest, Verdict
from domain.errands import DeliveryState, ErrandState
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryKind


def end_delivery(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> tuple[StoryKind, str] | None:
    """Release what was approved, refuse what was not; when the policy changed, let it be asked again."""
    delivery = request.subject.removeprefix("delivery/")
    if verdict is Verdict.SUPERSEDED:
        return _again(uow, delivery)
    uow.quality.set_state(delivery, _state(verdict), now)
    errand = uow.errands.get(delivery)
    uow.errands.save(errand.model_copy(update={"sentence": _said(verdict, words)}))
    return None


def end_publication(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> tuple[StoryKind, str] | None:
    """Let a day be published, or keep it out; when the policy changed, compare and ask again."""
    held = uow.publications.find(request.subject.removeprefix("publication/"))
    if held is None or held.approval != request.id or held.state is not DeliveryState.HELD:
        return None
    if verdict is Verdict.SUPERSEDED:
        return _again(uow, held.errand)
    decided = {"state": _state(verdict), "at": now, "sentence": _said(verdict, words)}
    uow.publications.save(held.model_copy(update=decided))
    refresh_difference(uow, held.feed, now)
    return None


def refresh_difference(uow: UnitOfWork, feed: str, now: datetime) -> None:
    """Let the card that a feed differs from its source say which of its days are held back."""
    told = uow.discrepancies.open_of(feed)
    if told is not None:
        uow.postings.refresh(told.subject, now)


def _again(uow: UnitOfWork, name: str) -> tuple[StoryKind, str]:
    uow.errands.save(uow.errands.get(name).model_copy(update={"state": ErrandState.WANTED}))
    return StoryKind.ERRAND, name


def _state(verdict: Verdict) -> DeliveryState:
    return DeliveryState.RELEASED if verdict is Verdict.APPROVED else DeliveryState.REFUSED


def _said(verdict: Verdict, words: str) -> str:
    return {
        Verdict.APPROVED: "Released anyway.",
        Verdict.REJECTED: words or "Refused.",
        Verdict.EXPIRED: "Nobody decided in time, so it stays out.",
    }.get(verdict, "It stays out.")
