"""Approval requests and decisions in SQL; a verdict that is over never changes."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.approvals import ApprovalRequest, Decision, Verdict
from domain.errors import NotFound, NotNow
from domain.ids import ApprovalId, PersonId
from storage.statements import insert_once, put, table_of
from storage.tables.approvals import ApprovalRow, DecisionRow, ReadRow

_APPROVALS = table_of(ApprovalRow)
_DECISIONS = table_of(DecisionRow)
_READS = table_of(ReadRow)


class SqlApprovals:
    """Implements `ApprovalStore` and `ApprovalList` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, approval: ApprovalId) -> ApprovalRequest:
        """Return the request, locked for this transaction; raises `NotFound`."""
        statement = select(_APPROVALS.c.document).where(_APPROVALS.c.id == approval).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(f"approval {approval}", say="I don't know that request any more.")
        return ApprovalRequest.model_validate_json(row)

    def save(self, request: ApprovalRequest) -> None:
        """Add or replace a request; a verdict that is over never changes.

        Raises:
            NotNow: The stored verdict is another one and is final.
        """
        stored = self._connection.execute(
            select(_APPROVALS.c.verdict).where(_APPROVALS.c.id == request.id).with_for_update()
        ).scalar()
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
        rows = self._connection.execute(
            select(_DECISIONS.c.document)
            .where(_DECISIONS.c.approval == approval)
            .order_by(_DECISIONS.c.decided_at, _DECISIONS.c.press)
        )
        return [Decision.model_validate_json(document) for (document,) in rows]

    def record(self, approval: ApprovalId, decision: Decision) -> None:
        """Keep a decision; one per person and request."""
        kept = insert_once(
            self._connection,
            _DECISIONS,
            {
                "approval": approval,
                "person": decision.person,
                "press": decision.press,
                "decided_at": decision.at,
                "document": decision.model_dump_json(),
            },
        )
        if not kept:
            raise NotNow(
                "person decided before", say="You have decided this already, and a person counts once."
            )

    def note_read(self, approval: ApprovalId, person: PersonId, subject_hash: str, now: datetime) -> None:
        """Remember that the person opened the full view of this version."""
        values = {"approval": approval, "person": person, "subject_hash": subject_hash, "read_at": now}
        insert_once(self._connection, _READS, values)

    def has_read(self, approval: ApprovalId, person: PersonId, subject_hash: str) -> bool:
        """Return whether the person opened the full view of this version."""
        statement = select(_READS.c.read_at).where(
            _READS.c.approval == approval, _READS.c.person == person, _READS.c.subject_hash == subject_hash
        )
        return self._connection.execute(statement).scalar() is not None

    def pending(self) -> list[ApprovalRequest]:
        """Return what waits for a decision, oldest first."""
        rows = self._connection.execute(
            select(_APPROVALS.c.document)
            .where(_APPROVALS.c.verdict == Verdict.PENDING.value)
            .order_by(_APPROVALS.c.opened_at)
        )
        return [ApprovalRequest.model_validate_json(document) for (document,) in rows]

    def of_subject(self, subject: str) -> list[ApprovalRequest]:
        """Return all requests about a subject, oldest first."""
        rows = self._connection.execute(
            select(_APPROVALS.c.document)
            .where(_APPROVALS.c.subject == subject)
            .order_by(_APPROVALS.c.opened_at)
        )
        return [ApprovalRequest.model_validate_json(document) for (document,) in rows]

    def count(self, verdict: Verdict) -> int:
        """Return how many requests ended so."""
        statement = select(func.count()).where(_APPROVALS.c.verdict == verdict.value)
        return int(self._connection.execute(statement).scalar_one())
