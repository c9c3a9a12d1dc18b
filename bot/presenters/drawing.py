"""From a posting to the card it shows now, read from the truth at the moment of drawing."""

from functools import lru_cache

from bot.cards.model import Card
from bot.presenters.approvals import approval_card
from bot.presenters.changes import change_card
from domain.changes import ConfigChange, Proposal
from domain.ids import BlobId, RequestId
from domain.ports.blobs import BlobStore
from domain.ports.stores import UnitOfWork
from domain.postings import Posting, View
from domain.profiles import SampleProfile

_REMEMBERED = 64


class Drawing:
    """Draws postings. Blobs never change, so what was parsed from one is remembered."""

    def __init__(self, blobs: BlobStore) -> None:
        @lru_cache(maxsize=_REMEMBERED)
        def profile(blob: BlobId) -> SampleProfile:
            return SampleProfile.model_validate_json(blobs.get(blob))

        @lru_cache(maxsize=_REMEMBERED)
        def proposal(blob: BlobId) -> Proposal:
            return Proposal.model_validate_json(blobs.get(blob))

        self._profile = profile
        self._proposal = proposal

    def draw(self, posting: Posting, uow: UnitOfWork) -> Card:
        """Return the card that a posting should show now."""
        if posting.view is View.MESSAGE:
            return Card.model_validate_json(posting.card_json)
        change = uow.changes.get(RequestId(posting.subject.removeprefix("change/")))
        if posting.view is View.APPROVAL:
            return self._approval(change, posting, uow)
        return change_card(
            change,
            uow.people.get(change.requested_by),
            self._profile(change.profile) if change.profile else None,
            self._proposal(change.proposal) if change.proposal else None,
        )

    def _approval(self, change: ConfigChange, posting: Posting, uow: UnitOfWork) -> Card:
        approval = posting.key.split("#", 1)[1].split(":", 1)[0]
        request = next(r for r in uow.approval_list.of_subject(change.subject) if r.id == approval)
        return approval_card(
            request,
            uow.approvals.decisions(request.id),
            {person.id: person for person in uow.people.everybody()},
            self._proposal(change.proposal) if change.proposal else None,
            change.sentence or ("Merged." if change.state.value == "merged" else ""),
        )
