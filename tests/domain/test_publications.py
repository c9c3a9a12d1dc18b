"""The quality gate: what a comparison holds back, and which earlier yes or no still covers it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.data_quality.publications import HOLD, HOLD_UNUSUAL, Publication, is_gated, judged
from domain.data_quality.quality import MismatchClass
from domain.errands import DeliveryState, Errand, ErrandKind
from domain.identity.chat import Place, Platform
from domain.ids import PersonId
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
HELD, RELEASED, REFUSED = DeliveryState.HELD, DeliveryState.RELEASED, DeliveryState.REFUSED


def _errand(*, is_quiet: bool = False) -> Errand:
    return Errand(
        id="e1",
        kind=ErrandKind.RECONCILE,
        asked_by=PersonId("erin"),
        place=PLACE,
        at=NOW,
        feed="fx",
        is_quiet=is_quiet,
    )


def _found(rows: int = 9, kind: str = MismatchClass.MISSING_ROWS, **facts: object) -> ReconciliationPoint:
    told = {"id": "r1", "business_date": "2026-11-21", "at": NOW, "state": "done", "source_rows": 1_000}
    told |= {"on_break": HOLD, "mismatches": (MismatchPoint(kind=kind, rows=rows),) if rows else ()}
    return ReconciliationPoint.model_validate(told | facts)


def _before(state: DeliveryState, rows: int) -> Publication:
    return judged(None, _found(rows), _errand()).model_copy(update={"state": state, "approval": "a1"})


@pytest.mark.parametrize(
    ("state", "rows_then", "rows_now", "then"),
    [
        (RELEASED, 9, 9, RELEASED),
        (RELEASED, 9, 4, RELEASED),
        (RELEASED, 9, 10, HELD),  # a yes covers what differed when it was given, and no more
        (REFUSED, 9, 10, REFUSED),
        (HELD, 9, 9, HELD),
        (REFUSED, 9, 0, RELEASED),  # nothing differs any more
    ],
)
def test_a_decision_covers_what_differed_then_and_less(
    state: DeliveryState, rows_then: int, rows_now: int, then: DeliveryState
) -> None:
    found = judged(_before(state, rows_then), _found(rows_now), _errand())

    assert found.state is then
    is_new = then is HELD and rows_now > rows_then
    assert found.approval == ("" if is_new or not rows_now else "a1")


def test_a_yes_to_missing_rows_is_none_to_rows_that_are_doubled() -> None:
    found = judged(_before(RELEASED, 9), _found(1, MismatchClass.DUPLICATES), _errand())

    assert (found.state, found.approval) == (HELD, "")


@pytest.mark.parametrize(
    ("facts", "then"),
    [
        ({}, RELEASED),
        ({"is_unusual": True}, HELD),
        ({"loses_rows": True}, HELD),
        ({"loses_rows": True, "rows": 0}, RELEASED),
        ({"kind": MismatchClass.KEY_FORMAT}, HELD),
        ({"kind": MismatchClass.LATE_ROWS, "is_unusual": True}, RELEASED),
        ({"tolerated": 0.009, "is_unusual": True}, RELEASED),
        ({"tolerated": 0.008, "is_unusual": True}, HELD),
    ],
)
def test_where_only_the_unusual_is_held_back_the_usual_goes_out(
    facts: dict[str, object], then: DeliveryState
) -> None:
    assert judged(None, _found(**{"on_break": HOLD_UNUSUAL, **facts}), _errand()).state is then  # type: ignore[arg-type]


def test_a_day_of_long_ago_is_asked_about_only_where_it_was_before() -> None:
    old = _found(business_date=f"{NOW - timedelta(days=20):%Y-%m-%d}")

    assert is_gated(_errand(), _found(), None)
    assert not is_gated(_errand(), old, None)
    assert is_gated(_errand(is_quiet=True), old, None)
    assert is_gated(_errand(), old, _before(RELEASED, 9))
    assert not is_gated(_errand(), _found(on_break="warn"), None)
