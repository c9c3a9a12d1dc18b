"""What makes two requests one, and two cards one: whoever is asked twice would decide twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.approval.approval_requests import Question, cards_of, request_under
from domain.approval.approvals import ApprovalRequest
from domain.approval.policy import parse_policy
from domain.identity.chat import Place, Platform
from domain.ids import PersonId

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
POLICY = parse_policy(
    {"rules": [{"id": "any", "needs": [{"role": "approver", "count": 1}], "expire_after_minutes": 90}]}
)
QUESTION = Question(
    "change/c1@3", "change/c1", "ab" * 32, "Onboard feed fx", PersonId("sam"), frozenset(), {}
)
OPS = Place(platform=Platform.SLACK, workspace="T1", channel="C1")


def _request(question: Question) -> ApprovalRequest:
    return request_under(POLICY, POLICY.rules[0], question, NOW)


def test_the_same_question_is_the_same_request_whenever_it_is_asked() -> None:
    later = request_under(POLICY, POLICY.rules[0], QUESTION, NOW + timedelta(hours=5))

    # Requests that are open while a release is exchanged are known by this.
    assert later.id == _request(QUESTION).id == "d1b2cd0d824d3a36"


def test_another_version_content_or_time_of_asking_is_another_request() -> None:
    asked = [
        QUESTION,
        replace(QUESTION, version="change/c1@4"),
        replace(QUESTION, subject_hash="cd" * 32),
        replace(QUESTION, former=1),
        replace(QUESTION, former=2),
    ]

    assert len({_request(one).id for one in asked}) == len(asked)


def test_a_request_waits_as_long_as_its_rule_says() -> None:
    assert _request(QUESTION).expires_at == NOW + timedelta(minutes=90)


def test_each_place_and_each_thread_of_it_has_a_card_of_its_own() -> None:
    request = _request(QUESTION)
    places = [OPS, OPS.model_copy(update={"thread": "17.4"}), OPS.model_copy(update={"thread": "18.1"})]

    cards = cards_of(request, places, NOW)

    assert [card.key for card in cards] == [
        f"approval#{request.id}:slack:T1:C1{thread}" for thread in ("", ":17.4", ":18.1")
    ]
