"""The slowest run of a week, rows on average: what is asked of many runs of a feed."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.figures_asked import End, Figure, Of, figure_in
from bot.presenters.plain_figures import figures_card, figures_of_feeds_card
from bot.question_kinds import Question, Topic
from bot.questions import read
from domain.watch.feed_health import FeedHealth, FeedPage, Light, RunPoint

NAMES = frozenset({"fx_trades", "fx_rates"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "of", "end"),
    [
        ("what was the slowest run of fx_trades this week?", Of.MINUTES, End.MOST),
        ("how long does it take on average?", Of.MINUTES, End.MIDDLE),
        ("what is the median runtime of fx_trades?", Of.MINUTES, End.MIDDLE),
        ("fastest run of fx_trades yesterday", Of.MINUTES, End.LEAST),
        ("smallest fx_trades delivery this month", Of.ROWS, End.LEAST),
        ("when did fx_trades have the most rows?", Of.ROWS, End.MOST),
        ("wie lange dauert fx_trades im Schnitt?", Of.MINUTES, End.MIDDLE),
    ],
)
def test_a_figure_of_runs_is_understood(text: str, of: Of, end: End) -> None:
    found = read(text, NAMES, NOW, ["is fx_trades late?"])

    assert found is not None
    assert (found.topic, found.feeds, found.figure) == (Topic.RUNS, ("fx_trades",), Figure(of, end))


@pytest.mark.parametrize(
    "text",
    [
        "is fx_trades late most of the time?",
        "what is the biggest problem of fx_trades?",
        "what is the fastest way to get fx_trades back?",
        "when does fx_trades usually arrive?",
        "how many rows did fx_trades have yesterday?",
        "what does a maximum of rows mean?",
        "how many rows did the most recent run of fx_trades have?",
        "did fx_trades have at least 1000 rows yesterday?",
        "does fx_trades take at most 20 minutes?",
        "what is the minimum row count allowed for fx_trades?",
    ],
)
def test_other_questions_ask_for_no_figure(text: str) -> None:
    assert figure_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "what is the largest table in pg_catalog?",
        "what was the slowest query of orders_db?",
        "what was the largest trade of fx_trades?",
    ],
)
def test_the_largest_of_something_else_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


def _page(*runs: RunPoint) -> FeedPage:
    health = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW
    )
    return FeedPage(health=health, runs=runs)


def _run(days: int, minutes: float | None, rows: int | None, outcome: str = "ok") -> RunPoint:
    at = NOW - timedelta(days=days)
    return RunPoint(run=f"r{days}", outcome=outcome, finished_at=at, minutes=minutes, rows=rows)


PAGE = _page(
    _run(40, 90.0, 5),
    _run(3, 12.0, 1000),
    _run(2, 20.0, 3000),
    _run(1, 1.0, 10, "failed"),
    _run(0, None, None),
)


def told(text: str, page: FeedPage = PAGE) -> str:
    asked = read(text, NAMES, NOW)
    assert asked is not None
    assert asked.figure is not None
    return figures_card(page, asked, asked.figure).lead


def test_the_slowest_and_the_average_of_a_span_are_told_of_good_runs_alone() -> None:
    slowest = told("what was the slowest run of fx_trades in the last 7 days?")
    rows = told("average rows of fx_trades in the last 7 days")

    assert slowest.startswith("The slowest run of **fx_trades** took 20.0 minutes")
    assert "The average of 2 good runs in the last 7 days is 16.0 minutes" in slowest
    assert "brings 2,000 rows on average, 1,000 rows to 3,000 rows: of 2 good runs" in rows


def test_without_a_span_it_is_said_since_when_runs_are_counted() -> None:
    assert "of 3 good runs, the newest since" in told("how long does fx_trades take on average?")


def test_where_no_run_tells_it_nothing_is_made_up() -> None:
    assert "I know of no run" in told("how long does fx_trades take on average?", _page())
    assert "of 1 run none came to a good end" in told(
        "how long does fx_trades take on average?", _page(_run(1, 5.0, 1, "failed"))
    )


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("which feed runs longest?", Figure(Of.MINUTES, End.MOST)),
        ("slowest feeds", Figure(Of.MINUTES, End.MOST)),
        ("which feed has the most rows?", Figure(Of.ROWS, End.MOST)),
        ("which feed had the fewest rows today?", Figure(Of.ROWS, End.LEAST)),
        ("which feeds take longer than 30 minutes?", Figure(Of.MINUTES, End.MOST, 30)),
        ("which feeds run over 2 hours?", Figure(Of.MINUTES, End.MOST, 120)),
        ("feeds with less than 1,000 rows", Figure(Of.ROWS, End.LEAST, 1000)),
    ],
)
def test_feeds_are_asked_for_by_a_figure_of_their_runs(text: str, figure: Figure) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.feeds, found.figure) == (Topic.WHICH, (), figure)


@pytest.mark.parametrize(
    "text",
    [
        "what is the maximum number of rows a feed can have?",
        "what is the slowest query of the feed?",
        "which feed is the largest of the team?",
        "which feeds ran more than 2 hours late?",
        "which feeds failed more than 3 times?",
        "which feed fails most often?",
        "which feeds have not run for more than 2 hours?",
        "which feeds did not run for more than 6 hours?",
        "which feed has not run the longest?",
        "which feeds took longer than 30 minutes yesterday?",
        "slowest feeds last week",
        "my slowest feeds",
        "which of my feeds take longest?",
    ],
)
def test_feeds_are_asked_for_by_no_other_figure(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is None or found.figure is None


def _health(name: str, minutes: float | None, outcome: str = "ok") -> FeedHealth:
    last = RunPoint(run="r", outcome=outcome, finished_at=NOW - timedelta(hours=1), minutes=minutes, rows=5)
    return FeedHealth(
        name=name, team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW,
        last_run=last,
    )  # fmt: skip


def test_feeds_are_put_in_order_by_the_last_good_run_of_each() -> None:
    healths = [_health("a", 10.0), _health("b", 45.0), _health("c", 900.0, "failed"), _health("d", None)]

    longest = figures_of_feeds_card(healths, Question(Topic.WHICH), Figure(Of.MINUTES, End.MOST))
    beyond = figures_of_feeds_card(healths, Question(Topic.WHICH), Figure(Of.MINUTES, End.MOST, 30))
    none = figures_of_feeds_card(healths, Question(Topic.WHICH), Figure(Of.MINUTES, End.LEAST, 5))

    assert longest.lead == "The slowest by the last run, of 2 feeds whose last run ended well and says it."
    assert longest.table is not None
    assert [row[:2] for row in longest.table.rows] == [("**b**", "45.0"), ("**a**", "10.0")]
    assert beyond.lead.startswith("1 feed had more than 30 minutes in the last run, of 2 feeds")
    assert none.lead.startswith("No feed had fewer than 5 minutes in the last run")
    assert none.table is None
    empty = figures_of_feeds_card([], Question(Topic.WHICH), Figure(Of.ROWS, End.MOST))
    assert empty.lead == "No feed has a last run that ended well and says how many rows it had."
    today = read("slowest feeds today", NAMES, NOW)
    assert today is not None
    none_yet = figures_of_feeds_card([], today, Figure(Of.MINUTES, End.MOST))
    assert none_yet.lead == "No feed has a last run today that ended well and says how many minutes it had."
