"""The stores of remediation: attempts, versions of plans, orders, steps, freezes, overrides, outcomes."""

from datetime import datetime
from typing import Protocol

from domain.ids import PersonId, RequestId
from domain.remediation.fixes import Fix, Freeze, Override, PlanVersion
from domain.remediation.orders import SignedOrder
from domain.remediation.run_reports import StepReport
from domain.remediation.runbooks import Outcome


class FixStore(Protocol):
    """Attempts to end some trouble."""

    def get(self, fix: RequestId) -> Fix:
        """Return the attempt, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, fix: Fix) -> None:
        """Add or replace an attempt."""
        ...

    def every_open(self) -> list[Fix]:
        """Return all open attempts, oldest first."""
        ...

    def ordered_since(self, since: datetime) -> list[Fix]:
        """Return attempts of which an order was signed at or after a moment, the first order first."""
        ...

    def recent(self, limit: int) -> list[Fix]:
        """Return attempts, newest first."""
        ...


class PlanStore(Protocol):
    """Versions of plans, their orders, and the steps of their runs."""

    def save(self, version: PlanVersion) -> None:
        """Add or replace a version."""
        ...

    def get(self, fix: RequestId, revision: int) -> PlanVersion:
        """Return the version; raises `NotFound`."""
        ...

    def save_order(self, fix: RequestId, revision: int, order: SignedOrder, now: datetime) -> None:
        """Keep a signed order."""
        ...

    def order(self, order_id: str) -> SignedOrder:
        """Return the order of that id; raises `NotFound`."""
        ...

    def note_step(self, order_id: str, step: StepReport) -> bool:
        """Keep what is known of a step; False when that was known already."""
        ...

    def steps(self, order_id: str) -> list[StepReport]:
        """Return what is known of the steps, the forward ones first, then the undone ones."""
        ...


class GuardStore(Protocol):
    """What stands in the way of a run, or goes around it: freezes and overrides."""

    def hold_freeze(self) -> None:
        """Let nobody else declare or lift a freeze, or pass the gate, until this transaction ends.

        Call it before anything is read: who waits here reads what the other one left.
        """
        ...

    def freeze(self) -> Freeze | None:
        """Return the freeze that holds, or None."""
        ...

    def save_freeze(self, freeze: Freeze) -> None:
        """Add or replace a freeze."""
        ...

    def override(self, override_id: str) -> Override:
        """Return the override of that id; raises `NotFound`."""
        ...

    def save_override(self, override: Override) -> None:
        """Add or replace an override."""
        ...

    def unreviewed(self, person: PersonId | None = None) -> list[Override]:
        """Return overrides, of one person or of everybody, that nobody has reviewed, oldest first."""
        ...


class OutcomeStore(Protocol):
    """How runbooks ended before."""

    def add(self, order_id: str, outcomes: tuple[Outcome, ...], now: datetime) -> None:
        """Keep how an order's runbook ended, for each kind of trouble; the same order again is ignored."""
        ...

    def every(self, limit: int) -> list[Outcome]:
        """Return outcomes, newest first."""
        ...
