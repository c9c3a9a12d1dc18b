"""How the question reads whether a delivery that is held back is released anyway."""

from bot.cards.model import Card
from bot.cards.text import quote
from bot.presenters.approvals import approval_card
from domain.errands import Errand
from domain.people import Person
from domain.ports.transactions import UnitOfWork
from domain.postings import Posting

_LOOKED_AT = 20


def paint_delivery_approval(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that asks for a decision on a delivery."""
    approval = posting.key.split("#", 1)[1].split(":", 1)[0]
    request = next(one for one in uow.approval_list.of_subject(posting.subject) if one.id == approval)
    errand = uow.errands.get(posting.subject.removeprefix("delivery/"))
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    card = approval_card(request, uow.approvals.decisions(request.id), people, None, errand.sentence)
    if request.verdict.value == "pending":
        kept = tuple(action for action in card.actions if action.verb != "change.everything")
        lead = f"{card.lead} {quote(errand.sentence)} {_since(errand, uow)}".strip()
        card = card.model_copy(update={"actions": kept, "lead": lead})
    return card


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
