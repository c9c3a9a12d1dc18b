"""The gate before a run: policy, people, freeze, window, target are read once more; then an order is signed.

What the card showed is decoration. Only here does a yes become something that a runner believes.
"""

import math
import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.planning import Books, FixRef
from domain.acts.fix_moves import ahead_of, ask_anew, holder_of, keep_fix, must_stop
from domain.approval.approvals import ApprovalRequest, Decision, Verdict, approved_subject, as_of_now, tally
from domain.approval.fix_policy import hash_of, is_automatic, may_start_by_rule
from domain.approval.rulings import Ruling, ruling_of
from domain.errors import NotFound
from domain.identity.access import Act, may
from domain.ids import RequestId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.proof.keys import Signer
from domain.remediation.fixes import Fix, FixState, PlanVersion
from domain.remediation.orders import SignedOrder, Warrant, order_for, signed, signed_word
from domain.remediation.parcels import OrderParcel, audience_of
from domain.remediation.plans import plan_bytes
from domain.remediation.run_reports import Word

_ORDER_LIVES = timedelta(minutes=10)
_LONGEST_RULE = 200
"""Characters that an order keeps of the names of its rules; the request has them all."""
_LOOK_AGAIN_SECONDS = 15
_LONGEST_LOOK_AGAIN_SECONDS = 300
"""Who waits for a freeze or a target is told when it ends. Looking is for what is told to nobody, and it is
written down for two weeks: over a long freeze every quarter of a minute would fill the workflow server."""
_SHARE_OF_WAIT = 20
_LONGEST_WAIT_SECONDS = 3_600
"""For a window: looked at once more within the hour, should a clock or the policy be set differently."""


class GateAnswer(BaseModel):
    """The parcel for the runner, or how long to wait before looking again; neither when the state moved."""

    model_config = ConfigDict(frozen=True)

    state: str
    revision: int = 0
    parcel: OrderParcel | None = None
    wait_seconds: int = 0


class Ordering:
    """Activities of the front queue between yes and run. Holds the key that runners trust."""

    def __init__(self, books: Books, signer: Signer) -> None:
        self._books = books
        self._signer = signer

    @activity.defn
    def pass_gate(self, ref: FixRef) -> GateAnswer:
        """Sign the order when everything still holds; otherwise wait, ask anew, or end in words."""
        with self._books.writing() as uow:
            # Whoever freezes at this moment waits, and then finds the run that has to be stopped. So does
            # whoever is at the gate with another plan: both would find their target free.
            uow.guards.hold_freeze()
            fix = uow.fixes.get(RequestId(ref.id))
            if fix.state is FixState.APPROVED:
                answer = self._judge(uow, fix, self._books.clock.now())
            else:
                answer = self._as_it_stands(uow, fix)
        self._books.wake()
        return answer

    def _as_it_stands(self, uow: UnitOfWork, fix: Fix) -> GateAnswer:
        """Return the parcel of an order that was signed before, so that a lost answer costs nothing."""
        if fix.state is not FixState.RUNNING or not fix.order:
            return GateAnswer(state=fix.state.value, revision=fix.revision)
        order, version = uow.plans.order(fix.order), uow.plans.get(fix.id, fix.revision)
        step, try_number, word = fix.waiting_step or 0, fix.waiting_try, fix.word
        parcel = _parcel(order, version).model_copy(update={"is_stopping": must_stop(uow, fix)})
        if word is not None and step:
            about = {"step": step, "try_number": try_number, "word": Word(word)}
            signature = signed_word(order, step=step, try_number=try_number, word=word, signer=self._signer)
            parcel = parcel.model_copy(update={**about, "word_signature": signature})
        return GateAnswer(state=fix.state.value, revision=fix.revision, parcel=parcel)

    def _judge(self, uow: UnitOfWork, fix: Fix, now: datetime) -> GateAnswer:
        if fix.stop_wished_by is not None:
            text = "Stopped before its first step; nothing was changed."
            return self._ends_unstarted(uow, fix, FixState.WITHDRAWN, text, now)
        freeze = uow.guards.freeze()
        if freeze is not None:
            return self._waits(uow, fix, f"Frozen since {freeze.at:%H:%M} UTC: {freeze.reason}", now)
        version = uow.plans.get(fix.id, fix.revision)
        if fix.override:
            return self._judge_override(uow, fix, version, now)
        if fix.approval is None:
            return self._refuses(uow, fix, "There is no approval for this version.", now)
        request = uow.approvals.get(fix.approval)
        decisions = uow.approvals.decisions(request.id)
        # Others' requests are taken before the trail is: whoever decides on one takes them in that order.
        waiting = self._reason_to_wait(uow, fix, now)
        objection = self._objection(uow, version, request, decisions)
        if objection:
            return self._refuses(uow, fix, objection, now)
        ruling = ruling_of(self._books.policy(), request)
        if not ruling.is_open(now):
            return self._waits_for_window(uow, fix, ruling, now)
        if waiting:
            return self._waits(uow, fix, waiting, now)
        since = ruling.next_opening(fix.approved_at or now) or now
        if now > since + ruling.start_within:
            text = "The approval was not used in its start window, so it is void. Nothing was changed."
            uow.approvals.save(request.model_copy(update={"is_used": True}))
            return self._ends_unstarted(uow, fix, FixState.EXPIRED, text, now)
        uow.approvals.save(request.model_copy(update={"is_used": True}))
        warrant = Warrant.AUTOMATIC if is_automatic(request) else Warrant.DECISIONS
        presses = tuple(decision.press for decision in decisions)
        return self._sign(uow, fix, version, (warrant, request.id, request.rule, presses), now)

    def _judge_override(self, uow: UnitOfWork, fix: Fix, version: PlanVersion, now: datetime) -> GateAnswer:
        override = uow.guards.override(fix.override)
        policy = self._books.policy()
        if override.revision != fix.revision or override.subject_hash != hash_of(version, policy.version):
            return self._refuses(uow, fix, "The override was for another version of the plan.", now)
        uow.audit.hold()  # as for a yes
        if not may(uow.people.get(override.person), Act.BREAK_GLASS):
            return self._refuses(uow, fix, "Who broke glass lost the right to, so it is asked anew.", now)
        if now >= override.expires_at:
            text = "The override was not used within its hour, so it is void. Nothing was changed."
            return self._ends_unstarted(uow, fix, FixState.EXPIRED, text, now)
        holder = holder_of(uow, fix)
        if holder is not None:
            return self._waits(uow, fix, _waits_for(holder), now)
        warrant = (Warrant.OVERRIDE, override.id, "break-glass", (override.press,))
        return self._sign(uow, fix, version, warrant, now)

    def _refuses(self, uow: UnitOfWork, fix: Fix, why: str, now: datetime) -> GateAnswer:
        """Start nothing on a yes that does not hold: it is written down, and asked anew."""
        _record(uow, fix, AuditAct.REFUSED, now, reason=why)
        return _moved(ask_anew(uow, fix, why, now))

    def _ends_unstarted(
        self, uow: UnitOfWork, fix: Fix, state: FixState, text: str, now: datetime
    ) -> GateAnswer:
        _record(uow, fix, AuditAct.RUN_ENDED, now, state=state.value, why=text)
        return _moved(keep_fix(uow, fix.model_copy(update={"state": state, "sentence": text}), now))

    def _objection(
        self, uow: UnitOfWork, version: PlanVersion, request: ApprovalRequest, decisions: list[Decision]
    ) -> str:
        """Return why the yes does not hold any more, as things are now; empty when it does."""
        policy = self._books.policy()
        if policy.version != request.policy_version:
            return "The approval policy changed after the yes, so it is asked anew."
        if version.dry_run is None or hash_of(version, policy.version) != request.subject_hash:
            return "What would run is not what was approved, so it is asked anew."
        if request.is_used:
            return "That approval was used before, so it is asked anew."
        if is_automatic(request):
            is_ruled = ruling_of(policy, request).is_automatic
            is_fine = is_ruled and may_start_by_rule(version)
            return "" if is_fine else "The policy no longer lets this run by itself."
        if approved_subject(request, decisions) is None:
            return "The approval does not add up, so it is asked anew."
        # Every change of a role is an entry: none comes between reading roles and signing. Not before the
        # rows of plan and request are held, as decisions hold those first.
        uow.audit.hold()
        if tally(request.needs, as_of_now(decisions, uow.people.get)) is not Verdict.APPROVED:
            return "An approver lost the right to approve after the yes, so it is asked anew."
        return ""

    def _waits_for_window(self, uow: UnitOfWork, fix: Fix, ruling: Ruling, now: datetime) -> GateAnswer:
        opening = ruling.next_opening(now)
        when = f"{opening:%a %d %b %H:%M} UTC" if opening else "no window within two weeks"
        seconds = math.ceil((opening - now).total_seconds()) if opening else _LONGEST_WAIT_SECONDS
        text = f"Waits for its change window, which opens {when}."
        return self._waits(uow, fix, text, now, min(seconds, _LONGEST_WAIT_SECONDS))

    def _reason_to_wait(self, uow: UnitOfWork, fix: Fix, now: datetime) -> str:
        holder = holder_of(uow, fix)
        if holder is not None:
            return _waits_for(holder)
        first = next((one for one in ahead_of(uow, fix) if self._could_start(uow, one, now)), None)
        return f"Waits for its turn: plan {first.id} ({first.title}) was approved before it." if first else ""

    def _could_start(self, uow: UnitOfWork, fix: Fix, now: datetime) -> bool:
        """Tell whether nothing but its turn keeps an approved attempt: its change window is open."""
        if fix.approval is None:
            return bool(fix.override)
        return ruling_of(self._books.policy(), uow.approvals.get(fix.approval)).is_open(now)

    def _waits(
        self, uow: UnitOfWork, fix: Fix, sentence: str, now: datetime, seconds: int | None = None
    ) -> GateAnswer:
        if seconds is None:
            waited = (now - (fix.approved_at or now)).total_seconds()
            longest = _LONGEST_LOOK_AGAIN_SECONDS
            seconds = min(max(_LOOK_AGAIN_SECONDS, int(waited) // _SHARE_OF_WAIT), longest)
        if fix.sentence != sentence:
            keep_fix(uow, fix.model_copy(update={"sentence": sentence}), now)
        return GateAnswer(state=fix.state.value, revision=fix.revision, wait_seconds=seconds)

    def _sign(
        self,
        uow: UnitOfWork,
        fix: Fix,
        version: PlanVersion,
        on: tuple[Warrant, str, str, tuple[str, ...]],
        now: datetime,
    ) -> GateAnswer:
        warrant, approval, rule, presses = on
        if version.dry_run is None:
            raise NotFound("no dry run", say="The plan has no dry run, so no order is signed.")
        order = order_for(
            version.plan,
            effect_digest=version.dry_run.effect_digest,
            policy_version=version.policy_version,
            audience=audience_of(version.plan.environment),
            nonce=secrets.token_hex(16),
            not_before=now,
            expires=now + _ORDER_LIVES,
            approval=approval,
            decisions=presses,
            warrant=warrant,
            rule=rule[:_LONGEST_RULE],
        )
        kept = signed(order, self._signer)
        uow.plans.save_order(fix.id, fix.revision, kept, now)
        facts = {"order": order.id, "warrant": warrant.value, "approval": approval, "rule": rule}
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.ORDER_SIGNED,
                actor="dogwatch",
                subject=fix.subject,
                subject_hash=order.subject_hash,
                facts={**facts, "nonce": order.nonce, "effect": order.effect_digest, "key": kept.key_id},
            )
        )
        moved: dict[str, object] = {
            "state": FixState.RUNNING,
            "order": order.id,
            "started_at": now,
            "sentence": "",
        }
        keep_fix(uow, fix.model_copy(update=moved), now)
        return GateAnswer(state=FixState.RUNNING.value, revision=fix.revision, parcel=_parcel(kept, version))


def _parcel(order: SignedOrder, version: PlanVersion) -> OrderParcel:
    return OrderParcel(order=order.model_dump_json(), plan=plan_bytes(version.plan).decode())


def _moved(fix: Fix) -> GateAnswer:
    return GateAnswer(state=fix.state.value, revision=fix.revision)


def _record(uow: UnitOfWork, fix: Fix, act: AuditAct, now: datetime, **facts: str) -> None:
    on = {"approval": fix.approval or "", "override": fix.override}
    uow.audit.append(
        AuditEntry(at=now, act=act, actor="dogwatch", subject=fix.subject, facts={**facts, **on})
    )


def _waits_for(holder: Fix) -> str:
    targets = ", ".join(holder.targets)
    return f"Waits: {targets} is being changed by plan {holder.id} ({holder.title})."
