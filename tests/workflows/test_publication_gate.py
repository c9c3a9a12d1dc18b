"""A day that differs from its source is held back from readers until people or its rows say otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errands import ErrandEnd, ErrandRef
from bot.presenters.drawing import Drawing
from domain.acts.approval_ends import end_subject
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.data_quality.publications import Publication, breaks_of, judged, publication_id
from domain.errands import DeliveryState, Errand, ErrandKind
from domain.ids import ApprovalId, PersonId
from domain.telling.postings import View
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint
from runtime.settings.house import Settings
from runtime.wiring.delivery_gate import ErrandGate
from runtime.wiring.watching.data_window import DataWindow
from tests.domain.builders import a_posting
from tests.workflows.watch_house import FX, PLACE, WatchHouse

SIDES = {"key": "trade_id", "columns": "amount", "date_column": "day"}


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return _house(tmp_path, "hold")


def _house(tmp_path: Path, on_break: str) -> WatchHouse:
    made = WatchHouse(tmp_path)
    tables = SIDES | {f"{side}_file": str(tmp_path / (side + "_{date}.csv")) for side in ("source", "target")}
    settings = Settings(data_dir=tmp_path, watch={"reconciliations": {FX: tables | {"on_break": on_break}}})
    made.errands = made.made_errands(settings)
    return made


def _day(house: WatchHouse) -> str:
    return (house.clock.now() - timedelta(days=1)).date().isoformat()


def _fill(house: WatchHouse, lost: int, changed: int = 0) -> None:
    day = _day(house)
    for name, rows, other in (("source", 400, 0), ("target", 400 - lost, changed)):
        lines = [f"{n},{n * 2 + (n < other)},{day}" for n in range(rows)]
        (house.folder / f"{name}_{day}.csv").write_text("\n".join(["trade_id,amount,day", *lines]))


def _compare(house: WatchHouse, name: str, day: str = "", is_quiet: bool = True) -> ErrandEnd:
    errand = Errand(
        id=name,
        kind=ErrandKind.RECONCILE,
        asked_by=PersonId("erin"),
        place=PLACE,
        at=house.clock.now(),
        feed=FX,
        business_date=day or _day(house),
        is_quiet=is_quiet,
    )
    with house.transactions.writing() as uow:
        uow.errands.save(errand)
    ended: ErrandEnd = ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))
    return ended


def _held(house: WatchHouse) -> Publication:
    with house.transactions.reading() as uow:
        found = uow.publications.find(publication_id(FX, _day(house)))
    assert found is not None
    return found


def _requests(house: WatchHouse) -> list[ApprovalRequest]:
    with house.transactions.reading() as uow:
        return uow.approval_list.of_subject(_held(house).subject)


def _decide(house: WatchHouse, verdict: Verdict) -> None:
    with house.transactions.writing() as uow:
        request = uow.approvals.get(_requests(house)[-1].id)
        ended = request.model_copy(update={"verdict": verdict, "ended_at": house.clock.now()})
        uow.approvals.save(ended)
        end_subject(uow, ended, verdict, "", house.clock.now())


@pytest.mark.parametrize("changed", [0, 3])
def test_a_feed_that_holds_what_is_unusual_lets_a_trickle_pass(tmp_path: Path, changed: int) -> None:
    house = _house(tmp_path, "hold_unusual")
    _fill(house, lost=0, changed=changed)

    asked = _compare(house, "r1")

    assert asked.approval == ""
    assert _held(house).state is DeliveryState.RELEASED
    said = "no more than usual" if changed else "agree"
    assert said in _held(house).sentence


@pytest.mark.parametrize("lost", [1, 40, 400])
def test_a_feed_that_holds_what_is_unusual_asks_about_rows_that_are_lost_and_about_a_part_that_is_gone(
    tmp_path: Path, lost: int
) -> None:
    house = _house(tmp_path, "hold_unusual")
    _fill(house, lost=lost)

    asked = _compare(house, "r1")

    assert asked.approval == _requests(house)[0].id
    assert _held(house).state is DeliveryState.HELD


def test_rows_that_a_published_day_has_lost_before_are_asked_about_once_and_refused_ones_again(
    tmp_path: Path,
) -> None:
    house = _house(tmp_path, "hold_unusual")

    def lost_yesterday(rows: int, back: int) -> str:
        day = (house.clock.now() - timedelta(days=back)).date().isoformat()
        for name, kept in (("source", 400), ("target", 400 - rows)):
            lines = [f"{n},{n * 2},{day}" for n in range(kept)]
            (house.folder / f"{name}_{day}.csv").write_text("\n".join(["trade_id,amount,day", *lines]))
        return _compare(house, f"r{back}", day).approval

    assert lost_yesterday(3, 9) != ""
    assert lost_yesterday(3, 8) != "", "the day before is still held back"
    with house.transactions.writing() as uow:
        (first,) = [one for one in uow.publications.held() if one.errand == "r9"]
        uow.publications.save(first.model_copy(update={"state": DeliveryState.RELEASED}))

    assert lost_yesterday(4, 7) == ""
    assert lost_yesterday(30, 6) != ""


def test_what_a_feed_usually_differs_by_is_learned_from_its_own_comparisons(tmp_path: Path) -> None:
    house = _house(tmp_path, "hold_unusual")
    with house.transactions.writing() as uow:
        for back in range(2, 12):
            day = (house.clock.now() - timedelta(days=back)).date().isoformat()
            usual = MismatchPoint(kind="missing rows", rows=28 + back % 3)
            uow.quality.save_reconciliation(
                FX,
                ReconciliationPoint(
                    id=f"d{back}",
                    business_date=day,
                    at=house.clock.now() - timedelta(days=back - 1),
                    state="done",
                    source_rows=400,
                    target_rows=370,
                    mismatches=(usual,),
                ),
                house.clock.now(),
            )

    _fill(house, lost=32)
    assert _compare(house, "r1").approval == ""
    _fill(house, lost=200)
    assert _compare(house, "r2").approval != ""


def test_a_day_with_lost_rows_waits_for_a_yes_that_covers_as_much_and_no_more(house: WatchHouse) -> None:
    _fill(house, lost=40)
    asked = _compare(house, "r1")
    assert asked.approval == _requests(house)[0].id
    assert "Publish fx_trades for" in _requests(house)[0].title
    assert "40 of missing rows" in _requests(house)[0].title
    again = _compare(house, "r2")
    assert again.approval == asked.approval, "the same difference is asked about once"
    with house.transactions.reading() as uow:
        facts = DataWindow().facts(uow, house.clock.now())
        key = f"approval#{asked.approval}:x"
        posting = a_posting(View.APPROVAL, _held(house).subject, PLACE, house.clock.now(), key=key)
        card = Drawing(house.stores.blobs).draw(posting, uow)
    assert facts[FX].held_days == (_day(house),)
    assert "held back from readers" in card.lead
    assert "40 of missing rows" in card.sections[0].text

    _decide(house, Verdict.APPROVED)
    _fill(house, lost=30)
    assert _compare(house, "r3").approval == ""
    assert _held(house).state is DeliveryState.RELEASED
    _fill(house, lost=90)
    more = _compare(house, "r4")

    assert _held(house).state is DeliveryState.HELD
    assert more.approval not in ("", asked.approval)


def test_one_card_of_the_feed_tells_that_it_differs_and_that_the_day_is_held_back(house: WatchHouse) -> None:
    _fill(house, lost=40)
    asked = _compare(house, "r1")

    with house.transactions.reading() as uow:
        one = uow.discrepancies.open_of(FX)
        assert one is not None
        (card,) = uow.posting_lookup.about(one.subject)
        facts = {fact.label: fact.value for fact in Drawing(house.stores.blobs).draw(card, uow).facts}
        questions = [post.place.channel for post in uow.posting_lookup.about(_held(house).subject)]
    assert facts["Held back"].startswith(_day(house))
    assert questions == ["approvals"]
    assert asked.approval
    _decide(house, Verdict.APPROVED)
    with house.transactions.reading() as uow:
        assert all(fact.label != "Held back" for fact in Drawing(house.stores.blobs).draw(card, uow).facts)


def test_a_day_that_agrees_again_is_released_and_its_question_withdrawn(house: WatchHouse) -> None:
    _fill(house, lost=40)
    _compare(house, "r1")
    _fill(house, lost=0)
    ended = _compare(house, "r2", is_quiet=False)

    assert ended.approval == ""
    assert _held(house).state is DeliveryState.RELEASED
    assert [one.verdict for one in _requests(house)] == [Verdict.WITHDRAWN]


def test_a_day_that_was_refused_stays_out_until_it_agrees(house: WatchHouse) -> None:
    _fill(house, lost=40)
    _compare(house, "r1")
    _decide(house, Verdict.REJECTED)
    _fill(house, lost=90)
    assert _compare(house, "r2").approval == ""
    assert _held(house).state is DeliveryState.REFUSED
    _fill(house, lost=0)
    _compare(house, "r3")

    assert _held(house).state is DeliveryState.RELEASED


def test_a_policy_that_changed_lets_the_day_be_compared_and_asked_anew(house: WatchHouse) -> None:
    _fill(house, lost=40)
    first = _compare(house, "r1")
    _decide(house, Verdict.SUPERSEDED)
    with house.transactions.reading() as uow:
        assert [errand.id for errand in uow.errands.wanted()] == ["r1"]
    second = _compare(house, "r2")

    assert second.approval not in ("", first.approval)
    assert _held(house).state is DeliveryState.HELD


def test_what_was_superseded_is_asked_anew_under_the_same_policy_too(house: WatchHouse) -> None:
    _fill(house, lost=40)
    first = _compare(house, "r1")
    _decide(house, Verdict.SUPERSEDED)
    second: ErrandEnd = ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="r1"))
    house.hand_in("d1", b"trade_id,amount\n" + b"T1,\n" * 60)
    held: ErrandEnd = ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="d1"))
    with house.transactions.writing() as uow:
        request = uow.approvals.get(ApprovalId(held.approval))
        ended = request.model_copy(update={"verdict": Verdict.SUPERSEDED, "ended_at": house.clock.now()})
        uow.approvals.save(ended)
        end_subject(uow, ended, Verdict.SUPERSEDED, "", house.clock.now())
    again: ErrandEnd = ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="d1"))

    assert second.approval not in ("", first.approval)
    assert again.approval not in ("", held.approval)


def test_who_compares_a_day_of_long_ago_by_hand_asks_nobody(house: WatchHouse) -> None:
    day = (house.clock.now() - timedelta(days=60)).date().isoformat()
    for name, rows in (("source", 400), ("target", 300)):
        lines = [f"{n},{n * 2},{day}" for n in range(rows)]
        (house.folder / f"{name}_{day}.csv").write_text("\n".join(["trade_id,amount,day", *lines]))

    assert _compare(house, "e1", day, is_quiet=False).approval == ""


def test_a_pipeline_waits_for_the_day_and_hears_why(house: WatchHouse) -> None:
    _fill(house, lost=40)
    gate = ErrandGate(house.stores, {"data-feeds": (PLACE,)}, "data-feeds", lambda: None)
    comparison = gate.compare(FX, _day(house), "etl")
    assert gate.compare(FX, _day(house), "etl") == comparison
    before = gate.answer_of_day(FX, _day(house), comparison)
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=comparison))
    held = gate.answer_of_day(FX, _day(house), comparison)
    _decide(house, Verdict.APPROVED)
    after = gate.answer_of_day(FX, _day(house), comparison)

    assert (before.state, held.state, after.state) == ("comparing", "held", "released")
    assert held.findings == ("40 of missing rows",)
    assert after.say == "Released anyway."


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_number_that_the_sender_declared_and_that_is_another_is_held_however_few_rows_it_is(
    is_declared: bool,
) -> None:
    extra = MismatchPoint(kind="extra rows", rows=1, is_declared=is_declared)
    found = ReconciliationPoint(
        id="r",
        business_date="2026-10-01",
        at=datetime(2026, 10, 2, tzinfo=UTC),
        state="done",
        source_rows=10_000,
        mismatches=(extra,),
        on_break="hold_unusual",
    )
    errand = Errand(
        id="r", kind=ErrandKind.RECONCILE, asked_by=PersonId("erin"), place=PLACE, at=found.at, feed=FX
    )

    held = judged(None, found, errand).state is DeliveryState.HELD

    assert held is is_declared


def test_late_rows_and_what_the_configuration_tolerates_hold_nothing_back() -> None:
    point = ReconciliationPoint(
        id="r",
        business_date="2026-10-01",
        at=datetime(2026, 10, 2, tzinfo=UTC),
        state="done",
        source_rows=1_000,
    )
    late, lost = (MismatchPoint(kind=kind, rows=3) for kind in ("late rows", "missing rows"))

    assert breaks_of(point.model_copy(update={"mismatches": (late,)})) == ()
    assert breaks_of(point.model_copy(update={"mismatches": (late, lost)})) == (lost,)
    assert breaks_of(point.model_copy(update={"mismatches": (lost,), "tolerated": 0.003})) == ()
