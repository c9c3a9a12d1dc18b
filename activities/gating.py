"""Hold back rows that scored too low or differ from their source, and ask people to release them anyway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.acts.delivery_ends import refresh_difference
from domain.approval.approval_requests import Question, cards_of, entry_about, request_under
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.approval.policy import Policy
from domain.data_quality.publications import Publication, in_words, is_gated, judged, publication_id
from domain.errands import PIPELINE, DeliveryState, Errand, ErrandKind
from domain.identity.chat import Place
from domain.identity.web_access import Scope
from domain.ids import FeedName, PersonId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct
from domain.proof.canonical import digest
from domain.stories import StoryCall, StoryKind
from domain.watch.feed_health import QualityPoint, ReconciliationPoint

_HANDED_IN_WITHIN = timedelta(days=1)
"""A key may end while what it hands in is still under way."""


@dataclass(frozen=True)
class Gated:
    """What became of a delivery; `approval` is the request that waits, empty without one."""

    score: QualityPoint
    state: DeliveryState
    bar: float
    approval: str = ""


@dataclass(frozen=True)
class _Release:
    """What is asked: about which subject, in which words, and exactly what a yes would release."""

    subject: str
    title: str
    kind: str
    content: Mapping[str, object]
    errand: Errand


class Gating:
    """Keeps what was judged and asks, inside the transaction it is given.

    Args:
        policy: The approval policy in force.
        channels: Channel name to its places.
        bar: Score below which a delivery is held back, where the feed's configuration names none.
    """

    def __init__(
        self, policy: Callable[[], Policy], channels: Mapping[str, tuple[Place, ...]], bar: float
    ) -> None:
        self._policy = policy
        self._channels = channels
        self._bar = bar

    def judge(self, uow: UnitOfWork, errand: Errand, score: QualityPoint, now: datetime) -> Gated:
        """Keep the score of a delivery, and ask when it is too low; what was decided already stands."""
        bar = self._bar if score.bar is None else score.bar
        known, asked = uow.quality.state_of(errand.id), uow.approval_list.of_subject(f"delivery/{errand.id}")
        if known is not None and asked and not _is_to_be_asked(known[0], asked[-1].verdict):
            waiting = asked[-1].id if asked[-1].verdict is Verdict.PENDING else ""
            return Gated(known[1], known[0], bar, waiting)
        if known is not None:  # judged anew it is the delivery of then: trouble that began with it goes on
            score = score.model_copy(update={"measured_at": known[1].measured_at})
        held = score.overall < bar or bool(score.broken)
        state = DeliveryState.HELD if held else DeliveryState.RELEASED
        feed = FeedName(errand.feed)
        uow.quality.save_score(errand.id, feed, score, state, now)
        for earlier in uow.quality.held(feed):
            # Who decides about an older one should see that another came since.
            uow.postings.refresh(f"delivery/{earlier}", now)
        return Gated(score, state, bar, self._ask_delivery(uow, errand, score, now) if held else "")

    def judge_day(
        self, uow: UnitOfWork, errand: Errand, found: ReconciliationPoint, now: datetime
    ) -> Publication | None:
        """Keep whether a day may be published, and ask when too much differs; None where nothing is held."""
        before = uow.publications.find(publication_id(errand.feed, found.business_date))
        if not is_gated(errand, found, before):
            return None
        after = judged(before, found, errand)
        asked = uow.approval_list.of_subject(after.subject)
        waits = bool(asked) and asked[-1].verdict is Verdict.PENDING
        was_replaced = bool(asked) and asked[-1].verdict is Verdict.SUPERSEDED
        if after.state is DeliveryState.HELD and not (waits and after.approval):
            if waits:
                _end(uow, asked[-1], Verdict.SUPERSEDED, now)
            after = after.model_copy(update={"approval": self._ask_day(uow, errand, after, now)})
        elif waits and after.state is not DeliveryState.HELD:
            _end(uow, asked[-1], Verdict.WITHDRAWN, now)
        uow.publications.save(after)
        refresh_difference(uow, errand.feed, now)
        if asked and (waits or was_replaced):
            uow.postings.refresh(after.subject, now)
        return after

    def _ask_delivery(self, uow: UnitOfWork, errand: Errand, score: QualityPoint, now: datetime) -> str:
        why = score.broken or f"Quality {score.overall:.0f} of 100"
        content: dict[str, object] = {
            "delivery": errand.id,
            "file": str(errand.blob),
            "overall": f"{score.overall:.2f}",
        }
        question = _Release(
            subject=f"delivery/{errand.id}",
            title=f"Release {errand.file_name or errand.feed} anyway? {why}",
            kind="delivery",
            content=content | ({"broken": score.broken} if score.broken else {}),
            errand=errand,
        )
        return self._ask(uow, question, now)

    def _ask_day(self, uow: UnitOfWork, errand: Errand, day: Publication, now: datetime) -> str:
        question = _Release(
            subject=day.subject,
            title=f"Publish {day.feed} for {day.business_date} anyway? {in_words(day.differs[:3])}",
            kind="publication",
            content={
                "publication": day.id,
                "feed": day.feed,
                "day": day.business_date,
                "differs": [f"{one.kind} {one.column} {one.rows}" for one in day.differs],
            },
            errand=errand,
        )
        return self._ask(uow, question, now)

    def _ask(self, uow: UnitOfWork, question: _Release, now: datetime) -> str:
        policy, errand = self._policy(), question.errand
        entry = uow.feeds.find(errand.feed)
        facts = {"act": "release_delivery", "criticality": entry.criticality if entry else "normal"}
        rule = policy.rule_for(facts)
        content = {**question.content, "policy": policy.version}
        subject_hash = digest(f"dogwatch/{question.kind}/1", content)
        asked = Question(
            version=errand.id,
            subject=question.subject,
            subject_hash=subject_hash,
            title=question.title[:200],
            requested_by=errand.asked_by,
            authors=frozenset({errand.asked_by}) | _owners_of_key(uow, errand),
            facts=facts,
            former=len(uow.approval_list.of_subject(question.subject)),
        )
        request = request_under(policy, rule, asked, now)
        uow.approvals.save(request)
        told = {"rule": rule.id, "policy": policy.version, question.kind: question.subject.partition("/")[2]}
        uow.audit.append(entry_about(request, AuditAct.APPROVAL_ASKED, now, **told))
        for card in cards_of(request, self._places(uow, request.channel, errand), now):
            uow.postings.add(card)
        return request.id

    def _places(self, uow: UnitOfWork, channel: str, errand: Errand) -> list[Place]:
        """Return where it is asked, and where it was told of: who waits there sees how it ends.

        Where a card tells already that a feed differs from its source, that card says that it is held back.
        """
        places, asked_in = list(self._channels.get(channel, ())), errand.place
        told = uow.discrepancies.open_of(errand.feed) if errand.kind is ErrandKind.RECONCILE else None
        if places and errand.is_quiet and told is not None and told.announced_at is not None:
            return places
        known = {(place.platform, place.channel) for place in places}
        return places if (asked_in.platform, asked_in.channel) in known else [*places, asked_in]


def _is_to_be_asked(state: DeliveryState, last: Verdict) -> bool:
    """Return whether a question that was asked is asked anew: the policy changed, or somebody asked again."""
    return last is Verdict.SUPERSEDED or (last is Verdict.EXPIRED and state is DeliveryState.HELD)


def _owners_of_key(uow: UnitOfWork, errand: Errand) -> frozenset[PersonId]:
    """Return whose keys a program hands in with: nobody releases what came through a key of their own.

    Keys are known by their names alone. One that ended long before handed nothing in.
    """
    if not errand.is_of_program:
        return frozenset()
    source, since = errand.asked_by.removeprefix(PIPELINE), errand.at - _HANDED_IN_WITHIN
    return frozenset(
        key.person
        for key in uow.api_keys.every()
        if key.name == source
        and Scope.INTAKE in key.scopes
        and since < min(key.expires_at, key.revoked_at or key.expires_at)
    )


def _end(uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, now: datetime) -> None:
    """End a question that another comparison answered or replaced."""
    uow.approvals.save(request.model_copy(update={"verdict": verdict, "ended_at": now}))
    uow.audit.append(entry_about(request, AuditAct.APPROVAL_ENDED, now, verdict=verdict.value))
    key = f"{StoryKind.APPROVAL}/{request.id}#{verdict.value}"
    uow.stories.add(StoryCall(key=key, kind=StoryKind.APPROVAL, subject_id=request.id, at=now))
