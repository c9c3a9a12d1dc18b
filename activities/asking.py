"""What exactly is asked of approvers: the facts the policy reads, and the hash that a yes belongs to."""

import hashlib
from datetime import datetime

import yaml

from domain.approval.approval_requests import Question, request_under
from domain.approval.approvals import ApprovalRequest
from domain.approval.policy import Policy
from domain.approval.rulings import ruling_on_change
from domain.configuration.changes import ConfigChange, Proposal
from domain.configuration.reviews import Review
from domain.proof.canonical import digest
from domain.text.strict_yaml import read_yaml


def approval_request(
    change: ConfigChange,
    proposal: Proposal,
    review: Review,
    policy: Policy,
    now: datetime,
    *,
    former: int,
    in_force: str,
) -> ApprovalRequest:
    """Return the request under the policy's rules.

    Args:
        change: The change.
        proposal: What it would make true.
        review: Where it lies.
        policy: The rules.
        now: The moment.
        former: How many requests about the change there were.
        in_force: How critical the feed is before the change; empty for a new one.
    """
    facts = facts_of(change, proposal)
    ruling, ruled = ruling_on_change(policy, facts, in_force)
    subject = subject_hash(change, proposal, review, policy.version)
    question = Question(
        version=f"{change.id}:{change.revision}",
        subject=change.subject,
        subject_hash=subject,
        title=f"{change.kind.value.capitalize()} feed {proposal.feed}",
        requested_by=change.requested_by,
        authors=change.authors,
        facts=facts
        | ({"ruled": ruled} if ruled else {})
        | ({"anew": change.asked_anew} if change.asked_anew else {}),
        former=former,
    )
    return request_under(policy, ruling.whole, question, now)


def facts_of(change: ConfigChange, proposal: Proposal) -> dict[str, str]:
    """Return what the policy's rules can ask about a configuration change."""
    return {
        "act": "merge_config",
        "kind": change.kind.value,
        "criticality": proposal.criticality,
        "environment": proposal.environment,
    }


def subject_hash(change: ConfigChange, proposal: Proposal, review: Review, policy_version: str) -> str:
    """Return the hash that an approval of this change belongs to: exactly what would become true."""
    return digest(
        "dogwatch/approval/1",
        {
            "kind": "config_change",
            "change": change.id,
            "revision": change.revision,
            "feed": proposal.feed,
            "content": hashlib.sha256(proposal.yaml.encode()).hexdigest(),
            "head": review.head_sha,
            "review": review.number,
            "findings": [f"{f.code} {f.place}" for f in proposal.findings],
            "policy": policy_version,
        },
    )


def criticality_of(agreed: bytes | None) -> str:
    """Return how critical a configuration says its feed is; empty where it does not say, or can't be read."""
    try:
        document = read_yaml((agreed or b"").decode())
    except (yaml.YAMLError, UnicodeDecodeError):
        return ""
    told = document.get("criticality") if isinstance(document, dict) else None
    return told if isinstance(told, str) else ""
