"""When a notice is tried again, on which way, when it is given up, and how often one person is told."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.approval.policy import parse_policy
from domain.identity.contacts import CODE_LIVES, after_code, asked, code_of, is_trusted
from domain.identity.people import Person, Role, Way
from domain.ids import PersonId
from domain.telling.notices import (
    Call,
    Fate,
    Notice,
    NoticeState,
    claimed,
    failed,
    fate_in_words,
    looked,
    may_go_at,
    notices_of,
    taken,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ERIN = Person(
    id=PersonId("erin"), name="Erin", email="erin@example.org", phone="+4915112345678", roles=frozenset(Role)
)


def _notice(*ways: Way) -> Notice:
    return Notice(
        key="k", person=PersonId("erin"), title="t", ways=ways or (Way.SMS, Way.MAIL), created_at=NOW,
        next_attempt_at=NOW,
    )  # fmt: skip


def _tried(notice: Notice, way: Way, at: datetime = NOW, *, is_final: bool = False) -> Notice:
    return failed(claimed(notice, way, "b", at), way, "it is down", at, is_final=is_final)


def test_the_next_way_is_tried_at_once_and_a_round_that_failed_waits_longer_each_time() -> None:
    notice = _notice()
    waits = []
    for n in range(6):
        notice = _tried(notice, notice.ways[n % 2])
        assert notice.next_attempt_at is not None
        waits.append((notice.next_attempt_at - NOW).total_seconds())

    assert waits == [1, 10, 1, 20, 1, 40]


def test_a_way_that_will_never_work_is_ruled_out_and_the_last_one_ends_it() -> None:
    first = _tried(_notice(), Way.SMS, is_final=True)
    second = _tried(first, Way.MAIL, is_final=True)

    assert (first.state, first.ruled_out) == (NoticeState.WAITING, (Way.SMS,))
    assert (second.state, second.next_attempt_at) == (NoticeState.GIVEN_UP, None)
    assert fate_in_words(second, "Erin") == "Erin could not be reached: it is down"


def test_after_a_day_nobody_is_told_any_more() -> None:
    assert _tried(_notice(), Way.SMS, NOW + timedelta(hours=25)).state is NoticeState.GIVEN_UP


def test_a_text_message_that_got_lost_goes_to_the_next_way() -> None:
    sent = taken(claimed(_notice(), Way.SMS, "b", NOW), Way.SMS, "SM1", NOW, is_followed=True)

    lost = looked(sent, Fate.LOST, NOW)

    assert (lost.state, lost.ruled_out, lost.sent_at) == (NoticeState.WAITING, (Way.SMS,), None)
    assert looked(sent, Fate.ARRIVED, NOW).state is NoticeState.ARRIVED


def test_a_service_that_never_says_more_is_asked_less_and_less_and_then_believed() -> None:
    notice = taken(claimed(_notice(), Way.SMS, "b", NOW), Way.SMS, "SM1", NOW, is_followed=True)
    asked_times = 0
    while notice.next_attempt_at is not None:
        notice = looked(notice, Fate.UNDER_WAY, notice.next_attempt_at)
        asked_times += 1

    assert (notice.state, asked_times) == (NoticeState.SENT, 9)


@pytest.mark.proves("N4")
def test_a_storm_of_a_day_is_a_handful_of_messages_an_hour_for_one_person() -> None:
    sent: list[datetime] = []
    for minute in range(24 * 60):
        now = NOW + timedelta(minutes=minute)
        if may_go_at(sent, now, is_urgent=False) <= now:
            sent.append(now)

    first_hour = [at for at in sent if at < NOW + timedelta(hours=1)]
    assert first_hour[:5] == [NOW + timedelta(minutes=m) for m in (0, 1, 3, 7, 15)]
    assert len(first_hour) <= 8
    assert len(sent) <= 24 * 8
    assert may_go_at(sent, sent[-1], is_urgent=True) <= sent[-1] + timedelta(minutes=3)


def test_a_call_is_one_notice_a_person_and_one_a_system() -> None:
    call = Call(
        key="c", people=(PersonId("erin"), PersonId("ben")), by=(Way.SMS, Way.PAGERDUTY, Way.MAIL),
        subject="incident/i1", waits_on="incident/i1", title="t", text="x", path="/", is_urgent=True, at=NOW,
        not_before=NOW + timedelta(hours=1),
    )  # fmt: skip

    made = notices_of(call)

    assert [(n.key, n.ways) for n in made] == [
        ("c:erin", (Way.SMS, Way.MAIL)),
        ("c:ben", (Way.SMS, Way.MAIL)),
        ("c:pagerduty", (Way.PAGERDUTY,)),
    ]
    assert {n.next_attempt_at for n in made} == {NOW + timedelta(hours=1)}


@pytest.mark.proves("N2")
def test_an_address_counts_once_it_is_vouched_for_or_confirmed_as_it_is_now() -> None:
    key = b"k" * 32
    waits = asked(ERIN, Way.SMS, NOW)

    confirmed = after_code(waits, code_of(key, waits), code_of(key, waits), NOW)

    assert not is_trusted(ERIN, Way.SMS, None)
    assert not is_trusted(ERIN, Way.SMS, waits)
    assert is_trusted(ERIN, Way.SMS, confirmed)
    assert not is_trusted(ERIN.model_copy(update={"phone": "+4915112345679"}), Way.SMS, confirmed)
    assert is_trusted(ERIN.model_copy(update={"vouched": frozenset({Way.MAIL})}), Way.MAIL, None)
    assert not is_trusted(
        ERIN.model_copy(update={"vouched": frozenset({Way.MAIL}), "email": "erin"}), Way.MAIL, None
    )


@pytest.mark.proves("N2")
def test_a_code_ends_after_half_an_hour_or_five_wrong_ones() -> None:
    waits = asked(ERIN, Way.SMS, NOW)
    right = code_of(b"k" * 32, waits)

    late = after_code(waits, right, right, NOW + CODE_LIVES + timedelta(seconds=1))
    guessed = waits
    for _ in range(5):
        guessed = after_code(guessed, "00000000" if right != "00000000" else "1", right, NOW)

    assert late.confirmed_at is None
    assert after_code(guessed, right, right, NOW).confirmed_at is None


def test_a_step_without_ways_leaves_the_version_of_a_policy_as_it_was() -> None:
    rules = {"rules": [{"id": "a", "steps": [{"after_minutes": 5, "tell": "lead"}]}]}
    told = {"rules": [{"id": "a", "steps": [{"after_minutes": 5, "tell": "lead", "by": ["mail", "sms"]}]}]}

    before, after = parse_policy(rules), parse_policy(told)

    assert "by" not in before.model_dump_json()
    assert before.version != after.version
    assert after.rules[0].steps[0].by == (Way.MAIL, Way.SMS)


def test_what_went_out_before_a_clock_was_set_back_holds_nobodys_messages_up() -> None:
    ahead = [NOW + timedelta(hours=2), NOW + timedelta(hours=2, minutes=5)]
    just = [NOW - timedelta(seconds=10)]

    assert may_go_at(ahead, NOW, is_urgent=False) == NOW
    assert may_go_at([*ahead, *just], NOW, is_urgent=False) == just[0] + timedelta(minutes=1)
    assert may_go_at([NOW + timedelta(seconds=20)], NOW, is_urgent=True) > NOW
