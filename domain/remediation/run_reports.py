"""What a runner says of steps and runs, and what a person says of a step that nobody could find out about."""

from enum import StrEnum

from domain.remediation.plans import Frozen


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
    waiting_try: int = 0
    """Which try of it: what a person says of one is no word about the next."""
    recorded: tuple[str, ...] = ()
    """When it is verified: for each step the digest of what it recorded, by which it can be taken back."""
    needs_new_yes: bool = False
    """Refused because the world is another one than the dry run showed; people may say yes to that one."""
    may_have_run: bool = False
    """The runner's journal knows no dry run of the plan: it was lost, with whatever the plan did before."""


class Word(StrEnum):
    """What a person says about a step whose outcome nobody could find out."""

    DONE = "done"
    ABSENT = "absent"
    ROLL_BACK = "roll_back"
