"""The card of a feed that differs from its source: what, since when, what to do, and how it ends."""

import json
from datetime import UTC, datetime, timedelta

from bot.cards import adaptive, blockkit, plain
from bot.presenters.discrepancies import discrepancy_card
from domain.data_quality.comparisons import Earlier
from domain.data_quality.discrepancies import Discrepancy, DiscrepancyState, after_comparison, closed
from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint
from tests.bot.cards.builders import a_fixed_ink

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)


def _found(day: str, *kinds: tuple[str, int]) -> ReconciliationPoint:
    return ReconciliationPoint(
        id=f"c{day}",
        business_date=day,
        at=NOW,
        state="done",
        source_rows=2_000,
        target_rows=1_700,
        matched_rows=1_660,
        mismatches=tuple(MismatchPoint(kind=kind, rows=rows) for kind, rows in kinds),
        is_unusual=bool(kinds),
    )


def _one() -> Discrepancy:
    known = {"rounding": Earlier(2, "2026-11-01", "the loader kept two decimals", "Load again")}
    owner = (FeedName("fx_trades"), TeamId("desk"), Criticality.HIGH)
    found = _found("2026-11-20", ("missing rows", 300), ("rounding", 40))
    one = after_comparison(None, found, known, owner)
    assert one is not None
    return one


def test_an_open_one_says_how_much_of_which_kind_and_what_it_was_before() -> None:
    card = discrepancy_card(_one())

    assert card.lead == (
        "**17.00%** of the rows of **fx_trades** for 2026-11-20 differ from the source, far more than usual."
    )
    assert "missing rows: never seen before" in card.sections[0].text
    assert "the loader kept two decimals; mended by: Load again" in card.sections[0].text
    verbs = [action.verb for action in card.actions]
    assert verbs == ["discrepancy.again", "incident.open", "fix.open", "discrepancy.expected"]
    assert card.actions[2].arguments["trouble"] == "range_missing"


def test_a_day_that_agrees_again_is_named_and_the_end_is_told_without_buttons() -> None:
    owner = (FeedName("fx_trades"), TeamId("desk"), Criticality.HIGH)
    both = after_comparison(_one(), _found("2026-11-21", ("rounding", 400)), {}, owner)
    half = after_comparison(both, _found("2026-11-20"), {}, owner)
    assert half is not None
    over = after_comparison(half, _found("2026-11-21"), {}, owner)
    assert over is not None
    expected = closed(_one(), DiscrepancyState.EXPECTED, "This is expected.", NOW, PersonId("ada"))

    assert "2026-11-20 is as usual again" in discrepancy_card(half).lead
    told = discrepancy_card(over)
    assert told.title == "Agrees again: fx_trades"
    assert told.actions == ()
    assert discrepancy_card(expected, "Ada").lead == "Ada: This is expected."


def test_every_platform_draws_it_whole() -> None:
    one = _one().model_copy(update={"announced_at": NOW + timedelta(minutes=1)})
    card = discrepancy_card(one)
    ink = a_fixed_ink()

    drawn = (
        json.dumps(blockkit.render_message(card, ink).blocks),
        json.dumps(adaptive.render_message(card, ink).card),
        plain.render_message(card, ink).text,
    )
    for text in drawn:
        assert "missing rows" in text
        assert "this is expected" in text.lower()
