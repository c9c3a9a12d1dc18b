"""Tell people, where they began something, that it ended another way than they wished.

Cards change in place, and in a thread nobody is called by that. So who asked gets a message of their own.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.acts.notice_calls import called_at
from domain.approval.approvals import ApprovalRequest
from domain.counting import in_series
from domain.identity.chat import Place
from domain.ids import PersonId, RequestId
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting, View


def tell_where_begun(
    uow: UnitOfWork, request: ApprovalRequest, title: str, text: str, card: SentenceCard, now: datetime
) -> None:
    """Tell who asked for a decision how it ended; what has no thread of its own tells it otherwise."""
    kind, _, name = request.subject.partition("/")
    if kind == "plan":
        place = uow.fixes.get(RequestId(name)).place
    elif kind == "change":
        place = uow.changes.get(RequestId(name)).place
    elif kind == "delivery" and uow.errands.get(name).place.thread:
        place = uow.errands.get(name).place
    else:
        return
    people = (request.requested_by, *sorted(request.authors - {request.requested_by}))
    tell_people(uow, people, place, (f"ended#{request.id}", title, text), card, now)


def tell_people(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    place: Place,
    what: tuple[str, str, str],
    card: SentenceCard,
    now: datetime,
) -> None:
    """Post a message that calls people by name; `what` is its key, title and exact text."""
    key, title, text = what
    known = {one.id: one.name for one in uow.people.everybody()}  # who asked may be a program
    names = in_series([known.get(person, person) for person in people])
    uow.postings.add(
        Posting(
            key=f"{key}:{place.platform}:{place.workspace}:{place.channel}",
            view=View.MESSAGE,
            place=place,
            card_json=card(title, f"{names}: {text}", called_at(uow, people, place)),
            created_at=now,
            next_attempt_at=now,
        )
    )
