"""Do what somebody asked for and that takes a while, and answer in the thread in which it was asked."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.advising import Advising
from domain.approvals import ApprovalRequest, Verdict
from domain.audit import AuditAct, AuditEntry
from domain.canonical import digest
from domain.chat import Place
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import BadInput, NotFound, NotNow
from domain.feed_health import QualityPoint, ReconciliationPoint
from domain.ids import ApprovalId, FeedName
from domain.policy import Policy
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.errand_work import ErrandWork
from domain.ports.transactions import Opening, UnitOfWork
from domain.postings import Posting, View
from domain.stories import StoryCall, StoryKind

SentenceCard = Callable[[str, str], str]

_UNUSUAL_DEVIATIONS = 4.0


class ErrandRef(BaseModel):
    """Which errand."""

    model_config = ConfigDict(frozen=True)

    id: str


class ErrandEnd(BaseModel):
    """How it ended; `approval` is the request that now waits, empty without one."""

    model_config = ConfigDict(frozen=True)

    state: str
    approval: str = ""


class Errands:
    """Activities of the heavy queue; `card` makes the stored card of a title and a text."""

    def __init__(
        self,
        work: ErrandWork,
        blobs: BlobStore,
        *,
        policy: Callable[[], Policy],
        channels: Mapping[str, tuple[Place, ...]],
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        card: SentenceCard,
        quality_bar: float,
        advising: Advising,
    ) -> None:
        self._work = work
        self._blobs = blobs
        self._policy = policy
        self._channels = channels
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._card = card
        self._bar = quality_bar
        self._advising = advising

    @activity.defn
    def run_errand(self, ref: ErrandRef) -> ErrandEnd:
        """Do an errand once and say what came of it; a foreseen refusal is an answer too."""
        with self._reading() as uow:
            errand = uow.errands.get(ref.id)
            waiting = _waiting(uow, f"delivery/{errand.id}")
        if errand.state is not ErrandState.WANTED:
            return ErrandEnd(state=errand.state.value, approval=waiting)
        try:
            if errand.kind is ErrandKind.IMPORT_RUNS:
                return self._import(errand)
            if errand.kind is ErrandKind.SCORE_DELIVERY:
                return self._score(errand)
            if errand.kind in (ErrandKind.PROPOSE_FIX, ErrandKind.DRAFT_SCRIPT):
                return self._advise(errand)
            return self._reconcile(errand)
        except (BadInput, NotFound, NotNow) as error:
            return self._end(errand, ErrandState.FAILED, "Not done", error.sentence())

    def _import(self, errand: Errand) -> ErrandEnd:
        if errand.blob is None:
            raise BadInput("no file", say="There is no file to import.")
        now = self._clock.now()
        found = self._work.import_runs(self._blobs.path(errand.blob), errand.file_name, now)
        with self._writing() as uow:
            for kind, subject in ((StoryKind.TRAINING, "failures"), (StoryKind.WATCH, "main")):
                key = f"{kind}/{subject}#{errand.id}"
                uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
        return self._end(errand, ErrandState.DONE, "History imported", found.sentence)

    def _score(self, errand: Errand) -> ErrandEnd:
        if errand.blob is None:
            raise BadInput("no file", say="There is no file to score.")
        feed, now = FeedName(errand.feed), self._clock.now()
        score = self._work.score(feed, self._blobs.path(errand.blob), errand.file_name, now)
        held = score.overall < self._bar
        with self._writing() as uow:
            state = DeliveryState.HELD if held else DeliveryState.RELEASED
            uow.quality.save_score(errand.id, feed, score, state)
            approval = self._ask(uow, errand, score, now) if held else ""
        told = _score_in_words(errand, score, held=held, bar=self._bar)
        end = self._end(errand, ErrandState.DONE, f"Quality of {feed}: {score.overall:.0f} of 100", told)
        return end.model_copy(update={"approval": approval})

    def _ask(self, uow: UnitOfWork, errand: Errand, score: QualityPoint, now: datetime) -> str:
        """Ask whether a delivery that is held back is to be released anyway."""
        policy = self._policy()
        entry = uow.feeds.find(errand.feed)
        facts = {"act": "release_delivery", "criticality": entry.criticality if entry else "normal"}
        rule = policy.rule_for(facts)
        content = {"delivery": errand.id, "file": str(errand.blob), "overall": f"{score.overall:.2f}"}
        subject_hash = digest("dogwatch/delivery/1", content | {"policy": policy.version})
        request = ApprovalRequest(
            id=ApprovalId(hashlib.sha256(f"{errand.id}:{subject_hash}".encode()).hexdigest()[:16]),
            subject=f"delivery/{errand.id}",
            subject_hash=subject_hash,
            title=f"Release {errand.file_name or errand.feed} anyway? Quality {score.overall:.0f} of 100",
            requested_by=errand.asked_by,
            authors=frozenset({errand.asked_by}),
            needs=rule.needs,
            rule=rule.id,
            policy_version=policy.version,
            channel=rule.channel,
            is_high_risk=rule.is_high_risk,
            opened_at=now,
            expires_at=now + policy.expires_after(rule),
            facts=facts,
        )
        uow.approvals.save(request)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.APPROVAL_ASKED,
                actor="dogwatch",
                subject=f"approval/{request.id}",
                subject_hash=subject_hash,
                facts={"rule": rule.id, "policy": policy.version, "delivery": errand.id},
            )
        )
        for place in self._channels.get(rule.channel, ()):
            uow.postings.add(
                Posting(
                    key=f"approval#{request.id}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.APPROVAL,
                    subject=request.subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        return request.id

    def _reconcile(self, errand: Errand) -> ErrandEnd:
        feed, now = FeedName(errand.feed), self._clock.now()
        found = self._work.reconcile(feed, errand.business_date, now)
        with self._writing() as uow:
            before = uow.quality.reconciliations(feed, 60)
            found = found.model_copy(update={"id": errand.id, "is_unusual": is_unusual(found, before)})
            uow.quality.save_reconciliation(feed, found)
        title = f"Reconciliation of {feed}, {errand.business_date}"
        return self._end(errand, ErrandState.DONE, title, _comparison_in_words(found, before))

    def _advise(self, errand: Errand) -> ErrandEnd:
        """Let the card of an attempt say what a model adds; only what a person asked for is answered."""
        if errand.kind is ErrandKind.DRAFT_SCRIPT:
            self._advising.draft(errand)
            return self._over(errand, ErrandState.DONE)
        try:
            self._advising.propose(errand)
        except (BadInput, NotNow) as error:
            return self._over(errand, ErrandState.FAILED, error.sentence())
        return self._over(errand, ErrandState.DONE)

    def _over(self, errand: Errand, state: ErrandState, text: str = "") -> ErrandEnd:
        with self._writing() as uow:
            uow.errands.save(errand.model_copy(update={"state": state, "sentence": text[:2_000]}))
        self._wake()
        return ErrandEnd(state=state.value)

    def _end(self, errand: Errand, state: ErrandState, title: str, text: str) -> ErrandEnd:
        with self._writing() as uow:
            now = self._clock.now()
            uow.errands.save(errand.model_copy(update={"state": state, "sentence": text[:2_000]}))
            uow.postings.add(
                Posting(
                    key=f"errand#{errand.id}",
                    view=View.MESSAGE,
                    place=errand.place,
                    card_json=self._card(title, text),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        self._wake()
        return ErrandEnd(state=state.value)


def is_unusual(found: ReconciliationPoint, before: list[ReconciliationPoint]) -> bool:
    """Return whether so much differs as it never did: far above the median of earlier comparisons."""
    rates = sorted(rate_of(one) for one in before if one.state == "done")
    if len(rates) < 5:
        return False
    middle = rates[len(rates) // 2]
    spread = sorted(abs(rate - middle) for rate in rates)[len(rates) // 2]
    return rate_of(found) > middle + _UNUSUAL_DEVIATIONS * max(1.4826 * spread, 0.0005)


def rate_of(one: ReconciliationPoint) -> float:
    """Return the share of rows that differ, of the larger side."""
    return min(sum(kind.rows for kind in one.mismatches) / max(one.source_rows, one.target_rows, 1), 1.0)


def _waiting(uow: UnitOfWork, subject: str) -> str:
    pending = [one for one in uow.approval_list.of_subject(subject) if one.verdict is Verdict.PENDING]
    return pending[-1].id if pending else ""


def _score_in_words(errand: Errand, score: QualityPoint, *, held: bool, bar: float) -> str:
    worst = "; ".join(score.findings[:5])
    dimensions = ", ".join(f"{name} {value:.0f}" for name, value in score.dimensions.items() if value < 99.5)
    lines = [f"Below 100: {dimensions}." if dimensions else "Every dimension is at 100."]
    if worst:
        lines.append(f"What pulls it down: {worst}.")
    if held:
        lines.append(f"The bar is {bar:.0f}, so {errand.file_name} is held back; I asked for a yes.")
    return " ".join(lines)


def _comparison_in_words(found: ReconciliationPoint, before: list[ReconciliationPoint]) -> str:
    head = f"{found.source_rows:,} rows in the source, {found.target_rows:,} in the target."
    if not found.mismatches:
        return f"{head} Everything agrees."
    kinds = []
    for one in found.mismatches[:6]:
        again = sum(any(kind.kind == one.kind for kind in other.mismatches) for other in before)
        seen = f", seen {again} times before" if again else ", never seen before"
        column = f" in {one.column}" if one.column else ""
        kinds.append(f"{one.rows:,} of {one.kind}{column}{seen}")
    unusual = " That is far more than usual." if found.is_unusual else ""
    return f"{head} Differences: {'; '.join(kinds)}.{unusual}"
