"""Attempts, versions of plans, orders and steps in SQL."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.errors import NotFound
from domain.ids import RequestId
from domain.remediation.fixes import Fix, PlanVersion
from domain.remediation.orders import SignedOrder
from domain.remediation.run_reports import StepReport
from storage.statements import put, table_of
from storage.tables.remediation import FixRow, OrderRow, PlanVersionRow, RunStepRow

_FIXES = table_of(FixRow)
_VERSIONS = table_of(PlanVersionRow)
_ORDERS = table_of(OrderRow)
_STEPS = table_of(RunStepRow)


class SqlFixes:
    """Implements `FixStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, fix: RequestId) -> Fix:
        """Return the attempt, locked for this transaction; raises `NotFound`."""
        statement = select(_FIXES.c.document).where(_FIXES.c.id == fix).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(
                f"fix {fix[:40]}", say="I know no plan of that name.", next_step="Say `runs` for the newest."
            )
        return Fix.model_validate_json(row)

    def save(self, fix: Fix) -> None:
        """Add or replace an attempt."""
        put(
            self._connection,
            _FIXES,
            {
                "id": fix.id,
                "state": fix.state.value,
                "is_open": fix.is_open,
                "subject_name": fix.subject_name,
                "opened_at": fix.opened_at,
                "document": fix.model_dump_json(),
            },
        )

    def every_open(self) -> list[Fix]:
        """Return all open attempts, oldest first."""
        rows = self._connection.execute(
            select(_FIXES.c.document).where(_FIXES.c.is_open.is_(True)).order_by(_FIXES.c.opened_at)
        )
        return [Fix.model_validate_json(document) for (document,) in rows]

    def ordered_since(self, since: datetime) -> list[Fix]:
        """Return attempts of which an order was signed at or after a moment, the first order first."""
        signed = (
            select(_ORDERS.c.fix, func.min(_ORDERS.c.signed_at).label("at"))
            .where(_ORDERS.c.signed_at >= since)
            .group_by(_ORDERS.c.fix)
            .subquery()
        )
        rows = self._connection.execute(
            select(_FIXES.c.document).join(signed, signed.c.fix == _FIXES.c.id).order_by(signed.c.at)
        )
        return [Fix.model_validate_json(document) for (document,) in rows]

    def recent(self, limit: int) -> list[Fix]:
        """Return attempts, newest first."""
        rows = self._connection.execute(
            select(_FIXES.c.document).order_by(_FIXES.c.opened_at.desc()).limit(limit)
        )
        return [Fix.model_validate_json(document) for (document,) in rows]


class SqlPlans:
    """Implements `PlanStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, version: PlanVersion) -> None:
        """Add or replace a version."""
        put(
            self._connection,
            _VERSIONS,
            {
                "fix": version.fix,
                "revision": version.revision,
                "subject_hash": version.subject_hash,
                "document": version.model_dump_json(),
            },
        )

    def get(self, fix: RequestId, revision: int) -> PlanVersion:
        """Return the version; raises `NotFound`."""
        row = self._connection.execute(
            select(_VERSIONS.c.document).where(_VERSIONS.c.fix == fix, _VERSIONS.c.revision == revision)
        ).scalar()
        if row is None:
            raise NotFound(f"plan {fix} version {revision}", say="That version of the plan is gone.")
        return PlanVersion.model_validate_json(row)

    def save_order(self, fix: RequestId, revision: int, order: SignedOrder, now: datetime) -> None:
        """Keep a signed order."""
        put(
            self._connection,
            _ORDERS,
            {
                "id": order.order.id,
                "fix": fix,
                "revision": revision,
                "nonce": order.order.nonce,
                "signed_at": now,
                "document": order.model_dump_json(),
            },
        )

    def order(self, order_id: str) -> SignedOrder:
        """Return the order of that id; raises `NotFound`."""
        row = self._connection.execute(select(_ORDERS.c.document).where(_ORDERS.c.id == order_id)).scalar()
        if row is None:
            raise NotFound(f"order {order_id[:16]}", say="That order is gone.")
        return SignedOrder.model_validate_json(row)

    def note_step(self, order_id: str, step: StepReport) -> bool:
        """Keep what is known of a step; False when that was known already."""
        key = {"order_id": order_id, "step": step.step, "is_undo": step.is_undo}
        document = step.model_dump_json()
        known = self._connection.execute(
            select(_STEPS.c.document).where(
                _STEPS.c.order_id == order_id, _STEPS.c.step == step.step, _STEPS.c.is_undo == step.is_undo
            )
        ).scalar()
        if known == document:
            return False
        put(self._connection, _STEPS, {**key, "document": document})
        return True

    def steps(self, order_id: str) -> list[StepReport]:
        """Return what is known of the steps, the forward ones first, then the undone ones."""
        rows = self._connection.execute(
            select(_STEPS.c.document)
            .where(_STEPS.c.order_id == order_id)
            .order_by(_STEPS.c.is_undo, _STEPS.c.step)
        )
        return [StepReport.model_validate_json(document) for (document,) in rows]
