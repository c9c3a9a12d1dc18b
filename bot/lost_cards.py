"""Cards that were deleted where they stood, or may not be changed there any more.

What people still have to decide or to look after is posted once more, in the same place: somebody tidied up,
or the workspace keeps no message that long. A place that is closed to us refuses that, and then it stands
elsewhere. What is over is left alone, and so is a card that is lost twice.
"""

from datetime import datetime

from domain.approval.approvals import Verdict
from domain.errors import NotFound
from domain.ids import AlertId, IncidentId
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Delivery, Posting, View

_AGAIN = " > again"


def stand_again(uow: UnitOfWork, lost: Posting, now: datetime) -> None:
    """Post a card once more that its place has lost, while its subject is open."""
    key = f"{lost.key}{_AGAIN}"[:300]
    if lost.key.endswith(_AGAIN) or uow.posting_lookup.find(key) is not None or not is_open(uow, lost):
        return
    fresh = {"key": key, "state": Delivery.WAITING, "attempts": 0, "sent": None, "shown": 0}
    uow.postings.add(lost.model_copy(update=fresh | {"created_at": now, "next_attempt_at": now}))


def is_open(uow: UnitOfWork, posting: Posting) -> bool:
    """Return whether people still have to decide or to look after what a card tells of."""
    name = posting.subject.partition("/")[2]
    try:
        if posting.view is View.ALERT:
            return uow.alerts.get(AlertId(name)).is_open
        if posting.view is View.INCIDENT:
            return uow.incidents.get(IncidentId(name)).is_open
    except NotFound:
        return False
    if posting.view is not View.APPROVAL:
        return False
    asked = uow.approval_list.of_subject(posting.subject)
    return any(one.verdict is Verdict.PENDING and f"#{one.id}:" in posting.key for one in asked)
