"""What exactly is asked of approvers: the facts the policy reads, and the hash that a yes belongs to."""

import hashlib
from datetime import datetime

from domain.approval.approval_requests import Question, request_under
from domain.approval.approvals import ApprovalRequest
from domain.approval.policy import Policy
from domain.configuration.changes import ConfigChange, Proposal
from domain.configuration.reviews import Review
from domain.proof.canonical import digest


def approval_request(
    change: ConfigChange, proposal: Proposal, review: Review, policy: Policy, now: datetime, former: int
) -> ApprovalRequest:
    """Return the request under the policy's rule, when so many were asked about the change before."""
    facts = facts_of(change, proposal)
    rule = policy.rule_for(facts)
    subject = subject_hash(change, proposal, review, policy.version)
    question = Question(
        version=f"{change.id}:{change.revision}",
        subject=change.subject,
        subject_hash=subject,
        title=f"{change.kind.value.capitalize()} feed {proposal.feed}",
        requested_by=change.requested_by,
        authors=change.authors,
        facts=facts,
        former=former,
    )
    return request_under(policy, rule, question, now)


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
