"""How the question reads whether rows that are held back are released anyway."""

from bot.cards.model import Action, Card, Fact, Link, Section
from bot.cards.text import quote
from bot.presenters.approvals import request_card
from domain.acts.delivery_ends import may_be_asked_again
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.errands import Errand
from domain.errors import NotFound
from domain.identity.people import Person
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_LINES = 8
_LOOKED_AT = 20


def paint_delivery_approval(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that asks for a decision on a delivery."""
    request = _request(posting, uow)
    errand = uow.errands.get(posting.subject.removeprefix("delivery/"))
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    card = request_card(
        request,
        uow.approvals.decisions(request.id),
        people,
        facts=(),
        sections=(),
        outcome=errand.sentence,
        more=(_everything(request),),
    )
    if request.verdict is Verdict.PENDING:
        lead = f"{card.lead} {quote(errand.sentence)} {_since(errand, uow)}".strip()
        card = card.model_copy(update={"lead": lead})
    return card.model_copy(update={"actions": (*card.actions, *_again(request, uow))})


def paint_publication_approval(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that asks whether a day is published although it differs from its source."""
    request = _request(posting, uow)
    day = uow.publications.find(request.subject.removeprefix("publication/"))
    if day is None:
        raise NotFound(request.subject, say="I don't know that day any more.")
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    lines = [
        f"{one.rows:,} of {quote(one.kind)}{f' in {quote(one.column)}' if one.column else ''}"
        f"{f': {quote(one.detail)}' if one.detail else ''}"
        for one in day.differs[:_LINES]
    ]
    ended = {
        "withdrawn": "Another comparison found that it agrees, so it is released.",
        "superseded": "More differs now, or the policy changed: the newer question counts.",
    }
    card = request_card(
        request,
        uow.approvals.decisions(request.id),
        people,
        facts=(Fact(label="Feed", value=quote(day.feed)), Fact(label="Day", value=day.business_date)),
        sections=(Section(heading="What differs from the source", text="\n".join(lines)),) if lines else (),
        outcome=ended.get(request.verdict.value, day.sentence),
        more=(_everything(request),),
    )
    page = Link(label="The feed's page", target=f"/dashboard/feeds/{day.feed}")
    if request.verdict is not Verdict.PENDING:
        actions = (*card.actions, *_again(request, uow))
        return card.model_copy(update={"links": (page,), "actions": actions})
    lead = f"{card.lead} It is held back from readers until then, or until it agrees with its source."
    return card.model_copy(update={"links": (page,), "lead": lead})


def _again(request: ApprovalRequest, uow: UnitOfWork) -> tuple[Action, ...]:
    """Return the button that asks anew, where nobody decided in time; what was refused stays refused."""
    if not may_be_asked_again(uow, request):
        return ()
    return (Action(verb="rows.again", label="Ask again", subject=f"approval/{request.id}"),)


def _everything(request: ApprovalRequest) -> Action:
    return Action(
        verb="rows.everything",
        label="Show everything",
        subject=f"approval/{request.id}",
        subject_hash=request.subject_hash,
    )


def _request(posting: Posting, uow: UnitOfWork) -> ApprovalRequest:
    approval = posting.key.split("#", 1)[1].split(":", 1)[0]
    return next(one for one in uow.approval_list.of_subject(posting.subject) if one.id == approval)


def _since(errand: Errand, uow: UnitOfWork) -> str:
    """Say what was delivered after the one that waits: an answer may have become needless."""
    known = uow.quality.state_of(errand.id)
    later = [
        one
        for one in uow.quality.scores(errand.feed, _LOOKED_AT)
        if known and one.measured_at > known[1].measured_at
    ]
    if not later:
        return ""
    newest = later[-1]
    state = {"held": "is held back as well", "refused": "was refused"}.get(newest.state, "was released")
    return f"A later delivery of this feed scored {newest.overall:.0f} of 100 and {state}."
