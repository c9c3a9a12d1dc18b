"""A plan of several targets falls under the rules of all of them."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.approval.approvals import Need
from domain.approval.policy import parse_policy
from domain.approval.rulings import Ruling, ruling_for, ruling_on_change
from domain.identity.people import Role

FACTS = {"act": "run_plan"}
LENIENT = {
    "id": "landing-is-quick",
    "when": {"target": ["landing"]},
    "needs": [{"role": "on_call", "count": 1}, {"role": "approver", "count": 1}],
    "expire_after_minutes": 60,
    "windows": [{"opens": "08:00", "closes": "12:00"}],
}
STRICT = {
    "id": "ledger",
    "when": {"target": ["ledger"]},
    "needs": [{"role": "approver", "count": 2}],
    "is_high_risk": True,
    "channel": "ledger-desk",
    "windows": [{"opens": "11:00", "closes": "15:00"}],
}
BY_ITSELF = {
    "id": "scratch",
    "when": {"target": ["scratch"]},
    "is_automatic": True,
    "start_within_minutes": 30,
}
POLICY = parse_policy({"rules": [LENIENT, STRICT, BY_ITSELF]})
EARLY = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)


def ruling(*targets: str) -> Ruling:
    return ruling_for(POLICY, FACTS, targets)[0]


@pytest.mark.proves("A6")
def test_a_lenient_rule_of_one_target_does_not_cover_another() -> None:
    found, ruled = ruling_for(POLICY, FACTS, ("landing", "ledger"))

    whole = found.whole
    assert set(whole.needs) == {Need(role=Role.ON_CALL, count=1), Need(role=Role.APPROVER, count=2)}
    assert (whole.is_high_risk, whole.channel, whole.expire_after_minutes) == (True, "ledger-desk", 60)
    assert ruled.splitlines() == [
        "landing-is-quick for landing: 1 on call and 1 approver",
        "ledger for ledger: 2 approvers",
    ]


@pytest.mark.proves("A6")
def test_a_target_that_no_rule_covers_bars_the_whole_plan() -> None:
    assert ruling("landing", "unheard-of").needs == ()


@pytest.mark.proves("A14")
def test_a_plan_is_automatic_only_when_every_target_is() -> None:
    assert ruling("scratch").is_automatic
    assert not ruling("landing", "scratch").is_automatic
    assert ruling("landing", "scratch").needs == ruling("landing").needs


@pytest.mark.proves("A14")
def test_no_change_of_a_feed_goes_by_itself_whatever_its_rule_says() -> None:
    policy = parse_policy({"rules": [{"id": "low", "when": {"criticality": ["low"]}, "is_automatic": True}]})

    found, _ = ruling_on_change(policy, {"criticality": "low"}, in_force="low")

    assert (found.is_automatic, found.needs) == (False, ())


@pytest.mark.proves("A13")
def test_a_plan_has_as_long_to_start_as_the_hastiest_of_its_rules_gives() -> None:
    assert ruling("landing").start_within == timedelta(minutes=240)
    assert ruling("landing", "scratch").start_within == timedelta(minutes=30)


@pytest.mark.proves("A13")
def test_a_plan_starts_when_the_windows_of_all_its_rules_are_open() -> None:
    both = ruling("landing", "ledger")

    assert not both.is_open(EARLY)
    assert both.next_opening(EARLY) == EARLY.replace(hour=11)
    assert both.is_open(EARLY.replace(hour=11))
    assert both.next_opening(EARLY.replace(hour=13)) == datetime(2026, 4, 1, 11, 0, tzinfo=UTC)


def test_a_plan_without_a_target_falls_under_the_rules_that_name_none() -> None:
    policy = parse_policy({"rules": [LENIENT, {"id": "any", "needs": [{"role": "approver", "count": 3}]}]})

    assert ruling_for(policy, FACTS, ())[0].needs == (Need(role=Role.APPROVER, count=3),)
    assert ruling().needs == (), "no rule covers it, so nobody can approve"


@pytest.mark.parametrize(("in_force", "asked"), [("critical", 2), ("", 1)])
def test_who_makes_a_feed_less_critical_asks_those_who_decide_on_it_as_it_is(
    in_force: str, asked: int
) -> None:
    rules = [
        {"id": level, "when": {"criticality": [level]}, "needs": [{"role": "approver", "count": count}]}
        for level, count in (("critical", 2), ("low", 1))
    ]

    found, _ = ruling_on_change(parse_policy({"rules": rules}), {"criticality": "low"}, in_force)

    assert found.needs == (Need(role=Role.APPROVER, count=asked),)


@pytest.mark.proves("A13")
def test_windows_that_are_never_open_together_are_told_as_no_opening() -> None:
    mornings = [{"opens": "08:00", "closes": "10:00"}]
    policy = parse_policy({"rules": [STRICT, LENIENT | {"windows": mornings}]})

    assert ruling_for(policy, FACTS, ("landing", "ledger"))[0].next_opening(EARLY) is None
