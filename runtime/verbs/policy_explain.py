"""Say who would have to approve a plan and why, as things are now; nothing is asked or changed."""

from dataclasses import dataclass

from domain.approval.fix_policy import facts_of_plan, is_automatic, may_start_by_rule, request_for
from domain.approval.policy import Policy, in_words, who_could
from domain.approval.rulings import Ruling, ruling_of
from domain.ids import RequestId
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, PlanVersion
from domain.remediation.plans import DryRun
from runtime.wiring.stores import Stores


@dataclass(frozen=True)
class _Case:
    fix: Fix
    version: PlanVersion


def explain(stores: Stores, policy: Policy, plan: str) -> list[str]:
    """Return the lines of the answer for a plan, named `p…` or `p….2` for an older version.

    Raises:
        NotFound: There is no such plan.
    """
    name, _, revision = plan.strip().lower().partition(".")
    with stores.transactions.reading() as uow:
        fix = uow.fixes.get(RequestId(name))
        version = uow.plans.get(fix.id, int(revision) if revision.isdigit() else fix.revision)
        return _lines(uow, _Case(fix, version), policy, stores)


def _lines(uow: UnitOfWork, case: _Case, policy: Policy, stores: Stores) -> list[str]:
    now = stores.clock.now()
    fix, version = case.fix, case.version
    dry_run = version.dry_run or DryRun()
    request = request_for(fix, version.model_copy(update={"dry_run": dry_run}), policy, now)
    ruling = ruling_of(policy, request)
    facts = facts_of_plan(version.plan, dry_run.blind) | {"severity": fix.severity}
    lines = [f"Plan {version.plan.id}: {version.plan.title}, {fix.subject_name}"]
    lines += [f"  {name}: {value.replace(chr(10), ', ')}" for name, value in facts.items()]
    lines += [f"  risk because {reason}" for reason in version.plan.risk_reasons]
    lines += [
        *_ruled(policy, facts, version.plan.changed_targets, ruling),
        *request.facts.get("ruled", "").splitlines(),
        *_who(uow, fix, ruling, may_start_by_rule(version)),
    ]
    if is_automatic(request):
        lines.append(
            "It would start without a person: the rule says so, and it is low risk from the catalogue."
        )
    elif request.is_high_risk:
        lines.append("High risk: each approver has to open the full view before approving.")
    opening = ruling.next_opening(now)
    if opening != now:
        lines.append(
            f"It would wait for its window, next {opening:%a %d %b %H:%M} UTC."
            if opening
            else "No window opens within two weeks."
        )
    freeze = uow.guards.freeze()
    if freeze is not None:
        lines.append(f"Frozen now: {freeze.reason}. Nothing starts until two people lift it.")
    return lines


def _ruled(policy: Policy, facts: dict[str, str], targets: tuple[str, ...], ruling: Ruling) -> list[str]:
    """Return how each target comes to its rule; once when all come to the same."""
    chosen = {rule.id for rule in ruling.rules}
    if len(chosen) == 1:
        return _tried(policy, facts | {"target": targets[0] if targets else ""}, chosen)
    lines: list[str] = []
    for target in targets:
        lines += [
            f"For {target}:",
            *(f"  {one}" for one in _tried(policy, facts | {"target": target}, chosen)),
        ]
    return lines


def _tried(policy: Policy, facts: dict[str, str], chosen: set[str]) -> list[str]:
    """Return each rule up to the one that decides, with the fact that kept the others from it."""
    lines: list[str] = []
    for rule in policy.rules:
        holds = all(facts.get(name, "") in accepted for name, accepted in rule.when.items())
        if holds and rule.id in chosen:
            return [*lines, f"Rule {rule.id} decides."]
        missed = next(
            (
                f"{name} is not {' or '.join(accepted)}"
                for name, accepted in rule.when.items()
                if facts.get(name, "") not in accepted
            ),
            "it is automatic, and this plan may not be",
        )
        lines.append(f"Rule {rule.id} does not: {missed}.")
    return [*lines, "No rule decides."]


def _who(uow: UnitOfWork, fix: Fix, ruling: Ruling, may_be_automatic: bool) -> list[str]:
    if ruling.is_automatic and may_be_automatic:
        return []
    needs = ruling.needs
    able = who_could(needs, uow.people.everybody(), frozenset(fix.authors | {fix.requested_by}))
    names = ", ".join(person.name for person in able) or "nobody"
    barred = ", ".join(uow.people.get(person).name for person in sorted(fix.authors))
    return [
        f"It needs {in_words(needs)}. They could: {names}.",
        f"Not {barred}: who asked for a plan or edited it can't approve it.",
    ]
