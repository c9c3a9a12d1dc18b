"""What scores and comparisons say beside an estimate."""

from datetime import UTC, datetime, timedelta

from domain.data_quality.comparisons import earlier_of, is_unusual
from domain.identity.chat import Place, Platform
from domain.ids import IncidentId
from domain.investigation.incidents import Incident, IncidentKind
from domain.watch.data_facts import DataFacts
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")


def _told(facts: DataFacts) -> str:
    return "; ".join(reason.fact for reason in facts.reasons())


def test_a_delivery_that_is_held_back_is_told_first() -> None:
    assert _told(DataFacts((95.0, 61.0), ("released", "held"))) == (
        "its newest delivery is held back: it scored 61 of 100"
    )


def test_a_score_below_the_usual_and_a_falling_one_are_told_and_steady_ones_are_not() -> None:
    released = ("released",) * 6
    assert "scored 80 of 100, usually 95" in _told(DataFacts((95.0, 94.0, 95.0, 96.0, 80.0), released))
    assert "quality of its rows falls" in _told(DataFacts((99.0, 98.0, 97.0, 96.0, 95.2, 94.5), released))
    assert _told(DataFacts((95.0, 94.0, 95.0, 96.0, 95.0), released)) == ""
    assert _told(DataFacts()) == ""


def test_rows_that_differ_from_the_source_are_told_with_the_day() -> None:
    told = _told(DataFacts(differing=0.031, compared="2026-10-01", is_unusual=True))

    assert told == "3.1% of its rows differ from the source (2026-10-01), far more than usual"


def _comparison(days_ago: int, rows: int, kind: str = "rounding") -> ReconciliationPoint:
    at = NOW - timedelta(days=days_ago)
    return ReconciliationPoint(
        id=f"r{days_ago}",
        business_date=f"{at:%Y-%m-%d}",
        at=at,
        state="done",
        source_rows=1_000,
        target_rows=1_000,
        mismatches=(MismatchPoint(kind=kind, rows=rows),) if rows else (),
    )


def test_a_difference_that_was_met_before_is_told_with_what_it_was() -> None:
    before = [_comparison(30, 12), _comparison(20, 0), _comparison(10, 9)]
    incident = Incident(
        id=IncidentId("i1"),
        kind=IncidentKind.INCIDENT,
        title="amounts differ",
        about="feed/trades",
        opened_by="erin",
        place=PLACE,
        opened_at=NOW - timedelta(days=29),
        updated_at=NOW - timedelta(days=29),
        began_at=NOW - timedelta(days=30),
        cause="the loader rounded to two decimals",
    )

    known = earlier_of(_comparison(0, 20), before, [incident], [])
    new = earlier_of(_comparison(0, 20, "encoding"), before, [incident], [])

    told = known["rounding"].sentence()
    assert told.startswith("seen 2 times before, last for 2026-11-12")
    assert "it was: the loader rounded to two decimals" in told
    assert new == {}


def test_only_far_more_than_ever_is_unusual() -> None:
    before = [_comparison(day, 10) for day in range(1, 8)]

    assert is_unusual(_comparison(0, 200), before)
    assert not is_unusual(_comparison(0, 10), before)
    assert not is_unusual(_comparison(0, 40), before[:4])
