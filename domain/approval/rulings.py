"""The rules that one thing falls under: a plan those of each target, a change those of the feed as it is and
as it would be. What all of them want has to hold.

A plan must not get past a strict rule about one target because another target has a lenient one, and a feed
must not get past a strict rule by the very change that would take it out of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.approval.approvals import ApprovalRequest, Need
from domain.approval.policy import Policy, Rule, in_words
from domain.clock.windows import next_opening

_BETWEEN = " + "
_NONE = Rule(id="no-rule-matches")
_LOOK_AHEAD = timedelta(days=15)


@dataclass(frozen=True)
class Ruling:
    """One rule, or several of which each covers some targets, or one state of a feed; never empty."""

    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """Return the rules' ids, as a request keeps them."""
        return _BETWEEN.join(rule.id for rule in self.rules)

    @property
    def is_automatic(self) -> bool:
        """Tell whether no person is asked: only when every rule says so."""
        return all(rule.is_automatic for rule in self.rules)

    @property
    def asking(self) -> tuple[Rule, ...]:
        """Return the rules that ask people; all of them when none does."""
        return tuple(rule for rule in self.rules if not rule.is_automatic) or self.rules

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return whom all of them want; nobody, so that nobody can approve, when one of them names nobody."""
        if not all(rule.needs for rule in self.asking):
            return ()
        needs: list[Need] = []
        for role in dict.fromkeys(need.role for rule in self.asking for need in rule.needs):
            wanted = ([need for need in rule.needs if need.role is role] for rule in self.asking)
            needs += max(wanted, key=lambda those: sum(need.count for need in those))
        return tuple(needs)

    @property
    def whole(self) -> Rule:
        """Return one rule that asks for what all of them ask; of its windows see `next_opening`."""
        strictest = self.strictest
        changes: dict[str, object] = {
            "id": self.name,
            "needs": self.needs,
            "expire_after_minutes": min(rule.expire_after_minutes for rule in self.asking),
            "is_high_risk": any(rule.is_high_risk for rule in self.rules),
            "is_automatic": self.is_automatic,
        }
        return strictest.model_copy(update=changes)

    @property
    def strictest(self) -> Rule:
        """Return the rule whose channel and reminders count: of high risk, then with most people."""
        return max(self.asking, key=lambda one: (one.is_high_risk, sum(need.count for need in one.needs)))

    @property
    def has_windows(self) -> bool:
        """Tell whether there are hours at which the plan may not start."""
        return any(rule.windows for rule in self.rules)

    @property
    def start_within(self) -> timedelta:
        """Return how long after its yes, or after its window opened, the plan may still start."""
        return timedelta(minutes=min(rule.start_within_minutes for rule in self.rules))

    def is_open(self, now: datetime) -> bool:
        """Tell whether the plan may start now: a window of every rule is open."""
        return self.next_opening(now) == now

    def next_opening(self, now: datetime) -> datetime | None:
        """Return when windows of all rules are open together; None when that is not in two weeks."""
        moment = now
        while moment - now <= _LOOK_AHEAD:
            openings = [next_opening(rule.windows, moment) for rule in self.rules]
            later = max((opening for opening in openings if opening is not None), default=moment)
            if None in openings:
                return None
            if later == moment:
                return moment
            moment = later
        return None


def ruling_for(policy: Policy, facts: dict[str, str], targets: tuple[str, ...]) -> tuple[Ruling, str]:
    """Return the ruling on a plan with these targets, and where rules differ, which asks for what."""
    found = [(target, policy.rule_for(facts | {"target": target})) for target in targets or ("",)]
    return _ruling(found)


def ruling_on_change(policy: Policy, facts: dict[str, str], in_force: str) -> tuple[Ruling, str]:
    """Return the ruling on a change of a feed, and where rules differ, which asks for what.

    Whoever makes a feed less critical has to ask those who decide on it as it is.

    Args:
        policy: The rules.
        facts: Of the feed as it would be.
        in_force: How critical it is now; empty for a new one.
    """
    levels = dict.fromkeys((in_force or facts["criticality"], facts["criticality"]))
    found = [(level, policy.rule_for(facts | {"criticality": level})) for level in levels]
    # No change of a configuration goes by itself: a rule that asks nobody lets nobody approve.
    return _ruling((level, rule.model_copy(update={"is_automatic": False})) for level, rule in found)


def _ruling(found: Iterable[tuple[str, Rule]]) -> tuple[Ruling, str]:
    covers: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    for what, rule in found:
        rules[rule.id] = rule
        covers.setdefault(rule.id, []).append(what)
    ruling = Ruling(tuple(rules.values()))
    if len(rules) == 1:
        return ruling, ""
    return ruling, "\n".join(
        f"{name} for {', '.join(covers[name])}: {'nobody' if rule.is_automatic else in_words(rule.needs)}"
        for name, rule in rules.items()
    )


def ruling_of(policy: Policy, request: ApprovalRequest) -> Ruling:
    """Return the rules that a request was asked under, as the policy has them now."""
    named = {rule.id: rule for rule in policy.rules}
    return Ruling(tuple(named.get(name, _NONE) for name in request.rule.split(_BETWEEN)))
