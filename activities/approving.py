"""What time does to a request: remind, call further people, expire."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from domain.acts.approval_ends import end_subject
from domain.acts.notice_calls import call_out, called_at, page_of
from domain.acts.where_begun import tell_where_begun
from domain.approval.approval_requests import entry_about
from domain.approval.approvals import ApprovalRequest, Decision, Verdict, as_of_now, missing
from domain.approval.policy import Policy, Step, in_words
from domain.approval.rulings import ruling_of
from domain.identity.chat import Place
from domain.identity.people import Person, Role
from domain.ids import ApprovalId, PersonId
from domain.ports.clock import Clock
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct
from domain.telling.notices import Call
from domain.telling.postings import Posting, View


class ApprovalRef(BaseModel):
    """Which request; `step` counts what has been done because nobody decided."""

    model_config = ConfigDict(frozen=True)

    id: str
    step: int = 0


class Waiting(BaseModel):
    """How a request stands, and when to act next. Times are minutes after opening."""

    model_config = ConfigDict(frozen=True)

    verdict: str
    opened_at: datetime
    expires_at: datetime
    steps_after_minutes: tuple[int, ...] = ()


class Approving:
    """Activities of the front queue around a pending request.

    `card` makes the stored card of a sentence: title and text in, JSON out. `quiet_ends` says from when on
    people may be told what can wait.
    """

    def __init__(
        self,
        *,
        policy: Callable[[], Policy],
        channels: Mapping[str, tuple[Place, ...]],
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        card: SentenceCard,
        quiet_ends: Callable[[datetime], datetime] = lambda now: now,
    ) -> None:
        self._policy = policy
        self._channels = channels
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._card = card
        self._quiet_ends = quiet_ends

    @activity.defn
    def look_at_request(self, ref: ApprovalRef) -> Waiting:
        """Return how the request stands and when its steps are due."""
        with self._reading() as uow:
            request = uow.approvals.get(ApprovalId(ref.id))
        return Waiting(
            verdict=request.verdict.value,
            opened_at=request.opened_at,
            expires_at=request.expires_at,
            steps_after_minutes=tuple(step.after_minutes for step in self._steps(request)),
        )

    @activity.defn
    def remind(self, ref: ApprovalRef) -> Waiting:
        """Say in the channel that a request waits, calling the people of the step's role by name."""
        with self._writing() as uow:
            request = uow.approvals.get(ApprovalId(ref.id))
            steps = self._steps(request)
            # A clock that stood still walks past old steps: nobody is called to what they can't decide.
            is_asked = request.verdict is Verdict.PENDING and self._clock.now() < request.expires_at
            if is_asked and ref.step < len(steps):
                self._announce(uow, request, steps[ref.step], ref.step)
        self._wake()
        return self.look_at_request(ref)

    @activity.defn
    def expire(self, ref: ApprovalRef) -> Waiting:
        """End a request that nobody decided in time, and what it was about."""
        with self._writing() as uow:
            now = self._clock.now()
            request = uow.approvals.get(ApprovalId(ref.id))
            if request.verdict is Verdict.PENDING:
                ended = {"verdict": Verdict.EXPIRED, "ended_at": now}
                uow.approvals.save(request.model_copy(update=ended))
                uow.audit.append(entry_about(request, AuditAct.APPROVAL_ENDED, now, verdict="expired"))
                end_subject(uow, request, Verdict.EXPIRED, "", now)
                told = f"nobody decided on {request.title} in time. Nothing was changed."
                tell_where_begun(uow, request, "Time is up", told, self._card, now)
                uow.postings.refresh(request.subject, now)
        self._wake()
        return self.look_at_request(ref)

    def _steps(self, request: ApprovalRequest) -> tuple[Step, ...]:
        return ruling_of(self._policy(), request).strictest.steps

    def _announce(self, uow: UnitOfWork, request: ApprovalRequest, step: Step, number: int) -> None:
        now = self._clock.now()
        decisions = as_of_now(uow.approvals.decisions(request.id), uow.people.get)
        called = _called(uow, step.tell, request, decisions)
        people, names = tuple(person.id for person in called), [person.name for person in called]
        title = "Still waiting" if step.tell is None else "Escalated"
        who = f"{', '.join(names)}: this" if names else "This"
        more = f", {missing(request.needs, decisions)} more to agree" if decisions else ""
        text = (
            f"{who} still waits for {in_words(request.needs)}{more}: {request.title}. "
            f"It expires on {request.expires_at:%d %b at %H:%M} UTC."
        )
        if not self._post(uow, request, number, (title, text, people), now):
            return  # a clock that was begun anew walks past what was done before
        call_out(
            uow,
            Call(
                key=f"remind#{request.id}:{number}",
                people=people,
                by=step.by,
                subject=request.subject,
                waits_on=f"approval/{request.id}",
                title=f"Waits for a decision: {request.title}",
                text=text,
                path=page_of(request.subject),
                is_urgent=request.is_high_risk,
                at=now,
                not_before=now if request.is_high_risk else self._quiet_ends(now),
            ),
        )
        act = AuditAct.REMINDED if step.tell is None else AuditAct.ESCALATED
        uow.audit.append(entry_about(request, act, now, step=str(number), told=",".join(people)))

    def _post(
        self,
        uow: UnitOfWork,
        request: ApprovalRequest,
        number: int,
        said: tuple[str, str, tuple[PersonId, ...]],
        now: datetime,
    ) -> bool:
        """Post a reminder at every place of its channel; False when that was done before."""
        title, text, people = said
        added = [
            uow.postings.add(
                Posting(
                    key=f"remind#{request.id}:{number}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card(title, text, called_at(uow, people, place)),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
            for place in self._channels.get(request.channel, ())
        ]
        return any(added) or not added


def _called(
    uow: UnitOfWork, role: Role | None, request: ApprovalRequest, decisions: list[Decision]
) -> list[Person]:
    if role is None:
        return []
    barred = request.authors | {request.requested_by} | {decision.person for decision in decisions}
    people = uow.people.everybody()
    return [
        person for person in people if role in person.roles and person.is_active and person.id not in barred
    ]
