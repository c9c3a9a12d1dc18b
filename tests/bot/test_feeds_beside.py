"""Feeds are put beside each other where that is asked, and only there."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.cards.text import literal
from bot.comparison import Measure
from bot.feeds_beside import feeds_beside_in, measures_in
from bot.presenters.feeds_beside import feeds_beside_card
from bot.question_kinds import Topic
from bot.questions import read
from domain.watch.feed_health import FeedHealth, FeedPage, Light, RunPoint

NAMES = frozenset({"fx_trades", "fx_rates", "ref_data"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "is_beside"),
    [
        ("compare fx_trades and fx_rates", True),
        ("compare fx_trades with fx rates please", True),
        ("fx_trades vs fx_rates", True),
        ("difference between fx_trades and fx_rates?", True),
        ("which is slower, fx_trades or fx_rates?", True),
        ("which one fails more often, fx_trades or fx_rates", True),
        ("is fx_trades slower than fx_rates?", True),
        ("compare fx_trades, fx_rates and ref_data last week", True),
        # What asks for something else.
        ("compare fx_trades and its source", False),
        ("compare fx_trades with last week", False),
        ("does fx_trades depend on fx_rates?", False),
        ("who owns fx_trades and fx_rates?", False),
        ("is fx_trades or fx_rates late?", False),
        ("is fx_trades later than usual because of fx_rates?", False),
        ("compare the columns of fx_trades and fx_rates", False),
        ("which feed reads fx_trades or fx_rates?", False),
    ],
)
def test_feeds_are_compared_with_each_other_only_where_that_is_asked(text: str, is_beside: bool) -> None:
    found = read(text, NAMES, NOW)

    assert (found is not None and found.topic is Topic.BESIDE) is is_beside


@pytest.mark.parametrize(
    ("text", "is_beside"),
    [
        ("compare it with fx_rates", True),
        ("is it slower than fx_rates?", True),
        ("compare it with its source", False),
        ("does it depend on fx_rates?", False),
        ("is it late because fx_rates is slower?", False),
    ],
)
def test_what_was_named_before_is_put_beside_another_feed(text: str, is_beside: bool) -> None:
    found = read(text, NAMES, NOW, earlier=["how is fx_trades?"])

    assert found is not None
    assert (found.topic is Topic.BESIDE) is is_beside
    assert not is_beside or found.feeds == ("fx_trades", "fx_rates")


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("which is slower, fx_trades or fx_rates?", (Measure.MINUTES,)),
        ("which has more rows, fx_trades or fx_rates?", (Measure.ROWS,)),
        ("is fx_trades worse than fx_rates", (Measure.FAILED,)),
        ("compare fx_trades and fx_rates", (Measure.ROWS, Measure.MINUTES, Measure.FAILED)),
    ],
)
def test_what_is_asked_of_them_comes_first(text: str, measures: tuple[Measure, ...]) -> None:
    assert measures_in(text, ["fx_trades", "fx_rates"]) == measures


def test_the_answer_is_of_good_runs_in_the_middle_and_of_all_that_failed() -> None:
    slow = _page("fx_trades", [10, 12, 14], failed=2)
    fast = _page("fx_rates", [3, 4, 5], failed=0)

    card = feeds_beside_card([slow, fast], None, [Measure.MINUTES, Measure.FAILED], ["ref_data"])

    said = literal(card.lead)
    assert "fx_trades is slower: 12.0 minutes in the middle; fx_rates 4.0." in said
    assert "fx_trades failed most often: 2 of 5 runs; fx_rates 0 of 3." in said
    assert "Of ref_data I know no runs." in said
    assert card.table is not None
    assert ("Failed", "2 of 5", "0 of 3") in card.table.rows


def test_equal_ones_and_too_few_runs_are_said_so() -> None:
    one, same = _page("fx_trades", [4], failed=1), _page("fx_rates", [4], failed=1)
    none = _page("ref_data", [], failed=0)

    equal = literal(feeds_beside_card([one, same], None, [Measure.MINUTES, Measure.FAILED], []).lead)
    few = literal(feeds_beside_card([one, none], None, [Measure.MINUTES], []).lead)

    assert "None is slower: 4.0 minutes in the middle." in equal
    assert "None failed more often: 1 failure each." in equal
    assert "Too few good runs in their newest 30 runs to say which is slower." in few


def test_one_feed_alone_is_beside_nothing() -> None:
    assert feeds_beside_in("compare fx_trades with fx_deals", ("fx_trades",), None) is None


def _page(name: str, minutes: list[float], *, failed: int) -> FeedPage:
    ends = [("ok", one) for one in minutes] + [("failed", None)] * failed
    runs = tuple(
        RunPoint(run=f"r{n}", outcome=outcome, finished_at=NOW - timedelta(days=n), minutes=took, rows=100)
        for n, (outcome, took) in enumerate(ends)
    )
    health = FeedHealth(
        name=name, team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW
    )
    return FeedPage(health=health, runs=runs)
