"""Write down how a run goes and how it ended, and call people when something needs them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeats import newest_heartbeat
from activities.planning import Books, FixRef, Standing, standing
from domain.acts.deadline_moves import follow_deadline
from domain.acts.fix_moves import ask_anew, ask_people_anew, keep_fix, owed_reviews
from domain.acts.notice_calls import PlanCall, call_about_plan, called_at
from domain.acts.undone import note_undone
from domain.acts.where_begun import tell_people
from domain.identity.people import MAIL_FIRST, PHONE_FIRST, Role
from domain.ids import PersonId, RequestId
from domain.ports.sentence_card import Offer, SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import AFTER_RUN, ENDED, Fix, FixState, Override
from domain.remediation.parcels import Progress
from domain.remediation.run_reports import RunReport, RunState, StepReport, StepState
from domain.remediation.runbooks import Outcome
from domain.running.readings import Reading, Sign
from domain.telling.postings import Posting, View

_POLL_SECONDS = 0.7
_NOT_DONE = {
    FixState.ROLLED_BACK: "It was undone",
    FixState.STOPPED: "It was stopped",
    FixState.FAILED: "It did not start",
}
_EXECUTE = "execute"


class ReportNote(BaseModel):
    """What the runner reported for one order."""

    model_config = ConfigDict(frozen=True)

    ref: FixRef
    report: RunReport


class LostNote(BaseModel):
    """That a runner stopped answering while it ran."""

    model_config = ConfigDict(frozen=True)

    ref: FixRef
    sentence: str


class ReportingRuns:
    """Activities of the front queue during and after a run. `card` makes a stored card of a sentence."""

    def __init__(self, books: Books, card: SentenceCard) -> None:
        self._books = books
        self._card = card

    @activity.defn
    async def follow(self, ref: FixRef) -> None:
        """Show how far the run is, from the runner's heartbeats, until the story ends this."""
        try:
            while True:
                told = await newest_heartbeat(_EXECUTE)
                if told:
                    await asyncio.to_thread(self._note, ref, Progress.model_validate_json(told))
                activity.heartbeat()
                await asyncio.sleep(_POLL_SECONDS)
        except asyncio.CancelledError:
            why = activity.cancellation_details()
            if why is None or not (why.not_found or why.cancel_requested):
                raise  # the worker stops; the story still wants to be followed

    @activity.defn
    def take_report(self, note: ReportNote) -> Standing:
        """Keep how the run ended or what it waits for."""
        with self._books.writing() as uow:
            now = self._books.clock.now()
            fix = uow.fixes.get(RequestId(note.ref.id))
            if fix.state is FixState.RUNNING and fix.order == (note.report.order_id or fix.order):
                self._keep(uow, fix, note.report, now)
            answer = standing(uow, uow.fixes.get(fix.id))
        self._books.wake()
        return answer

    @activity.defn
    def note_silence(self, note: LostNote) -> Standing:
        """Say on the card that the runner does not answer, while it is asked again."""
        with self._books.writing() as uow:
            fix = uow.fixes.get(RequestId(note.ref.id))
            if fix.state is FixState.RUNNING and fix.sentence != note.sentence:
                keep_fix(uow, fix.model_copy(update={"sentence": note.sentence}), self._books.clock.now())
            answer = standing(uow, uow.fixes.get(fix.id))
        self._books.wake()
        return answer

    @activity.defn
    def escalate_review(self, ref: FixRef) -> Standing:
        """Call the leads because nobody reviewed an override in time; once."""
        with self._books.writing() as uow:
            now = self._books.clock.now()
            fix = uow.fixes.get(RequestId(ref.id))
            for override in owed_reviews(uow, fix):
                if not override.is_overdue(now) or override.is_escalated:
                    continue
                uow.guards.save_override(override.model_copy(update={"is_escalated": True}))
                leads = [p for p in uow.people.everybody() if Role.LEAD in p.roles and p.is_active]
                names = ", ".join(person.name for person in leads) or "Nobody with the role lead"
                by = uow.people.get(override.person).name
                text = (
                    f"{names}: the override of {by} for {fix.title} has no review after 24 hours. "
                    f"{by} can't break glass again until it has one."
                )
                key = f"overdue#{override.id}"
                called = [lead.id for lead in leads]
                self._tell(uow, "Review overdue", text, key, now, called, _review_of(override))
                call = PlanCall(key, f"override/{override.id}", text, MAIL_FIRST)
                call_about_plan(uow, fix, called, call, now)
                uow.audit.append(_entry(now, AuditAct.OVERRIDE_OVERDUE, fix, override=override.id))
                uow.postings.refresh(fix.subject, now)
            answer = standing(uow, fix)
        self._books.wake()
        return answer

    def _keep(self, uow: UnitOfWork, fix: Fix, report: RunReport, now: datetime) -> None:
        for step in report.steps:
            if uow.plans.note_step(fix.order, step):
                _record_step(uow, fix, step, now)
        if report.state is RunState.BUSY:
            if fix.sentence != report.say:
                keep_fix(uow, fix.model_copy(update={"sentence": report.say}), now)
            return
        begun = [step for step in uow.plans.steps(fix.order) if step.state is not StepState.NEVER_BEGAN]
        # A runner asks before the first step: where we know of one, it has lost its journal in the middle.
        if report.needs_new_yes and all(step.state is StepState.BUSY for step in begun):
            (ask_people_anew if report.may_have_run else ask_anew)(uow, fix, report.say, now)
            uow.audit.append(_entry(now, AuditAct.RUN_ENDED, fix, state="asked_anew", why=report.say[:300]))
            return
        state = AFTER_RUN[report.state]
        if report.state is RunState.REFUSED and begun:
            state = FixState.UNDO_FAILED  # it had begun before: what was done stays, and a person must look
        moved: dict[str, object] = {
            "state": state,
            "sentence": report.say,
            "waiting_step": report.waiting_step,
            "waiting_try": report.waiting_try,
            "recorded": report.recorded,
            "word": None,
        }
        keep_fix(uow, fix.model_copy(update=moved), now)
        uow.audit.append(
            _entry(now, AuditAct.RUN_ENDED, fix, state=state.value, order=fix.order, why=report.say[:300])
        )
        if state is FixState.VERIFIED and fix.undoes is None:
            follow_deadline(uow, fix, now)
        if state is FixState.VERIFIED and fix.undoes is not None:
            note_undone(uow, fix, now)
        if state is FixState.VERIFIED and fix.changes_feed and fix.trouble.feed:
            uow.readings.add([Reading(fix.trouble.feed, Sign.CHANGE, now, 1.0)], now)
        if state in ENDED and state is not FixState.FAILED:
            self._remember(uow, fix, is_verified=state is FixState.VERIFIED, now=now)
        if state in _NOT_DONE:
            title = _NOT_DONE[state] if fix.undoes is None else "It was not taken back"
            what = (f"ended#{fix.order}", title, f"{fix.title}: {report.say}")
            tell_people(uow, (fix.requested_by,), fix.place, what, self._card, now)
        if state in (FixState.UNKNOWN, FixState.UNDO_FAILED):
            title = "Decide" if state is FixState.UNKNOWN else "The undo failed"
            key = f"{state}#{fix.order}:{report.waiting_step or 0}.{report.waiting_try}"
            text = f"{fix.title} (plan {fix.id}): {report.say}"
            here = {Role.ON_CALL, Role.LEAD}
            people = [p.id for p in uow.people.everybody() if p.is_active and p.roles & here]
            self._tell(uow, title, text, key, now, people)
            call = PlanCall(key, f"run/{fix.id}", f"{title}: {text}", PHONE_FIRST)
            call_about_plan(uow, fix, people, call, now)

    def _tell(
        self,
        uow: UnitOfWork,
        title: str,
        text: str,
        key: str,
        now: datetime,
        people: Sequence[PersonId],
        *offers: Offer,
    ) -> None:
        """Say it where plans are approved and begun, calling people there by their accounts."""
        for channel in ("approvals", "incidents"):
            for place in self._books.channels.get(channel, ()):
                uow.postings.add(
                    Posting(
                        key=f"{key}:{place.platform}:{place.workspace}:{place.channel}",
                        view=View.MESSAGE,
                        place=place,
                        card_json=self._card(title, text, called_at(uow, people, place), offers),
                        created_at=now,
                        next_attempt_at=now,
                    )
                )

    def _remember(self, uow: UnitOfWork, fix: Fix, *, is_verified: bool, now: datetime) -> None:
        if not fix.runbook:
            return
        outcomes = tuple(
            Outcome(runbook=fix.runbook, incident_type=kind, is_verified=is_verified)
            for kind in fix.trouble.types
        )
        uow.outcomes.add(fix.order, outcomes, now)

    def _note(self, ref: FixRef, progress: Progress) -> None:
        with self._books.writing() as uow:
            now = self._books.clock.now()
            fix = uow.fixes.get(RequestId(ref.id))
            if fix.state is not FixState.RUNNING:
                return
            is_news = False
            for step in progress.steps:
                if uow.plans.note_step(fix.order, step):
                    is_news = True
                    if step.state is not StepState.RUNNING:
                        _record_step(uow, fix, step, now)
            if is_news:
                uow.postings.refresh(fix.subject, now)
        if is_news:
            self._books.wake()


def _record_step(uow: UnitOfWork, fix: Fix, step: StepReport, now: datetime) -> None:
    uow.audit.append(
        _entry(
            now,
            AuditAct.STEP_RECORDED,
            fix,
            order=fix.order,
            step=str(step.step),
            state=step.state.value,
            undo=str(step.is_undo).lower(),
            output=step.output_digest,
        )
    )


def _review_of(override: Override) -> Offer:
    return Offer("fix.review", "Review the override", f"plan/{override.fix}", (("override", override.id),))


def _entry(now: datetime, act: AuditAct, fix: Fix, **facts: str) -> AuditEntry:
    return AuditEntry(at=now, act=act, actor="dogwatch", subject=fix.subject, facts=facts)
