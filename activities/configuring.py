"""Read a sample, build a configuration: the computing half of a configuration change.

Every activity looks at the change first and does nothing when its step is behind it already, so a
retry or a second story can neither repeat nor undo a step.
"""

import json
import logging
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities import policies
from activities.beating import beating
from activities.guessing import Guessing
from activities.hearing import answers_kept, heard_beside, said_beside_a_fit
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal, profile_in_force
from domain.configuration.corrections import answers_in
from domain.configuration.feed_views import DriftReport
from domain.configuration.profiles import SampleProfile
from domain.configuration.reviews import Withheld
from domain.errors import (
    OUR_FAULT,
    BadInput,
    Collision,
    DogwatchError,
    NotAllowed,
    NotFound,
    OutsideTrouble,
)
from domain.ids import BlobId, RequestId
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.configurator import Configurator, SampleReader
from domain.ports.transactions import Opening
from domain.proof.audit import AuditAct, AuditEntry

log = logging.getLogger("dogwatch.configuring")

_LOOKED_BACK = 50


class ChangeRef(BaseModel):
    """Which change."""

    model_config = ConfigDict(frozen=True)

    id: str


class Where(BaseModel):
    """Where a change stands, as little as its story needs."""

    model_config = ConfigDict(frozen=True)

    state: str
    approval: str = ""
    revision: int = 0


class Configuring:
    """Activities of the heavy queue."""

    def __init__(
        self,
        reader: SampleReader,
        configurator: Configurator,
        blobs: BlobStore,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._configurator = configurator
        self._blobs = blobs
        self._guessing = Guessing(configurator, blobs, reading=reading, writing=writing)
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake

    @activity.defn
    @beating()
    def read_sample(self, ref: ChangeRef) -> Where:
        """Profile the dropped files and prepare the questions, or say why they can't be read."""
        return self._unless_at_fault(ref, ChangeState.READING, ChangeState.UNREADABLE, self._read)

    @activity.defn
    @beating()
    def build(self, ref: ChangeRef) -> Where:
        """Assemble and validate the configuration from profile and answers, or from history for a revert."""
        return self._unless_at_fault(ref, ChangeState.BUILDING, ChangeState.FAILED, self._build)

    def _unless_at_fault(
        self, ref: ChangeRef, before: ChangeState, ends: ChangeState, do: Callable[[ConfigChange], Where]
    ) -> Where:
        """Take a step; when it fails inside again and again, end the change in words instead of silence."""
        with self._reading() as uow:
            change = uow.changes.get(RequestId(ref.id))
        if change.state is not before:
            return _where(change)
        try:
            if policies.was_begun_too_often():
                return self._end(change, ends, OUR_FAULT, "begun again and again")
            return do(change)
        except DogwatchError as error:
            if isinstance(error, OutsideTrouble) and not error.is_final:
                self._wait(change, error)
                raise  # tried until what it needs is back
            if (
                isinstance(error, NotAllowed | Withheld)
                and self._clock.now() - change.updated_at < policies.HOST_PATIENCE
            ):
                self._wait(change, error)
                raise OutsideTrouble(str(error), say=error.say, next_step=error.next_step) from error
            return self._end(change, ends, error.sentence(), str(error))
        except Exception as error:
            if policies.attempt() < policies.SAMPLE_TRIES:
                raise
            log.exception("change %s failed", change.id)
            return self._end(change, ends, OUR_FAULT, type(error).__name__)

    def _wait(self, change: ConfigChange, error: DogwatchError) -> None:
        """Let people see what it waits for; what passes within seconds is not worth a word."""
        is_outside = isinstance(error, OutsideTrouble)
        if isinstance(error, Collision) or (is_outside and policies.attempt() < policies.WORTH_A_WORD):
            return
        with self._writing() as uow:
            current = uow.changes.get(change.id)
            if current.state is not change.state or current.revision != change.revision:
                return
            if error.sentence() != current.sentence:
                uow.changes.save(current.model_copy(update={"sentence": error.sentence()}))
                uow.postings.refresh(change.subject, self._clock.now())
        self._wake()

    def _read(self, change: ConfigChange) -> Where:
        with self._reading() as uow:
            teams = sorted(uow.people.get(change.requested_by).teams)
        files = [(self._blobs.path(file.blob), file.name) for file in change.files if file.blob]
        profile = self._reader.profile(files, change.sheet)
        if not change.sheet and (agreed := self._configurator.sheet_of(profile, change.feed)):
            profile = self._reader.profile(files, agreed)
        questions = self._configurator.questions(profile, team=teams[0] if teams else "")
        form = json.dumps([question.model_dump(mode="json") for question in questions]).encode()
        report = self._drift(change, profile)
        is_told = bool(change.said or change.said_since)
        known = self._configurator.evolve(report, profile) if report is not None and is_told else None
        heard = heard_beside(self._configurator, change, profile, known)
        said = heard.corrections
        moved: dict[str, object] = {
            "profile": self._blobs.put(profile.model_dump_json().encode()),
            "form": self._blobs.put(form),
            "answers": answers_in(said) | answers_kept(change),  # the dialog came later
            "guesses": None,
            "state": ChangeState.ASKING,
            **heard.kept(),
        }
        if report is not None:
            moved |= self._compared(report)
            if known is not None and report.is_none:
                changes = bool(said) and bool(self._configurator.correct(known, said, profile).summary)
                moved |= said_beside_a_fit(str(moved["sentence"]), said, heard.objection, changes=changes)
        where = self._move(change, ChangeState.READING, moved, AuditAct.CHANGE_PROPOSED, step="read")
        if where.state == ChangeState.ASKING and report is None:
            self._guessing.while_asking(change.id, change.requested_by, profile)
        return where

    def _build(self, change: ConfigChange) -> Where:
        if change.rebase and change.proposal is not None:
            return self._rebase(change, BlobId(change.proposal))
        moved: dict[str, object]
        try:
            proposal = self._proposed(change)
        except BadInput as error:
            # The answers can't be built from; the person who gave them can change them.
            return self._end(change, ChangeState.ASKING, error.sentence(), str(error))
        blob = self._blobs.put(proposal.model_dump_json().encode())
        moved = {
            "proposal": blob,
            "feed": proposal.feed,
            "state": ChangeState.NEEDS_FIXING if proposal.blocks else ChangeState.OPENING,
            "sentence": "",
        }
        return self._move(change, ChangeState.BUILDING, moved, AuditAct.CHANGE_PROPOSED, proposal=blob[:16])

    def _rebase(self, change: ConfigChange, blob: BlobId) -> Where:
        """Put the proposal on top of what was agreed meanwhile, or ask whose value counts."""
        proposal = Proposal.model_validate_json(self._blobs.get(blob))
        prefer = change.rebase if change.rebase in ("mine", "theirs") else ""
        moved: dict[str, object]
        found = self._configurator.rebase(proposal, prefer)
        if found.proposal is None:
            places = ", ".join(place.replace("/", " ") for place in found.conflicts[:6])
            moved = {
                "state": ChangeState.NEEDS_FIXING,
                "rebase": "asked",
                "sentence": f"Somebody else's change of {change.feed} was merged meanwhile, and both change "
                f"the same: {places}. Whose counts?",
            }
            return self._move(change, ChangeState.BUILDING, moved, AuditAct.CHANGE_PROPOSED, step="conflict")
        kept = self._blobs.put(found.proposal.model_dump_json().encode())
        moved = {
            "proposal": kept,
            "rebase": "",
            "state": ChangeState.NEEDS_FIXING if found.proposal.blocks else ChangeState.OPENING,
            "sentence": "",
        }
        return self._move(
            change, ChangeState.BUILDING, moved, AuditAct.CHANGE_PROPOSED, proposal=kept[:16], step="rebase"
        )

    def _proposed(self, change: ConfigChange) -> Proposal:
        if change.kind is ChangeKind.REVERT:
            return self._configurator.restore(change.feed, change.revert_to)
        if change.kind is ChangeKind.RETIRE:
            return self._configurator.retire(change.feed)
        if change.profile is None:
            raise NotFound(
                "no profile", say="The sample's profile is gone.", next_step="Drop the file again."
            )
        profile = SampleProfile.model_validate_json(self._blobs.get(BlobId(change.profile)))
        if change.kind is ChangeKind.EDIT and change.drift is not None:
            report = DriftReport.model_validate_json(self._blobs.get(BlobId(change.drift)))
            made = self._configurator.evolve(report, profile)
        else:
            guesses = self._blobs.get(BlobId(change.guesses)).decode() if change.guesses else ""
            made = self._configurator.propose(profile, change.answers, guesses)
        if change.corrections:
            made = self._configurator.correct(made, change.corrections, profile)
            made = made.model_copy(update={"built_yaml": made.yaml})
        if change.proposal is None:
            return made
        earlier = Proposal.model_validate_json(self._blobs.get(BlobId(change.proposal)))
        return self._configurator.keep_edits(made, earlier, profile)

    def _drift(self, change: ConfigChange, profile: SampleProfile) -> DriftReport | None:
        """Return how a known feed's file differs from its former one, or None for a new feed."""
        feed = change.feed or self._configurator.recognise(profile)
        if not feed:
            return None
        with self._reading() as uow:
            former = profile_in_force(uow.changes.of_feed(feed, _LOOKED_BACK))
            known = uow.feeds.find(feed) is not None
            after = {str(one.feed.name) for one in uow.watched.every() if feed in one.feed.upstreams}
            after |= {str(name) for name, taken in uow.runs.upstreams().items() if feed in taken}
        if not known or former is None:
            return None
        before = SampleProfile.model_validate_json(self._blobs.get(BlobId(former)))
        return self._configurator.drift(feed, before, profile, sorted(after))

    def _compared(self, report: DriftReport) -> dict[str, object]:
        moved: dict[str, object] = {
            "kind": ChangeKind.EDIT,
            "feed": report.feed,
            "answers": {"feed": report.feed},
            "drift": self._blobs.put(report.model_dump_json().encode()),
        }
        if report.is_none:
            moved |= {
                "state": ChangeState.FITS,
                "sentence": f"It has the shape of {report.compared_with}, so there is nothing to change.",
            }
        return moved

    def _end(self, change: ConfigChange, state: ChangeState, sentence: str, reason: str) -> Where:
        """Say why the step was not taken, unless the change has moved on meanwhile."""
        moved = {"state": state, "sentence": sentence}
        return self._move(change, change.state, moved, AuditAct.CHANGE_FAILED, reason=reason[:200])

    def _move(
        self,
        change: ConfigChange,
        expected: ChangeState,
        moved: Mapping[str, object],
        act: AuditAct,
        **facts: str,
    ) -> Where:
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.state is not expected or current.revision != change.revision:
                return _where(current)
            kept = current.model_copy(update={**moved, "updated_at": now})
            uow.changes.save(kept)
            uow.audit.append(
                AuditEntry(at=now, act=act, actor="dogwatch", subject=change.subject, facts=facts)
            )
            uow.postings.refresh(change.subject, now)
        self._wake()
        return _where(kept)


def _where(change: ConfigChange) -> Where:
    return Where(state=change.state.value, approval=change.approval or "", revision=change.revision)
