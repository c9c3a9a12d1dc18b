"""What becomes of a change that the configuration host does not take: tried on, put on top, or ended."""

from collections.abc import Callable
from datetime import datetime, timedelta

from activities import policies
from activities.configuring import Where
from activities.review_records import REMOVED, audit
from domain.approval.approval_requests import entry_about
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeState, ConfigChange, Proposal
from domain.configuration.reviews import Conflict, Review, ReviewState, Withheld
from domain.errors import Collision, DogwatchError, NotAllowed, OutsideTrouble
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct

PATIENCE = policies.HOST_PATIENCE
FORGOTTEN_AFTER = timedelta(days=30)
"""So long a change waits for answers, or for what its findings ask of people."""


class ReviewEnds:
    """Moves changes whose step on the host did not come through."""

    def __init__(self, writing: Opening, clock: Clock, wake: Callable[[], None]) -> None:
        self._writing = writing
        self._clock = clock
        self._wake = wake

    def guarded(self, change: ConfigChange, step: Callable[[], Where]) -> Where:
        """Take a step; whatever stops it stands on the change's card, and only what may pass is tried again.

        Raises:
            OutsideTrouble: The host is away, or refuses; the step is tried again.
        """
        try:
            return step()
        except (NotAllowed, Withheld) as error:
            return self._tried_on(change, error)
        except OutsideTrouble as error:
            if not error.is_final:
                self._say_while_away(change, error)
                raise
            return self.fail(change, error.sentence(), str(error))
        except DogwatchError as error:
            return self.fail(change, error.sentence(), str(error))

    def _tried_on(self, change: ConfigChange, error: DogwatchError) -> Where:
        """Keep what was agreed while somebody can still mend what is in the way; then end in words."""
        if self._clock.now() - change.updated_at >= PATIENCE:
            tried = f"I tried for {PATIENCE.total_seconds() / 3600:.0f} hours and changed nothing."
            return self.fail(change, f"{error.say} {tried} {error.next_step}".strip(), str(error))
        self.note(change, f"{error.sentence()} I try again by myself.")
        raise OutsideTrouble(str(error), say=error.say, next_step=error.next_step) from error

    def _say_while_away(self, change: ConfigChange, error: OutsideTrouble) -> None:
        """Let people see why nothing goes on; what passes within seconds is not worth a word."""
        if policies.attempt() >= policies.WORTH_A_WORD and not isinstance(error, Collision):
            self.note(change, error.sentence())

    def closed_outside(self, change: ConfigChange, review: Review) -> Where:
        """End a change whose review somebody closed on the host before it was decided here."""
        said = (
            f"Review {review.number} was closed on the Git host before anybody decided it here, so nothing"
            " was changed. To propose it anew, press Ask again."
        )
        return self.fail(change, said, f"review {review.number} is closed on the host")

    def note(self, change: ConfigChange, sentence: str) -> None:
        """Say on the change's card what happened; it stays where it is."""
        with self._writing() as uow:
            current = uow.changes.get(change.id)
            if current.state is not change.state or current.sentence == sentence:
                return
            uow.changes.save(current.model_copy(update={"sentence": sentence}))
            uow.postings.refresh(change.subject, self._clock.now())
        self._wake()

    def put_on_top(self, change: ConfigChange, proposal: Proposal, conflict: Conflict) -> Where:
        """Let the proposal be put on top of what was merged meanwhile; a revert of an old version ends."""
        if change.goes_back or proposal.yaml == REMOVED:
            return self.fail(change, conflict.sentence(), str(conflict))
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.state is not change.state or current.revision != change.revision:
                return Where(
                    state=current.state.value, approval=current.approval or "", revision=current.revision
                )
            self.supersede(uow, current)
            again = {
                "state": ChangeState.BUILDING,
                "rebase": "ask",
                "approval": None,
                "revision": current.revision + 1,
                "sentence": "",
                "updated_at": now,
            }
            uow.changes.save(current.model_copy(update=again))
            audit(uow, now, AuditAct.CHANGE_PROPOSED, change, step="meanwhile", reason=str(conflict)[:200])
            uow.postings.refresh(change.subject, now)
        self._wake()
        return Where(state=ChangeState.BUILDING.value, revision=change.revision + 1)

    def ask_anew(self, change: ConfigChange, why: str) -> Where:
        """Merge nothing on a yes that holds no more: it is void, and the same version is asked again."""
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.state is change.state and current.revision == change.revision:
                if current.approval is not None:
                    request = uow.approvals.get(current.approval)
                    uow.approvals.save(request.model_copy(update={"is_used": True}))
                said = f"{why}, so nothing was merged, and it is asked anew."
                again = {
                    "state": ChangeState.OPENING,
                    "approval": None,
                    "sentence": said,
                    "asked_anew": said,
                    "updated_at": now,
                }
                current = current.model_copy(update=again)
                uow.changes.save(current)
                audit(uow, now, AuditAct.REFUSED, change, reason=why)
                uow.postings.refresh(change.subject, now)
        self._wake()
        return Where(state=current.state.value, approval=current.approval or "", revision=current.revision)

    def fail(self, change: ConfigChange, sentence: str, reason: str) -> Where:
        """End the change with a sentence for people."""
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.is_open:
                self.supersede(uow, current)
                failed = {"state": ChangeState.FAILED, "sentence": sentence, "updated_at": now}
                uow.changes.save(current.model_copy(update=failed))
                audit(uow, now, AuditAct.CHANGE_FAILED, change, reason=reason[:200])
                uow.postings.refresh(change.subject, now)
        self._wake()
        return Where(state=ChangeState.FAILED.value)

    def expire(self, change: ConfigChange) -> Where:
        """End a change that nobody went on with, so that its bytes may be dropped anew by anybody."""
        said = (
            f"Nobody went on with this for {FORGOTTEN_AFTER.days} days, so it ended and changed nothing."
            " Drop the file again to begin anew."
        )
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if is_forgotten(current, now):
                self.supersede(uow, current)
                current = current.model_copy(
                    update={"state": ChangeState.EXPIRED, "sentence": said, "updated_at": now}
                )
                uow.changes.save(current)
                audit(uow, now, AuditAct.CHANGE_FAILED, change, reason="nobody went on with it")
                uow.postings.refresh(change.subject, now)
        self._wake()
        return Where(state=current.state.value, approval=current.approval or "", revision=current.revision)

    def supersede(self, uow: UnitOfWork, change: ConfigChange) -> None:
        """End the approval that waits for this change, if there is one."""
        if change.approval is None:
            return
        request = uow.approvals.get(change.approval)
        if request.verdict is Verdict.PENDING:
            now = self._clock.now()
            ended = {"verdict": Verdict.SUPERSEDED, "ended_at": now}
            uow.approvals.save(request.model_copy(update=ended))
            verdict = Verdict.SUPERSEDED.value
            uow.audit.append(entry_about(request, AuditAct.APPROVAL_ENDED, now, verdict=verdict))


def is_forgotten(change: ConfigChange, now: datetime) -> bool:
    """Return whether a change has waited for people for so long that nobody will come."""
    waits = change.state in (ChangeState.ASKING, ChangeState.NEEDS_FIXING)
    return waits and now - change.updated_at >= FORGOTTEN_AFTER


def merged_outside(review: Review) -> str:
    """Say that the host's own people merged what nobody had approved here."""
    return (
        f"Review {review.number} was merged on the Git host before anybody approved it here. It counts;"
        " revert it if it should not."
    )


def not_approved(change: ConfigChange, review: Review) -> str:
    """Say that a review is not what people agreed to."""
    if review.state is ReviewState.MERGED:
        what = f"Review {review.number} was merged by somebody else, with another content than was approved."
        return f"{what} Look at what is there now, and revert it if it should not be."
    if review.head_sha != change.head_sha:
        pushed = f"Somebody pushed to the branch of review {review.number} after people were asked about it."
        return f"{pushed} I merged nothing: find out who did. To propose the change anew, press Ask again."
    return "What would be merged is not what was approved, so I merged nothing. Drop it again."
