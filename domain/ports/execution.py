"""Port: what a story asks of a runner. Every call carries the signed order; nothing else is believed."""

from collections.abc import Callable
from typing import Protocol

from domain.remediation.orders import SignedOrder
from domain.remediation.plans import DryRun, Plan
from domain.remediation.run_reports import RunReport, StepReport, Word

Told = Callable[[StepReport], None]
"""Gets a report for every line of output while a step runs, and one when it has ended."""


class Runner(Protocol):
    """One runner of one environment. Calls are safe to repeat: what was done is not done again."""

    async def preview(self, plan: Plan) -> DryRun:
        """Return what the plan would change, in the sandbox and with read-only credentials."""
        ...

    async def execute(self, order: SignedOrder, plan: Plan, *, told: Told | None = None) -> RunReport:
        """Run or continue the order to an end state, or to a question for a person."""
        ...

    async def decide(
        self,
        order: SignedOrder,
        plan: Plan,
        *,
        step: int,
        try_number: int,
        word: Word,
        signature: str,
        told: Told | None = None,
    ) -> RunReport:
        """Continue after a person said what happened to a try of a step; the order's key signed that word.

        Raises:
            NotNow: That try waits for no word: it was given before, or another try waits by now.
        """
        ...

    async def stop(self, order_id: str) -> StepReport | None:
        """End the running step of the order within 5 s and say how far it came; None when the order is over.

        Where nothing of it runs yet, nothing begins: also when the order comes only after this.
        """
        ...

    def report(self, order_id: str) -> RunReport | None:
        """Return how the order ended, for a story that lost the answer; None while it is open or unknown."""
        ...

    def health(self) -> tuple[str, ...]:
        """Return why this runner takes no work, in sentences; empty when it does."""
        ...
