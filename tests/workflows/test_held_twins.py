"""The same bytes again while they are held back ask nobody again, and share what becomes of the first."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errands import ErrandRef
from bot.presenters.sentences import stored_sentence
from domain.acts.approval_ends import end_subject
from domain.acts.delivery_ends import ask_again, may_be_asked_again
from domain.acts.where_begun import tell_where_begun
from domain.approval.approvals import Verdict
from domain.errands import DeliveryState, Errand, ErrandState
from domain.identity.web_access import Scope, new_key
from domain.ids import PersonId
from domain.telling.postings import View
from runtime.wiring.delivery_gate import ErrandGate
from tests.domain.builders import a_posting
from tests.workflows.watch_house import FX, PLACE, WatchHouse

BAD = b"trade_id,amount\n" + b"T1,\n" * 60


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


def _drop(house: WatchHouse, name: str, content: bytes = BAD) -> Errand:
    house.hand_in(name, content)
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))
    with house.transactions.reading() as uow:
        return uow.errands.get(name)


def _asked(house: WatchHouse) -> list[str]:
    with house.transactions.reading() as uow:
        return [one.subject for one in uow.approval_list.pending()]


def _decide(house: WatchHouse, verdict: Verdict) -> None:
    with house.transactions.writing() as uow:
        (request,) = uow.approval_list.pending()
        ended = request.model_copy(update={"verdict": verdict})
        uow.approvals.save(ended)
        end_subject(uow, ended, verdict, "", house.clock.now())


def test_the_same_bytes_dropped_again_hear_for_whom_they_wait(house: WatchHouse) -> None:
    _drop(house, "first")
    again = _drop(house, "again")
    other = _drop(house, "other", BAD + b"T1,\n")

    assert again.same_as == "first"
    assert "again.csv holds the same bytes as first.csv" in again.sentence
    assert "It waits for Ada" in again.sentence
    assert other.same_as == ""
    assert _asked(house) == ["delivery/first", "delivery/other"]


def test_what_expired_is_judged_and_asked_about_anew_once_somebody_asks_again(house: WatchHouse) -> None:
    _drop(house, "first")
    _decide(house, Verdict.EXPIRED)
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="first"))
    by_itself = _asked(house)

    with house.transactions.writing() as uow:
        (expired,) = uow.approval_list.of_subject("delivery/first")
        ask_again(uow, expired, house.clock.now())
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="first"))

    assert by_itself == []
    assert _asked(house) == ["delivery/first"]
    with house.transactions.reading() as uow:
        former, newer = uow.approval_list.of_subject("delivery/first")
        assert not may_be_asked_again(uow, former)
    assert (former.verdict, newer.verdict) == (Verdict.EXPIRED, Verdict.PENDING)
    _decide(house, Verdict.APPROVED)
    with house.transactions.reading() as uow:
        known = uow.quality.state_of("first")
    assert known is not None
    assert known[0] is DeliveryState.RELEASED


def test_who_asks_again_and_hears_nothing_may_ask_once_more(house: WatchHouse) -> None:
    first = _drop(house, "first")
    _decide(house, Verdict.EXPIRED)
    with house.transactions.writing() as uow:
        (expired,) = uow.approval_list.of_subject("delivery/first")
        ask_again(uow, expired, house.clock.now())
        meanwhile = may_be_asked_again(uow, expired)
        uow.errands.save(first.model_copy(update={"state": ErrandState.FAILED}))

    with house.transactions.reading() as uow:
        assert (meanwhile, may_be_asked_again(uow, expired)) == (False, True)
    with house.transactions.writing() as uow:
        ask_again(uow, expired, house.clock.now())
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="first"))
    assert _asked(house) == ["delivery/first"]


def test_an_errand_that_fails_has_the_card_of_its_rows_drawn_anew(house: WatchHouse) -> None:
    house.hand_in("first", BAD)
    with house.transactions.writing() as uow:
        posting = a_posting(View.APPROVAL, "delivery/first", PLACE, house.clock.now(), key="approval#a1")
        uow.postings.add(posting)
        lost = uow.errands.get("first").model_copy(update={"blob": None})
        uow.errands.save(lost)

    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="first"))

    with house.transactions.reading() as uow:
        drawn = uow.postings.find("approval#a1")
    assert drawn is not None
    assert drawn.wanted == 2


def test_rows_that_are_judged_anew_are_the_same_trouble(house: WatchHouse) -> None:
    _drop(house, "first")
    _decide(house, Verdict.EXPIRED)
    with house.transactions.writing() as uow:
        (before,) = uow.quality.scores(FX, 9)
        (expired,) = uow.approval_list.of_subject("delivery/first")
        ask_again(uow, expired, house.clock.now())
    house.clock.ahead += timedelta(hours=3)

    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="first"))

    with house.transactions.reading() as uow:
        (after,) = uow.quality.scores(FX, 9)
    assert after.measured_at == before.measured_at


def test_a_pipeline_is_not_told_that_somebody_asked_where_the_policy_changed(house: WatchHouse) -> None:
    gate = ErrandGate(house.stores, {"data-feeds": (PLACE,)}, "data-feeds", lambda: None)
    name = gate.submit(FX, "a.csv", BAD, "etl")
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))
    _decide(house, Verdict.SUPERSEDED)

    told = gate.answer(FX, name)

    assert (told.state, told.say) == ("held", "It is looked at once more, and asked about anew.")


def test_what_expired_is_not_asked_again_while_the_same_bytes_wait(house: WatchHouse) -> None:
    _drop(house, "first")
    _decide(house, Verdict.EXPIRED)
    _drop(house, "again")

    with house.transactions.reading() as uow:
        (expired,) = uow.approval_list.of_subject("delivery/first")
        assert not may_be_asked_again(uow, expired)


def test_bytes_that_were_decided_about_are_judged_anew(house: WatchHouse) -> None:
    _drop(house, "first")
    _decide(house, Verdict.REJECTED)

    assert _drop(house, "again").same_as == ""
    assert _asked(house) == ["delivery/again"]


def test_who_dropped_what_was_refused_is_told_in_its_thread_and_a_program_is_not(house: WatchHouse) -> None:
    _drop(house, "first")
    with house.transactions.writing() as uow:
        errand = uow.errands.get("first")
        thread = errand.place.model_copy(update={"thread": "t1"})
        uow.errands.save(errand.model_copy(update={"place": thread}))
        (request,) = uow.approval_list.pending()
        now = house.clock.now()
        tell_where_begun(uow, request, "Not approved", "ask for another file", stored_sentence, now)
        program = errand.model_copy(update={"place": errand.place.model_copy(update={"thread": ""})})
        uow.errands.save(program)
        other = request.model_copy(update={"id": "other", "requested_by": "etl"})
        tell_where_begun(uow, other, "Not approved", "ask for another file", stored_sentence, now)
        due = uow.postings.due(now, 50, [PLACE.platform])
        told = [one for one in due if "ask for another file" in one.card_json]

    assert [one.place.thread for one in told] == ["t1"]


def test_a_pipeline_hears_what_people_decided_and_why(house: WatchHouse) -> None:
    gate = ErrandGate(house.stores, {"data-feeds": (PLACE,)}, "data-feeds", lambda: None)
    name = gate.submit(FX, "a.csv", BAD, "etl")
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))
    with house.transactions.writing() as uow:
        (request,) = uow.approval_list.pending()
        ended = request.model_copy(update={"verdict": Verdict.REJECTED})
        uow.approvals.save(ended)
        end_subject(uow, ended, Verdict.REJECTED, "Ada rejected it: half of it is empty", house.clock.now())

    told = gate.answer(FX, name)

    assert (told.state, told.say) == ("refused", "Ada rejected it: half of it is empty")


@pytest.mark.proves("A4")
@pytest.mark.parametrize(
    ("name", "scope", "ended_days", "is_barred"),
    [
        ("etl", Scope.INTAKE, 0, True),
        ("etl", Scope.INTAKE, 3, False),
        ("etl", Scope.READ, 0, False),
        ("other", Scope.INTAKE, 0, False),
    ],
)
def test_nobody_releases_what_came_through_a_key_of_their_own(
    house: WatchHouse, name: str, scope: Scope, ended_days: int, is_barred: bool
) -> None:
    gate = ErrandGate(house.stores, {"data-feeds": (PLACE,)}, "data-feeds", lambda: None)
    now = house.clock.now()
    key, _ = new_key(name, PersonId("ada"), frozenset({scope}), now, timedelta(days=9))
    with house.transactions.writing() as uow:
        ended = now - timedelta(days=ended_days)  # at best right after it was used
        uow.api_keys.save(key.model_copy(update={"revoked_at": ended}))
    delivery = gate.submit(FX, "a.csv", BAD, "etl")

    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=delivery))

    with house.transactions.reading() as uow:
        (request,) = uow.approval_list.pending()
    assert ("ada" in request.authors) is is_barred


def test_a_pipeline_with_the_same_bytes_under_another_name_shares_the_answer(house: WatchHouse) -> None:
    gate = ErrandGate(house.stores, {"data-feeds": (PLACE,)}, "data-feeds", lambda: None)
    names = [gate.submit(FX, name, BAD, "etl") for name in ("a.csv", "b.csv")]
    for name in names:
        ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))
    held = [gate.answer(FX, name) for name in names]
    assert len(set(names)) == 2
    assert [one.state for one in held] == ["held", "held"]
    assert held[1].say == "It waits for Ada."
    assert len(_asked(house)) == 1

    _decide(house, Verdict.APPROVED)

    assert [gate.answer(FX, name).state for name in names] == ["released", "released"]
