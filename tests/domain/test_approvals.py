"""Whether a decision counts, and what decisions add up to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approval.approvals import (
    Need,
    Objection,
    Say,
    Verdict,
    approved_subject,
    as_of_now,
    missing,
    objection_to,
    tally,
)
from domain.identity.people import Role
from tests.domain.builders import HASH, NOW, a_decision, a_person, a_request

ADA = a_person("ada", Role.APPROVER)
JO = a_person("jo", Role.APPROVER)
KIM = a_person("kim", Role.APPROVER, Role.DATA_STEWARD)
TWO = (Need(role=Role.APPROVER, count=2),)


def test_a_rejection_ends_the_request_even_after_enough_yeses() -> None:
    decisions = [a_decision(ADA), a_decision(KIM, Say.NO), a_decision(JO)]

    assert tally(TWO, decisions) is Verdict.REJECTED


@pytest.mark.proves("A3")
def test_one_person_counts_once() -> None:
    decisions = [a_decision(ADA, press="slack:1"), a_decision(ADA, press="teams:2")]

    assert tally(TWO, decisions) is Verdict.PENDING
    assert missing(TWO, decisions) == 1
    assert objection_to(decisions[1], a_request(*TWO), ADA, decisions[:1]) is Objection.ALREADY_DECIDED


@pytest.mark.proves("A3")
def test_only_a_yes_can_be_taken_back() -> None:
    yes, no = a_decision(ADA), a_decision(ADA, Say.NO)

    assert objection_to(no, a_request(*TWO), ADA, [yes]) is None
    assert objection_to(yes, a_request(*TWO), ADA, [no]) is Objection.ALREADY_DECIDED
    assert objection_to(no, a_request(*TWO), ADA, [no]) is Objection.ALREADY_DECIDED
    assert missing(TWO, [no]) == 2


@pytest.mark.proves("A5")
def test_a_seat_is_kept_with_a_role_that_was_there_at_the_act_and_still_is() -> None:
    gained, lost, left = ADA, a_person("jo", Role.ENGINEER), a_person("kim", is_active=False)
    yes = a_decision(a_person("ada", Role.LEAD))
    now = {person.id: person for person in (gained, lost, left)}

    kept = as_of_now([yes, a_decision(JO), a_decision(KIM), a_decision(KIM, Say.NO)], now.get)

    assert [decision.roles for decision in kept] == [frozenset()] * 4
    assert tally(TWO, kept[:3]) is Verdict.PENDING
    assert tally(TWO, kept) is Verdict.REJECTED
    assert as_of_now([a_decision(ADA)], now.get) == [a_decision(ADA)]


@pytest.mark.proves("A7")
def test_distinct_roles_are_distinct_people() -> None:
    needs = (Need(role=Role.APPROVER, count=1), Need(role=Role.DATA_STEWARD, count=1))

    assert tally(needs, [a_decision(KIM)]) is Verdict.PENDING
    assert tally(needs, [a_decision(KIM), a_decision(ADA)]) is Verdict.APPROVED
    assert tally(needs, [a_decision(ADA), a_decision(JO)]) is Verdict.PENDING


@pytest.mark.proves("A7")
@pytest.mark.parametrize("name", ["abe", "zoe"])
def test_who_has_two_roles_leaves_the_seat_to_who_has_only_that_one(name: str) -> None:
    needs = (Need(role=Role.APPROVER, count=1), Need(role=Role.DATA_STEWARD, count=1))
    both = a_decision(a_person(name, Role.APPROVER, Role.DATA_STEWARD))

    assert tally(needs, [both, a_decision(ADA)]) is Verdict.APPROVED
    assert missing(needs, [both, a_decision(ADA)]) == 0


@pytest.mark.proves("A6")
def test_without_needs_nobody_can_approve() -> None:
    empty = a_request().model_copy(update={"needs": ()})

    assert objection_to(a_decision(ADA), empty, ADA, []) is Objection.NOBODY_CAN
    assert tally((), [a_decision(ADA), a_decision(JO)]) is Verdict.PENDING


@pytest.mark.proves("A4")
@pytest.mark.parametrize("part", ["asked", "wrote"])
def test_whoever_asked_or_wrote_cannot_decide(part: str) -> None:
    request = a_request(asked_by="ada") if part == "asked" else a_request(authors=("ada",))

    assert objection_to(a_decision(ADA), request, ADA, []) is Objection.OWN_REQUEST


@pytest.mark.proves("A8")
@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PENDING])
def test_what_is_over_cannot_be_decided(verdict: Verdict) -> None:
    assert objection_to(a_decision(ADA), a_request(verdict=verdict), ADA, []) is Objection.OVER


@pytest.mark.proves("A8")
def test_a_decision_after_the_deadline_is_too_late() -> None:
    request = a_request()
    late = a_decision(ADA).model_copy(update={"at": request.expires_at})
    just = late.model_copy(update={"at": request.expires_at - timedelta(microseconds=1)})

    assert objection_to(late, request, ADA, []) is Objection.OVER
    assert objection_to(just, request, ADA, []) is None


@pytest.mark.proves("A5")
def test_rights_are_those_of_the_moment() -> None:
    removed = a_person("ada", Role.ENGINEER)
    gone = a_person("ada", Role.APPROVER, is_active=False)

    assert objection_to(a_decision(ADA), a_request(), removed, []) is Objection.NOT_AN_APPROVER
    assert objection_to(a_decision(ADA), a_request(), gone, []) is Objection.DEACTIVATED


@pytest.mark.proves("I4")
def test_high_risk_is_not_approved_on_an_old_sign_in_but_may_be_rejected() -> None:
    request = a_request(high_risk=True)

    assert objection_to(a_decision(ADA), request, ADA, [], has_fresh_sign_in=False) is Objection.OLD_SIGN_IN
    assert objection_to(a_decision(ADA, Say.NO), request, ADA, [], has_fresh_sign_in=False) is None
    assert objection_to(a_decision(ADA), a_request(), ADA, [], has_fresh_sign_in=False) is None


@pytest.mark.proves("A11")
def test_high_risk_is_read_before_it_is_approved_but_may_be_rejected_unread() -> None:
    request = a_request(high_risk=True)

    assert objection_to(a_decision(ADA), request, ADA, [], has_read_all=False) is Objection.NOT_READ
    assert objection_to(a_decision(ADA, Say.NO), request, ADA, [], has_read_all=False) is None


@pytest.mark.proves("A1")
@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"))
def test_a_yes_belongs_to_one_hash(place: int, digit: str) -> None:
    other = HASH[:place] + digit + HASH[place + 1 :]

    objection = objection_to(a_decision(ADA, subject_hash=other), a_request(), ADA, [])

    assert objection is (None if other == HASH else Objection.OTHER_VERSION)


@given(
    roles=st.lists(st.sets(st.sampled_from(list(Role)), min_size=1), max_size=6),
    needs=st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(1, 2)), min_size=1, max_size=3),
)
def test_more_yeses_never_take_an_approval_back(
    roles: list[set[Role]], needs: list[tuple[Role, int]]
) -> None:
    people = [a_person(f"p{number}", *kept) for number, kept in enumerate(roles)]
    wanted = [Need(role=role, count=count) for role, count in needs]
    decisions = [a_decision(person) for person in people]

    verdicts = [tally(wanted, decisions[:count]) for count in range(len(decisions) + 1)]

    assert verdicts == sorted(verdicts, key=[Verdict.PENDING, Verdict.APPROVED].index)
    assert (missing(wanted, decisions) == 0) == (verdicts[-1] is Verdict.APPROVED)


@pytest.mark.proves("A1", "A4")
def test_a_proof_of_approval_is_made_only_from_decisions_that_carry_it() -> None:
    approved = a_request(verdict=Verdict.APPROVED)

    last = a_decision(JO).model_copy(update={"at": NOW + timedelta(hours=1)})
    proof = approved_subject(approved, [last, a_decision(ADA)])

    assert proof is not None
    assert (proof.approved_at, proof.decisions) == (last.at, (last.press, a_decision(ADA).press))
    assert approved_subject(a_request(), [a_decision(ADA)]) is None
    assert approved_subject(approved, []) is None
    assert approved_subject(approved, [a_decision(ADA, subject_hash="cd" * 32)]) is None
    assert approved_subject(a_request(asked_by="ada", verdict=Verdict.APPROVED), [a_decision(ADA)]) is None
    wrote = a_request(authors=("ada",), verdict=Verdict.APPROVED)
    assert approved_subject(wrote, [a_decision(ADA), a_decision(JO)]) is None
