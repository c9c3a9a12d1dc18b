"""Cards that stood in a channel and were deleted there, or may not be changed any more.

What people still have to decide or to look after is posted once more, in the same place: somebody tidied up,
or the workspace keeps no message that long. What is over is left alone, and so is a card that is lost twice.
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
    if lost.key.endswith(_AGAIN) or uow.posting_lookup.find(key) is not None or not _is_open(uow, lost):
        return
    fresh = {"key": key, "state": Delivery.WAITING, "attempts": 0, "sent": None, "shown": 0}
    uow.postings.add(lost.model_copy(update=fresh | {"created_at": now, "next_attempt_at": now}))


def _is_open(uow: UnitOfWork, lost: Posting) -> bool:
    name = lost.subject.partition("/")[2]
    try:
        if lost.view is View.ALERT:
            return uow.alerts.get(AlertId(name)).is_open
        if lost.view is View.INCIDENT:
            return uow.incidents.get(IncidentId(name)).is_open
    except NotFound:
        return False
    if lost.view is not View.APPROVAL:
        return False
    asked = uow.approval_list.of_subject(lost.subject)
    return any(one.verdict is Verdict.PENDING and f"#{one.id}:" in lost.key for one in asked)
