"""Approval requests and decisions in SQL; a verdict that is over never changes."""

from datetime import datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from domain.approval.approvals import ApprovalRequest, Decision, Say, Verdict, takes_back
from domain.errors import NotFound, NotNow
from domain.ids import ApprovalId, PersonId
from storage.documents import documents_in, joined, reader_of
from storage.prepared import Prepared
from storage.statements import insert_once, put, table_of
from storage.tables.approvals import ApprovalRow, DecisionRow, ReadRow

_APPROVALS = table_of(ApprovalRow)
_DECISIONS = table_of(DecisionRow)
_READS = table_of(ReadRow)
_read = reader_of(ApprovalRequest)
_read_decision = reader_of(Decision, remembered=20_000)
_IN_ORDER = attrgetter("at", "press")
_ONE = Prepared(
    lambda _: select(_APPROVALS.c.document).where(_APPROVALS.c.id == bindparam("approval")).with_for_update()
)
_VERDICT = Prepared(
    lambda _: select(_APPROVALS.c.verdict).where(_APPROVALS.c.id == bindparam("approval")).with_for_update()
)
_DECIDED = Prepared(
    lambda _: (
        # One row: a driver gives every other thread a turn between two rows.
        select(joined(_DECISIONS.c.document)).where(_DECISIONS.c.approval == bindparam("approval"))
    )
)
_READ_AT = Prepared(
    lambda _: select(_READS.c.read_at).where(
        _READS.c.approval == bindparam("approval"),
        _READS.c.person == bindparam("person"),
        _READS.c.subject_hash == bindparam("version"),
    )
)
_OF_SUBJECT = Prepared(
    lambda _: (
        select(_APPROVALS.c.document)
        .where(_APPROVALS.c.subject == bindparam("subject"))
        .order_by(_APPROVALS.c.opened_at)
    )
)


class SqlApprovals:
    """Implements `ApprovalStore` and `ApprovalList` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, approval: ApprovalId) -> ApprovalRequest:
        """Return the request, locked for this transaction; raises `NotFound`."""
        row = _ONE.scalar(self._connection, approval=approval)
        if row is None:
            raise NotFound(f"approval {approval}", say="I don't know that request any more.")
        return _read(row)

    def save(self, request: ApprovalRequest) -> None:
        """Add or replace a request; a verdict that is over never changes.

        Raises:
            NotNow: The stored verdict is another one and is final.
        """
        stored = _VERDICT.scalar(self._connection, approval=request.id)
        if stored not in (None, Verdict.PENDING.value, request.verdict.value):
            raise NotNow(f"verdict {stored} is final", say=f"This request is already {stored}.")
        put(
            self._connection,
            _APPROVALS,
            {
                "id": request.id,
                "subject": request.subject,
                "verdict": request.verdict.value,
                "opened_at": request.opened_at,
                "document": request.model_dump_json(),
            },
        )

    def decisions(self, approval: ApprovalId) -> list[Decision]:
        """Return the decisions that count, oldest first."""
        found = documents_in(_DECIDED.scalar(self._connection, approval=approval))
        return sorted(map(_read_decision, found), key=_IN_ORDER)

    def record(self, approval: ApprovalId, decision: Decision) -> None:
        """Keep a decision; one per person and request. Only a no takes the place of the same person's yes."""
        values = {
            "approval": approval,
            "person": decision.person,
            "press": decision.press,
            "decided_at": decision.at,
            "document": decision.model_dump_json(),
        }
        if decision.say is Say.NO and takes_back(decision, self.decisions(approval)):
            put(self._connection, _DECISIONS, values)
        elif not insert_once(self._connection, _DECISIONS, values):
            raise NotNow(
                "person decided before", say="You have decided this already, and a person counts once."
            )

    def note_read(self, approval: ApprovalId, person: PersonId, subject_hash: str, now: datetime) -> None:
        """Remember that the person opened the full view of this version."""
        values = {"approval": approval, "person": person, "subject_hash": subject_hash, "read_at": now}
        insert_once(self._connection, _READS, values)

    def has_read(self, approval: ApprovalId, person: PersonId, subject_hash: str) -> bool:
        """Return whether the person opened the full view of this version."""
        found = _READ_AT.first(self._connection, approval=approval, person=person, version=subject_hash)
        return found is not None

    def pending(self) -> list[ApprovalRequest]:
        """Return what waits for a decision, oldest first."""
        rows = self._connection.execute(
            select(_APPROVALS.c.document)
            .where(_APPROVALS.c.verdict == Verdict.PENDING.value)
            .order_by(_APPROVALS.c.opened_at)
        )
        return [_read(document) for (document,) in rows]

    def of_subject(self, subject: str) -> list[ApprovalRequest]:
        """Return all requests about a subject, oldest first."""
        return [_read(document) for (document,) in _OF_SUBJECT.rows(self._connection, subject=subject)]

    def decided(
        self, since: datetime, until: datetime, limit: int, person: PersonId | None = None
    ) -> list[tuple[ApprovalRequest, Decision]]:
        """Return what people said in [since, until) with what it was about, the newest first."""
        rows = self._connection.execute(
            select(_APPROVALS.c.document, _DECISIONS.c.document)
            .join(_DECISIONS, _DECISIONS.c.approval == _APPROVALS.c.id)
            .where(*_decided_in(since, until, person))
            .order_by(_DECISIONS.c.decided_at.desc(), _DECISIONS.c.press)
            .limit(limit)
        )
        return [(_read(request), _read_decision(decision)) for request, decision in rows]

    def count_decided(self, since: datetime, until: datetime, person: PersonId | None = None) -> int:
        """Return how many decisions people made in [since, until)."""
        statement = select(func.count()).where(*_decided_in(since, until, person))
        return int(self._connection.execute(statement).scalar_one())

    def count(self, verdict: Verdict) -> int:
        """Return how many requests ended so."""
        statement = select(func.count()).where(_APPROVALS.c.verdict == verdict.value)
        return int(self._connection.execute(statement).scalar_one())


def _decided_in(since: datetime, until: datetime, person: PersonId | None) -> list[ColumnElement[bool]]:
    """Return which decisions were made in [since, until), by one person where one is named."""
    of_time = [_DECISIONS.c.decided_at >= since, _DECISIONS.c.decided_at < until]
    return of_time if person is None else [*of_time, _DECISIONS.c.person == person]
