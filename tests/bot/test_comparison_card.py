"""What the card of a comparison says of much, and of nothing."""

from datetime import UTC, datetime

from bot.presenters.comparisons import comparison_card
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint


def a_point(rows: int, *mismatches: MismatchPoint) -> ReconciliationPoint:
    return ReconciliationPoint(
        id="r1",
        state="done",
        business_date="2026-10-01",
        at=datetime(2026, 10, 2, tzinfo=UTC),
        source_rows=rows,
        target_rows=rows,
        matched_rows=rows - len(mismatches),
        mismatches=mismatches,
    )


def test_kinds_that_do_not_fit_are_counted_and_named() -> None:
    kinds = [f"kind {number}" for number in range(8)] + ["truncation", "extra rows"]

    card = comparison_card("trades", a_point(200, *(MismatchPoint(kind=kind, rows=5) for kind in kinds)), {})

    assert card.table is not None
    assert len(card.table.rows) == 9
    assert card.table.rows[-1] == ("and 2 more", "10", "", "truncation, extra rows")


def test_a_day_without_rows_on_either_side_is_no_agreement() -> None:
    empty, full = comparison_card("trades", a_point(0), {}), comparison_card("trades", a_point(3), {})

    assert "Neither side has a row" in empty.lead
    assert "agrees" not in empty.plain
    assert full.lead == "Source and target **agree**."
    assert full.plain.endswith("Everything agrees.")
