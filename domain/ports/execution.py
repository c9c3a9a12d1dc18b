"""Port: what a story asks of a runner. Every call carries the signed order; nothing else is believed."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from domain.orders import SignedOrder
from domain.plans import DryRun, Frozen, Plan


class StepState(StrEnum):
    """What the runner knows about one try of one step."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    NEVER_BEGAN = "never_began"
    UNKNOWN = "unknown"
    BUSY = "busy"


class RunState(StrEnum):
    """How a run ended."""

    VERIFIED = "verified"
    ROLLED_BACK = "rolled_back"
    UNDO_FAILED = "undo_failed"
    STOPPED = "stopped"
    """Stopped by a person, and the plan says that what was done stays."""
    UNKNOWN = "unknown"
    """A person must say what happened to `waiting_step`."""
    REFUSED = "refused"
    """Nothing was started, and the order is used."""
    BUSY = "busy"
    """An earlier try may still act, or it was taken over; ask again later."""


class StepReport(Frozen):
    """What happened to one step, with the evidence for a person who must decide."""

    step: int
    state: StepState
    say: str
    output: str = ""
    output_digest: str = ""
    is_undo: bool = False
    took_ms: int = 0


class RunReport(Frozen):
    """What happened to a whole order."""

    order_id: str
    state: RunState
    say: str
    steps: tuple[StepReport, ...] = ()
    waiting_step: int | None = None
    """The step about which a person must decide, when the state is unknown."""
    needs_new_yes: bool = False
    """Refused because the world is another one than the dry run showed; people may say yes to that one."""


class Word(StrEnum):
    """What a person says about a step whose outcome nobody could find out."""

    DONE = "done"
    ABSENT = "absent"
    ROLL_BACK = "roll_back"


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
        word: Word,
        signature: str,
        told: Told | None = None,
    ) -> RunReport:
        """Continue after a person said what happened to the step; the order's key signed what they said."""
        ...

    async def stop(self, order_id: str) -> StepReport | None:
        """End the running step of the order within 5 s and say how far it came; None when nothing runs."""
        ...

    def report(self, order_id: str) -> RunReport | None:
        """Return how the order ended, for a story that lost the answer; None while it is open or unknown."""
        ...

    def health(self) -> tuple[str, ...]:
        """Return why this runner takes no work, in sentences; empty when it does."""
        ...
