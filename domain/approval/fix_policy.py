"""What the approval policy is asked about a plan, and what it answers."""

from datetime import datetime

from domain.approval.approval_requests import Question, request_under
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.approval.policy import Policy
from domain.approval.rulings import Ruling, ruling_for
from domain.remediation.fixes import Fix, PlanVersion
from domain.remediation.plans import Authorship, Plan, Risk, subject_hash

_FACT_LENGTH = 2_000
_MOST_VERSIONS_BY_RULE = 3
"""A plan whose world changes at every look would go round and round: from then on people are asked."""


def facts_of_plan(plan: Plan, blind: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what the policy's rules can ask about a plan; several values stand on lines of their own."""
    facts = {
        "act": "run_plan",
        "risk": (Risk.HIGH if blind else plan.risk).value,
        "environment": plan.environment,
        "runbook": plan.runbook,
        "authorship": plan.authorship.value,
        "target": "\n".join(plan.changed_targets),
    }
    return {name: value[:_FACT_LENGTH] for name, value in facts.items()}


def may_run_automatically(plan: Plan, blind: tuple[str, ...] = ()) -> bool:
    """Tell whether a policy rule may allow a plan without a person: catalogue runbooks of low risk only.

    What takes a run back is decided by people: a rule was written for the runbook, not for its opposite.
    """
    is_plain = plan.authorship is Authorship.CATALOGUE and not plan.takes_back
    return plan.risk is Risk.LOW and is_plain and not blind


def may_start_by_rule(version: PlanVersion) -> bool:
    """Tell the same of a version: what may have run before is decided by people, as nobody knows how far."""
    blind = version.dry_run.blind if version.dry_run is not None else ()
    return may_run_automatically(version.plan, blind) and not version.asks_people


def hash_of(version: PlanVersion, policy_version: str) -> str:
    """Return the hash that a yes to this version belongs to; it must have been dry-run."""
    if version.dry_run is None:
        raise ValueError("a plan without dry run has no hash")
    return subject_hash(version.plan, version.dry_run.effect_digest, policy_version)


def request_for(fix: Fix, version: PlanVersion, policy: Policy, now: datetime) -> ApprovalRequest:
    """Return the request to approve this version; the same version has the same id: asking twice is once.

    A rule that asks nobody is passed over for everything that may not run automatically.
    """
    blind = version.dry_run.blind if version.dry_run else ()
    facts = facts_of_plan(version.plan, blind) | {"severity": fix.severity}
    may_be = may_start_by_rule(version) and version.revision <= _MOST_VERSIONS_BY_RULE
    ruling, ruled = _ruling_for(policy, facts, version.plan.changed_targets, may_be)
    rule = ruling.whole
    subject = hash_of(version, policy.version)
    is_automatic = rule.is_automatic and may_be
    question = Question(
        version=f"{fix.id}:{fix.revision}",
        subject=fix.subject,
        subject_hash=subject,
        title=f"{version.plan.title}: {fix.subject_name.partition('/')[2]}",
        requested_by=fix.requested_by,
        authors=fix.authors,
        facts=facts
        | _window(ruling, now)
        | ({"automatic": rule.id} if is_automatic else {})
        | ({"ruled": ruled} if ruled else {}),
    )
    is_high_risk = rule.is_high_risk or version.plan.risk is Risk.HIGH or bool(blind)
    changes: dict[str, object] = {"is_high_risk": is_high_risk}
    if is_automatic:
        changes |= {"verdict": Verdict.APPROVED, "ended_at": now}
    return request_under(policy, rule, question, now).model_copy(update=changes)


def _window(ruling: Ruling, now: datetime) -> dict[str, str]:
    """Return when a plan under this ruling may start, for the people who decide; nothing without windows."""
    if not ruling.has_windows:
        return {}
    opening = ruling.next_opening(now)
    if opening is None:
        return {"opens": "not within two weeks"}
    return {"opens": "open now" if opening == now else f"opens {opening:%a %d %b %H:%M} UTC"}


def _ruling_for(
    policy: Policy, facts: dict[str, str], targets: tuple[str, ...], may_be_automatic: bool
) -> tuple[Ruling, str]:
    if not may_be_automatic:
        policy = Policy(rules=tuple(rule for rule in policy.rules if not rule.is_automatic))
    return ruling_for(policy, facts, targets)


def is_automatic(request: ApprovalRequest) -> bool:
    """Tell whether a rule, not a person, approved."""
    return "automatic" in request.facts
