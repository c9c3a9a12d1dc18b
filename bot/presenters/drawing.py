"""From a posting to the card it shows now, read from the truth at the moment of drawing."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from bot.cards.model import Card
from bot.presenters.alert_calls import paint_call
from bot.presenters.alerts import paint_alert
from bot.presenters.answers import paint_question
from bot.presenters.approvals import approval_card
from bot.presenters.articles import paint_article
from bot.presenters.articles_synced import paint_source
from bot.presenters.changes import change_card
from bot.presenters.deliveries import paint_delivery_approval, paint_publication_approval
from bot.presenters.discrepancies import paint_discrepancy
from bot.presenters.incident_painters import IncidentPainters
from bot.presenters.library_hints import with_library
from bot.presenters.notices import with_fates
from bot.presenters.plan_painting import paint_plan, paint_plan_approval
from bot.presenters.rows import paint_row_call, paint_rows
from domain.approval.approvals import Verdict
from domain.configuration.changes import Proposal
from domain.configuration.feed_views import DriftReport
from domain.configuration.profiles import SampleProfile
from domain.errors import NotFound
from domain.ids import AlertId, BlobId, RequestId
from domain.ports.blobs import BlobStore
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting, View

_REMEMBERED = 64
_FORMER = "It was asked anew; what becomes of it is on the newer card."
_TELL_FATES = frozenset({View.ALERT, View.APPROVAL, View.INCIDENT, View.PLAN, View.ROWS})

Painter = Callable[[Posting, UnitOfWork], Card]
"""Draws the postings of one view, or the approvals about one kind of subject."""


class Drawing:
    """Draws postings, each view by its painter. A new part of the house adds its painters to `painters`."""

    def __init__(self, blobs: BlobStore) -> None:
        self._painters = painters(blobs)

    def draw(self, posting: Posting, uow: UnitOfWork) -> Card:
        """Return the card that a posting should show now."""
        found = self._painters.get(f"{posting.view}:{posting.subject.partition('/')[0]}")
        found = found or self._painters.get(posting.view.value)
        if found is None:
            raise NotFound(
                f"no painter for {posting.view} of {posting.subject}", say="I can't draw that card."
            )
        card = found(posting, uow)
        return with_fates(card, posting.subject, uow) if posting.view in _TELL_FATES else card


def painters(blobs: BlobStore) -> Mapping[str, Painter]:
    """Return every painter by `view`, or by `view:kind of subject` where the subject's kind decides."""
    changes = ChangePainters(blobs)
    return {
        "message": stored_card,
        "incident": with_library(IncidentPainters(blobs).incident),
        "alert": paint_alert_with_library,
        "call": paint_call,
        "call:rows": paint_row_call,
        "discrepancy": paint_discrepancy,
        "rows": paint_rows,
        "approval:delivery": paint_delivery_approval,
        "approval:publication": paint_publication_approval,
        "change": changes.change,
        "approval:change": changes.approval,
        "approval:plan": paint_plan_approval,
        "plan": paint_plan,
        "article:question": paint_question,
        "article:article": paint_article,
        "article:source": paint_source,
    }


def paint_alert_with_library(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of an alert; while it is open, with what the library knows."""
    alert = uow.alerts.get(AlertId(posting.subject.removeprefix("alert/")))
    return with_library(paint_alert)(posting, uow) if alert.is_open else paint_alert(posting, uow)


def stored_card(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that was stored with the posting."""
    return Card.model_validate_json(posting.card_json)


class ChangePainters:
    """Draw configuration changes. Blobs never change, so what was parsed from one is remembered."""

    def __init__(self, blobs: BlobStore) -> None:
        @lru_cache(maxsize=_REMEMBERED)
        def profile(blob: BlobId) -> SampleProfile:
            return SampleProfile.model_validate_json(blobs.get(blob))

        @lru_cache(maxsize=_REMEMBERED)
        def proposal(blob: BlobId) -> Proposal:
            return Proposal.model_validate_json(blobs.get(blob))

        @lru_cache(maxsize=_REMEMBERED)
        def report(blob: BlobId) -> DriftReport:
            return DriftReport.model_validate_json(blobs.get(blob))

        self._report = report
        self._profile = profile
        self._proposal = proposal

    def change(self, posting: Posting, uow: UnitOfWork) -> Card:
        """Return the card of a change, from reading to its end."""
        change = uow.changes.get(RequestId(posting.subject.removeprefix("change/")))
        return change_card(
            change,
            uow.people.get(change.requested_by),
            self._profile(change.profile) if change.profile else None,
            self._proposal(change.proposal) if change.proposal else None,
            self._report(change.drift) if change.drift else None,
        )

    def approval(self, posting: Posting, uow: UnitOfWork) -> Card:
        """Return the card that asks for a decision on a change."""
        change = uow.changes.get(RequestId(posting.subject.removeprefix("change/")))
        approval = posting.key.split("#", 1)[1].split(":", 1)[0]
        request = next(r for r in uow.approval_list.of_subject(change.subject) if r.id == approval)
        # What a newer version says, and what became of it, belongs on that version's card.
        is_former = request.verdict is Verdict.SUPERSEDED
        return approval_card(
            request,
            uow.approvals.decisions(request.id),
            {person.id: person for person in uow.people.everybody()},
            self._proposal(change.proposal) if change.proposal and not is_former else None,
            _FORMER
            if is_former
            else change.sentence or ("Merged." if change.state.value == "merged" else ""),
        )
