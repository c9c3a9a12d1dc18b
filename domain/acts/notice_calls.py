"""Calling people outside of the chats, in the transaction that found that nobody had answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from domain.approval.approvals import Verdict
from domain.errors import NotFound
from domain.identity.chat import Called, Place
from domain.identity.people import PHONE_FIRST, Way
from domain.ids import AlertId, ApprovalId, IncidentId, PersonId, RequestId
from domain.investigation.incidents import IncidentRole
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState
from domain.telling.notices import Call, Notice, notices_of
from domain.watch.alerts import AlertState

MOST_CALLED = 20
"""More names in one message are a crowd, in which nobody feels meant."""


def call_out(uow: UnitOfWork, call: Call) -> None:
    """Keep the notices of a call; a step that is done again calls nobody again."""
    for notice in notices_of(call):
        uow.notices.add(notice)


def called_at(uow: UnitOfWork, people: Sequence[PersonId], place: Place) -> tuple[Called, ...]:
    """Return the accounts of these people on the platform of a place, so that a message there calls them."""
    where = (place.platform, place.workspace)
    return tuple(
        Called(account=account, name=uow.people.get(person).name)
        for person in people[:MOST_CALLED]
        for account in uow.people.accounts_of(person)
        if (account.platform, account.workspace) == where
    )


@dataclass(frozen=True)
class PlanCall:
    """Why people are called to a plan."""

    key: str
    waits_on: str
    text: str
    by: tuple[Way, ...]


def call_about_plan(
    uow: UnitOfWork, fix: Fix, people: Sequence[PersonId], call: PlanCall, now: datetime
) -> None:
    """Keep the notices of a call to a plan; what goes to telephones first is urgent."""
    told = Call(
        key=call.key,
        people=tuple(people),
        by=call.by,
        subject=fix.subject,
        waits_on=call.waits_on,
        title=f"Plan {fix.id}: {fix.title}",
        text=call.text,
        path=page_of(fix.subject),
        is_urgent=call.by == PHONE_FIRST,
        at=now,
    )
    call_out(uow, told)


def page_of(subject: str) -> str:
    """Return the page, behind the sign-in, that shows a subject."""
    kind, _, name = subject.partition("/")
    path = _PAGES.get(kind)
    return f"{path}{quote(name, safe='')}" if path and name else "/dashboard/"


def is_over(uow: UnitOfWork, notice: Notice) -> bool:
    """Tell whether what a notice is about no longer waits for anybody."""
    kind, _, name = notice.waits_on.partition("/")
    waits = _WAITS.get(kind)
    if waits is None:
        return False
    try:
        return not waits(uow, name)
    except NotFound:
        return True


def _alert(uow: UnitOfWork, name: str) -> bool:
    alert = uow.alerts.get(AlertId(name))
    is_taken = alert.acknowledged_by is not None or alert.snoozed_until is not None
    return alert.state in (AlertState.RAISED, AlertState.HAPPENED) and not is_taken


def _rows(uow: UnitOfWork, name: str) -> bool:
    care = uow.row_cares.find(f"rows/{name}")
    return care is not None and care.waits


def _incident(uow: UnitOfWork, name: str) -> bool:
    incident = uow.incidents.get(IncidentId(name))
    return incident.is_open and IncidentRole.LEAD not in incident.roles


def _approval(uow: UnitOfWork, name: str) -> bool:
    return uow.approvals.get(ApprovalId(name)).verdict is Verdict.PENDING


def _override(uow: UnitOfWork, name: str) -> bool:
    return uow.guards.override(name).reviewed_by is None


def _run(uow: UnitOfWork, name: str) -> bool:
    return uow.fixes.get(RequestId(name)).state in (FixState.UNKNOWN, FixState.UNDO_FAILED)


_PAGES = {
    "feed": "/dashboard/feeds/",
    "incident": "/incidents/",
    "change": "/dashboard/changes/",
    "plan": "/plans/",
}
_WAITS: Mapping[str, Callable[[UnitOfWork, str], bool]] = {
    "alert": _alert,
    "rows": _rows,
    "incident": _incident,
    "approval": _approval,
    "override": _override,
    "run": _run,
}
"""What a notice may wait on, and whether that still waits."""
