"""Ask approvers: a request as the policy's rule wants it, and the cards that show it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.approval.approvals import ApprovalRequest
from domain.approval.policy import Policy, Rule
from domain.identity.chat import Place
from domain.ids import ApprovalId, PersonId
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.postings import Posting, View


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        version: What exactly is asked about; the same version has the same request, so asking twice is once.
        subject: What it is about, `change/<id>`.
        subject_hash: What a yes belongs to.
        title: In words.
        requested_by: Who asks.
        authors: Who may not decide.
        facts: What the rules were asked with.
        former: How many requests about the subject there were; one that ended is never asked again as it was.
    """

    version: str
    subject: str
    subject_hash: str
    title: str
    requested_by: PersonId
    authors: frozenset[PersonId]
    facts: Mapping[str, str]
    former: int = 0


def request_under(policy: Policy, rule: Rule, question: Question, now: datetime) -> ApprovalRequest:
    """Return the pending request of a question under one rule of the policy."""
    name = f"{question.version}:{question.subject_hash}" + (f":{question.former}" if question.former else "")
    return ApprovalRequest(
        id=ApprovalId(hashlib.sha256(name.encode()).hexdigest()[:16]),
        subject=question.subject,
        subject_hash=question.subject_hash,
        title=question.title,
        requested_by=question.requested_by,
        authors=question.authors,
        needs=rule.needs,
        rule=rule.id,
        policy_version=policy.version,
        channel=rule.channel,
        is_high_risk=rule.is_high_risk,
        opened_at=now,
        expires_at=now + policy.expires_after(rule),
        facts=dict(question.facts),
    )


def cards_of(request: ApprovalRequest, places: Iterable[Place], now: datetime) -> list[Posting]:
    """Return the cards of a request, one for each place."""
    return [
        Posting(
            key=f"approval#{request.id}:{_where(place)}"[:300],
            view=View.APPROVAL,
            subject=request.subject,
            place=place,
            created_at=now,
            next_attempt_at=now,
        )
        for place in places
    ]


def entry_about(request: ApprovalRequest, act: AuditAct, now: datetime, **facts: str) -> AuditEntry:
    """Return the audit entry of what we ourselves did with a request."""
    return AuditEntry(
        at=now,
        act=act,
        actor="dogwatch",
        subject=f"approval/{request.id}",
        subject_hash=request.subject_hash,
        facts=facts,
    )


def _where(place: Place) -> str:
    thread = f":{place.thread}" if place.thread else ""
    return f"{place.platform}:{place.workspace}:{place.channel}{thread}"
