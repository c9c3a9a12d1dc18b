"""The policy: typed, closed when in doubt, versioned by its content."""

import pytest

from domain.approval.approvals import Objection
from domain.approval.policy import in_words, parse_policy, refusal, still_able, who_could
from domain.errors import BadInput
from domain.identity.people import Role
from tests.domain.builders import a_decision, a_person, a_request

ORDINARY = {
    "id": "ordinary",
    "when": {"act": ["merge_config"], "criticality": ["low", "normal"]},
    "needs": [{"role": "approver", "count": 1}],
}
CRITICAL = {
    "id": "critical",
    "when": {"criticality": ["critical"]},
    "needs": [{"role": "approver", "count": 1}, {"role": "data_steward", "count": 1}],
    "is_high_risk": True,
}


def test_the_first_rule_that_matches_decides() -> None:
    policy = parse_policy({"rules": [CRITICAL, ORDINARY]})

    assert policy.rule_for({"act": "merge_config", "criticality": "critical"}).id == "critical"
    assert policy.rule_for({"act": "merge_config", "criticality": "low"}).id == "ordinary"


@pytest.mark.proves("A6")
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"act": "merge_config"},
        {"act": "merge_config", "criticality": ""},
        {"act": "merge_config", "criticality": "unheard-of"},
        {"act": "drop_database", "criticality": "low"},
    ],
)
def test_what_no_rule_covers_nobody_can_approve(facts: dict[str, str]) -> None:
    rule = parse_policy({"rules": [ORDINARY]}).rule_for(facts)

    assert rule.needs == ()
    assert "nobody" in in_words(rule.needs)


@pytest.mark.proves("A6")
@pytest.mark.parametrize(
    "document",
    [
        None,
        {"rules": [ORDINARY | {"needs": [{"role": "everybody", "count": 1}]}]},
        {"rules": [ORDINARY | {"needs": [{"role": "approver", "count": 0}]}]},
        {"rules": [ORDINARY | {"whem": {}}]},
        {"rules": [ORDINARY, ORDINARY]},
    ],
)
def test_a_policy_with_a_word_that_nobody_knows_is_refused(document: object) -> None:
    with pytest.raises(BadInput) as refused:
        parse_policy(document)

    assert "policy" in refused.value.say


@pytest.mark.proves("A7")
def test_any_edit_is_another_version() -> None:
    before = parse_policy({"rules": [ORDINARY]}).version
    after = parse_policy({"rules": [ORDINARY | {"expire_after_minutes": 5}]}).version

    assert before != after
    assert before == parse_policy({"rules": [dict(reversed(ORDINARY.items()))]}).version


def test_who_could_leaves_out_the_author_and_the_deactivated() -> None:
    people = [
        a_person("ada"),
        a_person("bo", Role.ENGINEER),
        a_person("cy", is_active=False),
        a_person("sam"),
    ]
    rule = parse_policy({"rules": [ORDINARY]}).rules[0]

    assert [person.id for person in who_could(rule.needs, people, frozenset({"sam"}))] == ["ada"]


def test_who_is_named_as_able_has_not_asked_written_or_decided() -> None:
    people = [a_person(name) for name in ("ada", "bo", "jo", "sam")]
    request = a_request(asked_by="sam", authors=("bo",))

    assert still_able(request, [a_decision(people[0])], people) == ["Jo"]


@pytest.mark.parametrize("objection", list(Objection))
def test_every_refusal_is_a_sentence(objection: Objection) -> None:
    say, _ = refusal(objection, "Onboard feed fx_trades", ["Ada"], "expired")

    assert say.endswith((".", "yet."))
    assert len(say) > 20


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (
            {"rules": [{"id": "a-rule", "needs": [{"role": "leader", "count": 1}]}]},
            "the rule a-rule, needs.0.role",
        ),
        ({"rules": [{"needs": []}]}, "rules.0.id"),
        (None, "its beginning"),
    ],
)
def test_what_is_not_valid_is_found_by_the_rules_id(document: object, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_policy(document)

    assert f"not valid at {place}:" in refused.value.say


def test_of_two_rules_with_one_id_that_id_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        parse_policy({"rules": [ORDINARY, CRITICAL, CRITICAL | {"is_high_risk": False}]})

    assert "the same id, critical." in refused.value.say


@pytest.mark.parametrize(
    ("approvers", "told"),
    [
        ([], "To take a yes back, press Reject."),
        (["Ada", "Bo"], "Still to decide: Ada, Bo. To take a yes back, press Reject."),
    ],
)
def test_who_has_decided_is_told_who_has_not(approvers: list[str], told: str) -> None:
    assert refusal(Objection.ALREADY_DECIDED, "Onboard feed fx_trades", approvers, "pending")[1] == told


def test_a_late_press_is_told_what_became_of_the_request() -> None:
    said = [
        refusal(Objection.OVER, "Onboard feed fx_trades", [], ended)[0] for ended in ("pending", "expired")
    ]

    assert said == ["This request's time is up.", "This request is already expired."]
