"""What exactly is asked of approvers: the facts the policy reads, and the hash that a yes belongs to."""

import hashlib
from datetime import datetime

from domain.approvals import ApprovalRequest
from domain.canonical import digest
from domain.changes import ConfigChange, Proposal
from domain.ids import ApprovalId
from domain.policy import Policy
from domain.reviews import Review


def approval_request(
    change: ConfigChange, proposal: Proposal, review: Review, policy: Policy, now: datetime
) -> ApprovalRequest:
    """Return the request under the policy's rule; the same version has the same id: asking twice is once."""
    facts = facts_of(change, proposal)
    rule = policy.rule_for(facts)
    subject = subject_hash(change, proposal, review, policy.version)
    return ApprovalRequest(
        id=ApprovalId(hashlib.sha256(f"{change.id}:{change.revision}:{subject}".encode()).hexdigest()[:16]),
        subject=change.subject,
        subject_hash=subject,
        title=f"{change.kind.value.capitalize()} feed {proposal.feed}",
        requested_by=change.requested_by,
        authors=change.authors,
        needs=rule.needs,
        rule=rule.id,
        policy_version=policy.version,
        channel=rule.channel,
        is_high_risk=rule.is_high_risk,
        opened_at=now,
        expires_at=now + policy.expires_after(rule),
        facts=facts,
    )


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
