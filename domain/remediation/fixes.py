"""One attempt to end some trouble: from the options through approval and run to its proof.

The state says what happens next. It moves in SQL only; the story and the runner follow it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.chat import Place
from domain.ids import ApprovalId, PersonId, RequestId
from domain.remediation.plans import DryRun, Plan
from domain.remediation.run_reports import RunState, Word
from domain.remediation.runbooks import BlastRadius, Option, Trouble
from domain.remediation.scripts import ScriptDraft


class FixState(StrEnum):
    """How far it has come."""

    CHOOSING = "choosing"
    DRY_RUNNING = "dry_running"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    """Approved, not yet ordered: the gate looks at policy, freeze, window and target once more."""
    RUNNING = "running"
    UNKNOWN = "unknown"
    """A person has to say whether a step happened."""
    VERIFIED = "verified"
    ROLLED_BACK = "rolled_back"
    UNDO_FAILED = "undo_failed"
    STOPPED = "stopped"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    """Nothing was changed: the dry run or the runner refused."""


ENDED = frozenset(
    {
        FixState.VERIFIED,
        FixState.ROLLED_BACK,
        FixState.UNDO_FAILED,
        FixState.STOPPED,
        FixState.REJECTED,
        FixState.EXPIRED,
        FixState.WITHDRAWN,
        FixState.FAILED,
    }
)
ON_TARGET = frozenset({FixState.RUNNING, FixState.UNKNOWN})
"""An order was signed: the targets belong to this one until it is over."""
CHANGEABLE = frozenset({FixState.CHOOSING, FixState.DRY_RUNNING, FixState.IN_APPROVAL, FixState.APPROVED})
"""No order was signed: it can still be planned anew or withdrawn."""
AFTER_RUN = {
    RunState.VERIFIED: FixState.VERIFIED,
    RunState.ROLLED_BACK: FixState.ROLLED_BACK,
    RunState.UNDO_FAILED: FixState.UNDO_FAILED,
    RunState.STOPPED: FixState.STOPPED,
    RunState.UNKNOWN: FixState.UNKNOWN,
    RunState.REFUSED: FixState.FAILED,
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Question(_Frozen):
    """What an approver asked about a plan, and what was answered."""

    asked_by: PersonId
    text: str = Field(max_length=1000)
    at: datetime
    answer: str = Field(default="", max_length=1000)
    answered_by: PersonId | None = None


class Fix(_Frozen):
    """One attempt, with the version of its plan that counts now."""

    id: RequestId
    state: FixState
    subject_name: str
    """What is in trouble: `feed/<name>`, `service/<name>` or `target/<name>`."""
    trouble: Trouble
    incident: str = ""
    """The incident that it was begun for, whose story is told when it ends."""
    severity: str = ""
    """Of the incident, for the policy."""
    place: Place
    requested_by: PersonId
    authors: frozenset[PersonId]
    """Everybody who asked for it or last edited its plan: none of them may approve."""
    options: tuple[Option, ...] = ()
    """What was offered, as it was shown."""
    draft: ScriptDraft | None = None
    """A written script that waits to be adopted, or was."""
    runbook: str = ""
    title: str = ""
    targets: tuple[str, ...] = ()
    """Names of the targets that the plan changes."""
    revision: int = 0
    approval: ApprovalId | None = None
    order: str = ""
    reverse: str = ""
    """The runbook that takes its own back, where the catalogue names one."""
    changes_feed: bool = False
    """Whether the feed works otherwise after its runbook, as after a deployment."""
    recorded: tuple[str, ...] = ()
    """Digests of what the steps of a verified run recorded, in order; without them none is taken back."""
    undoes: RequestId | None = None
    """The attempt whose run this one takes back."""
    undone_by: RequestId | None = None
    """The newest attempt that takes this one back."""
    undone_at: datetime | None = None
    """Since when it is taken back."""
    stop_wished_by: PersonId | None = None
    word: Word | None = None
    word_by: PersonId | None = None
    waiting_step: int | None = None
    waiting_try: int = 0
    override: str = ""
    rule: str = ""
    """The policy's rule that approved without a person; empty when people decide."""
    questions: tuple[Question, ...] = ()
    sentence: str = ""
    opened_at: datetime
    updated_at: datetime
    approved_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Return how postings, approvals and audit name it."""
        return f"plan/{self.id}"

    @property
    def is_open(self) -> bool:
        """Tell whether something can still happen."""
        return self.state not in ENDED

    @property
    def has_helped(self) -> bool:
        """Tell whether it ran against its trouble, was verified, and still stands."""
        return self.state is FixState.VERIFIED and self.undoes is None and self.undone_at is None


class PlanVersion(_Frozen):
    """One version of a plan with what its dry run showed; a yes belongs to exactly one."""

    fix: RequestId
    revision: int
    plan: Plan
    blast: BlastRadius = BlastRadius()
    dry_run: DryRun | None = None
    policy_version: str = ""
    subject_hash: str = ""
    """Known when the dry run and the policy are."""
    made_by: PersonId
    made_at: datetime
    note: str = ""
    """Why there is a new version, such as what the world does differently now."""
    asks_people: bool = False
    """No rule lets it run by itself: nobody knows what it did before."""


class Freeze(_Frozen):
    """Nothing starts while it holds. Two different people lift it together."""

    id: str
    reason: str = Field(max_length=500)
    by: PersonId
    at: datetime
    lift_asked_by: PersonId | None = None
    lifted_by: PersonId | None = None
    lifted_at: datetime | None = None


OVERRIDE_LIVES = timedelta(hours=1)
REVIEW_WITHIN = timedelta(hours=24)


class Override(_Frozen):
    """A plan started without waiting for its approvers; somebody else has to review it."""

    id: str
    fix: RequestId
    revision: int
    person: PersonId
    reason: str = Field(min_length=10, max_length=2000)
    press: str
    subject_hash: str
    at: datetime
    paged: tuple[PersonId, ...] = ()
    reviewed_by: PersonId | None = None
    review: str = ""
    is_escalated: bool = False

    @property
    def expires_at(self) -> datetime:
        """Return until when it may start."""
        return self.at + OVERRIDE_LIVES

    @property
    def review_due(self) -> datetime:
        """Return until when somebody else must have reviewed it."""
        return self.at + REVIEW_WITHIN

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its review is missing after its time: that bars the person's next override."""
        return self.reviewed_by is None and now >= self.review_due
