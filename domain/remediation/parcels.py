"""What crosses the queue of a runner: plans and orders as exact text, answers as data.

A runner has no database, so everything it needs is in the parcel; what it believes is the signature.
"""

from pydantic import BaseModel, ConfigDict

from domain.remediation.plans import DryRun
from domain.remediation.run_reports import RunReport, StepReport, Word


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


def audience_of(environment: str) -> str:
    """Return the name under which orders address the runner of an environment."""
    return f"runner-{environment}"


class PlanParcel(_Frozen):
    """A plan to dry-run: canonical JSON."""

    plan: str


class OrderParcel(_Frozen):
    """A signed order with its plan, both as JSON; `word` continues after a person's word about a step."""

    order: str
    plan: str
    step: int = 0
    try_number: int = 0
    word: Word | None = None
    word_signature: str = ""
    """The order key's signature over order, step, try and word."""
    is_stopping: bool = False
    """Somebody stopped it while it waited for a runner: what has not begun must not begin."""


class Preview(_Frozen):
    """What the runner answers to a plan: the dry run, or why there is none."""

    dry_run: DryRun | None = None
    refusal: str = ""


class Progress(_Frozen):
    """How far a run has come, as its heartbeats carry it."""

    steps: tuple[StepReport, ...] = ()


class RunAnswer(_Frozen):
    """How a call of the runner ended."""

    report: RunReport
