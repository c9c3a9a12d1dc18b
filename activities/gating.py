"""Hold back a delivery that scored too low, and ask whether it is released anyway."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.approvals import ApprovalRequest, Verdict
from domain.audit import AuditAct, AuditEntry
from domain.canonical import digest
from domain.chat import Place
from domain.errands import DeliveryState, Errand
from domain.feed_health import QualityPoint
from domain.ids import ApprovalId, FeedName
from domain.policy import Policy
from domain.ports.transactions import UnitOfWork
from domain.postings import Posting, View


@dataclass(frozen=True)
class Gated:
    """What became of a delivery; `approval` is the request that waits, empty without one."""

    score: QualityPoint
    state: DeliveryState
    bar: float
    approval: str = ""


class Gating:
    """Keeps scores and asks, inside the transaction it is given.

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
        if known is not None and asked and asked[-1].verdict is not Verdict.SUPERSEDED:
            waiting = asked[-1].id if asked[-1].verdict is Verdict.PENDING else ""
            return Gated(known[1], known[0], bar, waiting)
        held = score.overall < bar
        state = DeliveryState.HELD if held else DeliveryState.RELEASED
        feed = FeedName(errand.feed)
        uow.quality.save_score(errand.id, feed, score, state)
        for earlier in uow.quality.held(feed):
            # Who decides about an older one should see that another came since.
            uow.postings.refresh(f"delivery/{earlier}", now)
        return Gated(score, state, bar, self._ask(uow, errand, score, now) if held else "")

    def _ask(self, uow: UnitOfWork, errand: Errand, score: QualityPoint, now: datetime) -> str:
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
        for place in self._places(rule.channel, errand.place):
            thread = f":{place.thread}" if place.thread else ""
            uow.postings.add(
                Posting(
                    key=f"approval#{request.id}:{place.platform}:{place.workspace}:{place.channel}{thread}"[
                        :300
                    ],
                    view=View.APPROVAL,
                    subject=request.subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        return request.id

    def _places(self, channel: str, asked_in: Place) -> list[Place]:
        """Return where it is asked, and where the delivery was told of: who waits there sees how it ends."""
        places = list(self._channels.get(channel, ()))
        known = {(place.platform, place.channel) for place in places}
        return places if (asked_in.platform, asked_in.channel) in known else [*places, asked_in]
