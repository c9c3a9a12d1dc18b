"""Forget where cards of long ago stand, and what closed questions were answered from; never the trail."""

from collections.abc import Callable
from datetime import datetime

from domain.ids import BlobId
from domain.ports.transactions import Opening, UnitOfWork

_AT_ONCE = 2_000
"""Messages forgotten in one transaction; somebody may be pressing a button meanwhile."""
_MOST_PIECES = 50
"""A night: what is left goes in the next ones."""
_MOST_QUESTIONS = 200


def forget_cards(reading: Opening, writing: Opening, before: datetime) -> int:
    """Forget messages of which nothing was wanted since a moment and nothing is open; return how many.

    In a chat they stay: it is only forgotten that we keep them up to date.
    """
    gone = 0
    for _ in range(_MOST_PIECES):
        with reading() as uow:
            about = open_subjects(uow)
        with writing() as uow:
            piece = uow.postings.forget_before(before, about, _AT_ONCE)
        gone += piece
        if piece < _AT_ONCE:
            break
    return gone


def forget_answers(
    reading: Opening, writing: Opening, before: datetime, remove: Callable[[BlobId], object]
) -> int:
    """Remove reports and pictures of questions that were closed before a moment; return of how many.

    What a question was about and what was found stays in its row.
    """
    with reading() as uow:
        old = uow.incidents.answered_before(before, _MOST_QUESTIONS)
    blobs: dict[BlobId, None] = {}
    for question in old:
        with writing() as uow:
            current = uow.incidents.get(question.id)
            blobs |= {blob: None for blob in (current.report, *current.pictures) if blob is not None}
            uow.incidents.save(current.model_copy(update={"report": None, "pictures": ()}))
    with reading() as uow:
        named = uow.kept_files.named_elsewhere(blobs)
    for blob in blobs:
        if blob not in named:
            remove(blob)
    return len(old)


def open_subjects(uow: UnitOfWork) -> set[str]:
    """Return everything of which people still act on cards."""
    found = {request.subject for request in uow.approval_list.pending()}
    found |= {f"approval/{request.id}" for request in uow.approval_list.pending()}
    found |= {f"plan/{override.fix}" for override in uow.guards.unreviewed()}
    found |= {incident.subject for incident in uow.incidents.unfinished()}
    found |= {one.subject for one in uow.row_cares.every_open()}
    found |= {one.subject for one in uow.publications.held()}
    for store in (uow.fixes, uow.alerts, uow.changes, uow.discrepancies):
        found |= {one.subject for one in store.every_open()}
    return found
