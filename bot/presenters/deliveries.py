"""How the question reads whether a delivery that is held back is released anyway."""

from bot.cards.model import Card
from bot.presenters.approvals import approval_card
from domain.people import Person
from domain.ports.transactions import UnitOfWork
from domain.postings import Posting


def paint_delivery_approval(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that asks for a decision on a delivery."""
    approval = posting.key.split("#", 1)[1].split(":", 1)[0]
    request = next(one for one in uow.approval_list.of_subject(posting.subject) if one.id == approval)
    errand = uow.errands.get(posting.subject.removeprefix("delivery/"))
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    card = approval_card(request, uow.approvals.decisions(request.id), people, None, errand.sentence)
    if request.verdict.value == "pending":
        kept = tuple(action for action in card.actions if action.verb != "change.everything")
        card = card.model_copy(update={"actions": kept, "lead": f"{card.lead} {errand.sentence}".strip()})
    return card
