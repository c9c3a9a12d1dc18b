"""What a verdict does to rows that are held back: a delivery, or a day that differs from its source."""

from datetime import datetime

from domain.acts.held_twins import held_twin
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.errands import DeliveryState, Errand, ErrandState
from domain.errors import NotFound
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


def may_be_asked_again(uow: UnitOfWork, request: ApprovalRequest) -> bool:
    """Return whether rows are kept out for no other reason than that nobody decided in time."""
    newest = uow.approval_list.of_subject(request.subject)[-1]
    if request.verdict is not Verdict.EXPIRED or newest.id != request.id:
        return False
    kind, _, name = request.subject.partition("/")
    if kind == "delivery":
        known, errand = uow.quality.state_of(name), uow.errands.find(name)
        if known is None or errand is None:
            return False
        # Of the same bytes one question is open at most.
        return _stays_out(known[0], errand) and held_twin(uow, errand) is None
    held = uow.publications.find(name)
    errand = None if held is None else uow.errands.find(held.errand)
    if held is None or errand is None:  # comparisons are forgotten sooner than days
        return False
    return held.approval in (request.id, "") and _stays_out(held.state, errand)


def ask_again(uow: UnitOfWork, request: ApprovalRequest, now: datetime) -> tuple[StoryKind, str]:
    """Hold rows back once more whose question expired; what judges them anew asks anew."""
    kind, _, name = request.subject.partition("/")
    if kind == "delivery":
        uow.quality.hold_again(name, now)
        return _again(uow, name)
    held = uow.publications.find(name)
    if held is None:
        raise NotFound(request.subject, say="I don't know that day any more.")
    waits = {"state": DeliveryState.HELD, "approval": "", "sentence": "", "at": now}
    uow.publications.save(held.model_copy(update=waits))
    refresh_difference(uow, held.feed, now)
    return _again(uow, held.errand)


def refresh_difference(uow: UnitOfWork, feed: str, now: datetime) -> None:
    """Let the card that a feed differs from its source say which of its days are held back."""
    told = uow.discrepancies.open_of(feed)
    if told is not None:
        uow.postings.refresh(told.subject, now)


def _stays_out(state: DeliveryState, errand: Errand) -> bool:
    """Return whether rows are refused, or could not be judged anew when somebody had asked again."""
    has_failed = errand.state is ErrandState.FAILED
    return state is DeliveryState.REFUSED or (state is DeliveryState.HELD and has_failed)


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
