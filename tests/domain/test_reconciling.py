"""When a feed owes a comparison, for which day, and what people are told of what differs."""

from datetime import UTC, datetime, time, timedelta

from domain.data_quality.comparisons import is_unusual
from domain.data_quality.discrepancies import (
    Discrepancy,
    DiscrepancyState,
    after_comparison,
    expected_rates,
    left_if_old,
)
from domain.data_quality.publications import Publication
from domain.data_quality.reconciling import Comparable, Owed, Owner, day_of, next_try, owed_now
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.ids import FeedName, PersonId, RunId, TeamId
from domain.running.feeds import Criticality, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint
from tests.domain.test_data_facts import PLACE

FX = FeedName("fx_trades")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
OWNER = (FX, TeamId("desk"), Criticality.NORMAL)
WORKDAYS = Schedule(Rhythm.DAILY, at_minute=360, weekdays=frozenset(range(5)))


def _run(hours_ago: float, name: str = "r1") -> Run:
    end = NOW - timedelta(hours=hours_ago)
    return Run(FX, RunId(name), end, Outcome.OK, scheduled_at=end, finished_at=end)


def _owed(*runs: Run, **more: object) -> list[Owed]:
    owners = {FX: Owner(TeamId("desk"), schedule=WORKDAYS)}
    told = {"daily_at": time(5, 10), "open_ones": ()} | more
    return owed_now([Comparable(FX)], owners, {FX: runs}, now=NOW, **told)  # type: ignore[arg-type]


def _compared(day: str, at: datetime, *, bad: bool, rows: int = 300) -> ReconciliationPoint:
    kinds = (MismatchPoint(kind="missing rows", rows=rows),) if bad else ()
    return ReconciliationPoint(
        id=f"c{day}",
        business_date=day,
        at=at,
        state="done",
        source_rows=1_000,
        target_rows=700,
        mismatches=kinds,
        is_unusual=bad,
    )


def _opened(day: str = "2026-11-20", at: datetime = NOW) -> Discrepancy:
    found = after_comparison(None, _compared(day, at, bad=True), {}, OWNER)
    assert found is not None
    return found


def test_a_good_run_owes_the_day_before_and_monday_owes_friday() -> None:
    assert "2026-11-20" in {one.day for one in _owed(_run(2))}
    assert day_of(NOW, WORKDAYS, 1) == "2026-11-20"
    assert day_of(NOW, None, 1) == "2026-11-22"
    assert day_of(NOW, WORKDAYS, 0) == "2026-11-23"
    tuesday_to_saturday = Schedule(Rhythm.DAILY, weekdays=frozenset({1, 2, 3, 4, 5}))
    assert day_of(datetime(2026, 11, 24, 9, tzinfo=UTC), tuesday_to_saturday, 1) == "2026-11-23"


def test_two_runs_of_a_day_owe_one_comparison_and_the_net_owes_it_under_the_same_name() -> None:
    twice = _owed(_run(1, "a"), _run(2, "b"))
    alone = _owed()

    assert [one.day for one in twice] == ["2026-11-19", "2026-11-20"]
    assert [one.name for one in alone] == [twice[1].name]


def test_a_failed_comparison_is_tried_again_after_one_two_and_four_hours_and_then_given_up() -> None:
    owed = _owed()[0]
    tried: dict[str, Errand] = {}
    at = NOW
    for hours in (1, 2, 4):
        name = next_try(owed, tried, at)
        tried[name] = _errand(name, at, ErrandState.FAILED)
        assert next_try(owed, tried, at + timedelta(hours=hours, minutes=-1)) == ""
        at += timedelta(hours=hours)
    last = next_try(owed, tried, at)
    assert last == owed.tries[-1]
    tried[last] = _errand(last, at, ErrandState.FAILED)
    assert next_try(owed, tried, at + timedelta(days=2)) == ""
    assert next_try(owed, {owed.name: _errand(owed.name, NOW, ErrandState.DONE)}, at) == ""


def test_an_open_difference_is_looked_at_again_after_the_next_good_run() -> None:
    one = _opened(at=NOW - timedelta(hours=3))
    before = {owed.name for owed in _owed(_run(4))}

    again = [owed for owed in _owed(_run(4), _run(1, "next"), open_ones=(one,)) if owed.name not in before]
    untouched = _owed(_run(4), open_ones=(one,))

    assert [owed.day for owed in again] == ["2026-11-20"]
    assert {owed.name for owed in untouched} == before


def test_one_thing_covers_all_days_and_is_over_when_each_agrees() -> None:
    first = _opened("2026-11-19")
    both = after_comparison(first, _compared("2026-11-20", NOW, bad=True), {}, OWNER)
    assert both is not None
    half = after_comparison(both, _compared("2026-11-19", NOW, bad=False), {}, OWNER)
    assert half is not None
    over = after_comparison(half, _compared("2026-11-20", NOW, bad=False), {}, OWNER)

    assert [day.business_date for day in both.differing] == ["2026-11-19", "2026-11-20"]
    assert half.is_open
    assert [day.business_date for day in half.mended] == ["2026-11-19"]
    assert over is not None
    assert over.state is DiscrepancyState.AGREES
    assert after_comparison(first, _compared("2026-11-21", NOW, bad=False), {}, OWNER) == first
    assert after_comparison(None, _compared("2026-11-21", NOW, bad=False), {}, OWNER) is None


def test_what_differs_for_two_weeks_is_left_and_says_so() -> None:
    one = _opened()

    assert left_if_old(one, NOW + timedelta(days=13)) is None
    left = left_if_old(one, NOW + timedelta(days=14))
    assert left is not None
    assert left.state is DiscrepancyState.LEFT
    assert "2026-11-20" in left.sentence


def test_the_usual_trickle_says_nothing_and_a_new_kind_or_a_first_lost_day_does() -> None:
    trickle = [_compared(f"2026-10-{day:02}", NOW, bad=day % 3 == 0, rows=2) for day in range(1, 29)]
    trickle = [one.model_copy(update={"is_unusual": False}) for one in trickle]

    assert not is_unusual(_compared("2026-11-01", NOW, bad=True, rows=3), trickle)
    assert is_unusual(_compared("2026-11-01", NOW, bad=True, rows=9), trickle)
    late = [
        one.model_copy(update={"mismatches": (MismatchPoint(kind="late rows", rows=20 + n % 5),)})
        for n, one in enumerate(trickle)
    ]
    new = (MismatchPoint(kind="late rows", rows=20), MismatchPoint(kind="missing rows", rows=5))
    assert is_unusual(late[0].model_copy(update={"mismatches": new}), late)
    assert is_unusual(_compared("2026-11-01", NOW, bad=True), [])
    assert not is_unusual(_compared("2026-11-01", NOW, bad=True, rows=9), [])


def test_a_trouble_of_the_past_does_not_hide_the_next_one() -> None:
    calm = [_compared(f"2026-10-{day:02}", NOW, bad=False) for day in range(1, 20)]
    trouble = [_compared(f"2026-11-{day:02}", NOW, bad=True) for day in range(1, 4)]

    assert is_unusual(_compared("2026-11-09", NOW, bad=True), [*trouble, *calm])


def test_what_people_called_expected_counts_as_usual_until_much_more_differs() -> None:
    calm = [_compared(f"2026-10-{day:02}", NOW, bad=False) for day in range(1, 20)]
    rates = expected_rates([_opened()])

    assert not is_unusual(_compared("2026-11-09", NOW, bad=True), calm, rates)
    assert is_unusual(_compared("2026-11-09", NOW, bad=True, rows=700), calm, rates)


def _errand(name: str, at: datetime, state: ErrandState) -> Errand:
    return Errand(
        id=name,
        kind=ErrandKind.RECONCILE,
        state=state,
        asked_by=PersonId("dogwatch"),
        place=PLACE,
        at=at,
        feed=FX,
        business_date="2026-11-20",
        is_quiet=True,
    )


def test_a_day_that_readers_do_not_get_is_looked_at_again_after_what_comes_later() -> None:
    def kept_out(at: datetime) -> Publication:
        return Publication(
            id="p1", feed=FX, business_date="2026-11-12", state=DeliveryState.REFUSED, at=at, errand="r1"
        )

    before = kept_out(NOW - timedelta(hours=3))
    after = kept_out(NOW - timedelta(minutes=5))

    assert "2026-11-12" in {one.day for one in _owed(_run(1), kept_out=[before])}
    assert "2026-11-12" not in {one.day for one in _owed(_run(1), kept_out=[after])}
