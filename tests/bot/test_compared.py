"""Failures beside last week's, a feed's runs beside the usual ones: what is compared, and told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.comparison import Compared, Measure
from bot.presenters.plain_compared import compared_counts_card, compared_runs_card
from bot.question_kinds import Topic
from bot.questions import read
from domain.clock.day_words import said_window
from domain.ids import FeedName, RunId
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import Band, FeedHealth, FeedPage, Light, RunPoint
from tests.bot.desk_house import DeskHouse

NAMES = frozenset({"fx_trades", "fx_rates"})
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "of", "way", "now", "before"),
    [
        ("were there more failures than last week?", Measure.FAILED, 1, "this week", "last week"),
        ("how many failures this week compared to last week?", Measure.FAILED, 0, "this week", "last week"),
        ("did we have fewer failures today than yesterday?", Measure.FAILED, -1, "today", "yesterday"),
        ("failures today vs yesterday", Measure.FAILED, 0, "today", "yesterday"),
        ("as many delays last week as the week before?", Measure.LATE, 0, "last week", "the week before"),
        ("compare failures this month with last month", Measure.FAILED, 0, "this month", "last month"),
        ("more alerts than yesterday?", Measure.ALERTS, 1, "today", "yesterday"),
        ("is it worse than yesterday?", Measure.TROUBLE, 1, "today", "yesterday"),
        ("did fx_trades fail more than last week?", Measure.FAILED, 1, "this week", "last week"),
        ("is fx_trades slower than last week?", Measure.MINUTES, 1, "this week", "last week"),
        ("did fx_trades and fx_rates fail more than last week?", Measure.FAILED, 1, "this week", "last week"),
        ("is fx_trades slower than usual?", Measure.MINUTES, 1, None, None),
        ("did fx_trades have fewer rows than usual today?", Measure.ROWS, -1, "today", None),
        ("is it getting worse?", Measure.TROUBLE, 1, "this week", "last week"),
        ("are things getting any better lately?", Measure.TROUBLE, -1, "this week", "last week"),
        ("are failures increasing?", Measure.FAILED, 1, "this week", "last week"),
        ("is fx_trades getting worse?", Measure.TROUBLE, 1, "this week", "last week"),
        ("is fx_trades getting slower?", Measure.MINUTES, 1, None, None),
        ("gab es heute mehr Fehler als gestern?", Measure.FAILED, 1, "today", "yesterday"),
        ("ist fx_trades langsamer als sonst?", Measure.MINUTES, 1, None, None),
        ("y a-t-il plus d'échecs que la semaine dernière?", Measure.FAILED, 1, "this week", "last week"),
    ],
)
def test_two_spans_are_compared(
    text: str, of: Measure, way: int, now: str | None, before: str | None
) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.compared is not None
    two = found.compared
    assert (found.topic, two.of, two.way) == (Topic.COMPARED, of, way)
    assert (two.now.words if two.now else None, two.before.words if two.before else None) == (now, before)


@pytest.mark.parametrize(
    "text",
    [
        "how do I tell whether there are more failures than last week?",
        "is postgres getting slower?",
        "is latency getting worse?",
        "is disk usage increasing?",
        "why is fx_trades getting slower?",
        "the backlog is growing",
        "why are there more failures than yesterday?",
        "which feeds failed more than twice this month?",
        "is postgres slower than yesterday?",
        "is our disk fuller than yesterday?",
        "are there more failures in Kafka than last week?",
        "is fx_trades bigger than fx_rates?",
        "more than 3 failures since yesterday?",
        "did fx_trades fail with more errors than it had retries?",
        "did fx_trades fail more than fx_rates yesterday?",
        "did fx_trades take longer than fx_rates last week?",
        "compare rows of fx_trades and fx_rates yesterday",
        "is fx_trades running longer than usual?",
        "has fx_trades been running longer than usual today?",
    ],
)
def test_other_comparisons_are_none_of_spans(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is None or found.compared is None


@pytest.mark.parametrize(
    ("text", "of", "before"),
    [
        ("is it slower than usual?", Measure.MINUTES, None),
        ("did it have fewer rows than last week?", Measure.ROWS, "last week"),
        ("did it fail more than last week?", Measure.FAILED, "last week"),
    ],
)
def test_it_is_the_feed_that_was_named_before(text: str, of: Measure, before: str | None) -> None:
    found = read(text, NAMES, NOW, ["and yesterday?", "is fx_trades late?"])

    assert found is not None
    assert found.compared is not None
    span = found.compared.before
    assert (found.feeds, found.compared.of, span.words if span else None) == (("fx_trades",), of, before)


def _compared(of: Measure, way: int, now: str, before: str) -> Compared:
    return Compared(of, way, said_window(now, NOW), said_window(before, NOW))


def test_a_week_under_way_is_beside_the_same_part_of_the_last_one() -> None:
    asked = _compared(Measure.FAILED, 1, "this week", "last week")

    assert asked.by_then is not None
    assert asked.by_then.until == datetime(2026, 11, 18, 12, tzinfo=UTC)

    card = compared_counts_card(asked, {"fx_trades": 5, "fx_rates": 1}, {"fx_rates": 2}, 9)

    assert card.lead.startswith("Yes: 6 failed runs this week, 2 last week by the same time.")
    assert "In all there were 9 last week." in card.lead
    assert card.table is not None
    assert card.table.rows == (("**fx_trades**", "5", "0"), ("**fx_rates**", "1", "2"))


def test_as_many_are_no_more() -> None:
    card = compared_counts_card(_compared(Measure.FAILED, 1, "today", "yesterday"), {"a": 2}, {"b": 2}, 2)

    assert card.lead.startswith("No, the same: 2 failed runs today, 2 yesterday by the same time.")


def _page(*runs: tuple[int, float, str], band: Band | None = None) -> FeedPage:
    health = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW
    )
    points = tuple(
        RunPoint(run=f"r{days}", outcome=outcome, finished_at=NOW - timedelta(days=days), minutes=minutes)
        for days, minutes, outcome in runs
    )
    return FeedPage(health=health, runs=points, duration_band=band)


def test_how_long_runs_took_is_told_by_the_middle_one_of_each_span() -> None:
    asked = _compared(Measure.MINUTES, 1, "this week", "last week")

    said = compared_runs_card(
        _page((9, 10, "ok"), (8, 12, "ok"), (1, 30, "ok"), (0, 1, "failed")), asked
    ).lead

    assert (
        said
        == "Yes: **fx_trades** had 30.0 minutes in the middle this week (1 run), 11.0 last week (2 runs)."
    )
    nothing = compared_runs_card(_page((9, 10, "ok")), asked).lead
    assert "no good run this week, so there is nothing to compare" in nothing


@pytest.mark.parametrize(
    ("minutes", "way", "begins"), [(30, 1, "Yes"), (12, 1, "No"), (5, 1, "No"), (5, -1, "Yes")]
)
def test_the_last_good_run_is_beside_what_is_usual(minutes: float, way: int, begins: str) -> None:
    page = _page((2, 11, "ok"), (1, minutes, "ok"), (0, 900, "failed"), band=Band(low=10, middle=12, high=15))

    said = compared_runs_card(page, Compared(Measure.MINUTES, way, None, None)).lead

    assert said.startswith(f"{begins}: **fx_trades** had {minutes:.1f} minutes in its last good run")
    assert said.endswith("usual are 10.0 to 15.0.")
    unknown = compared_runs_card(_page((1, 3, "ok")), Compared(Measure.MINUTES, way, None, None)).lead
    assert "too few good runs" in unknown


def test_a_run_under_way_is_said_beside_what_is_usual() -> None:
    page = _page((1, 11, "ok"), band=Band(low=10, middle=12, high=15))
    health = page.health.model_copy(update={"running_since": NOW - timedelta(hours=2)})

    said = compared_runs_card(
        page.model_copy(update={"health": health}), Compared(Measure.MINUTES, 1, None, None)
    ).lead

    assert said.endswith("usual are 10.0 to 15.0. A run is under way since 10:00 UTC.")


def test_failures_of_two_days_are_counted_from_the_runs(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    now = house.clock.at
    ended = [
        now - timedelta(hours=1),
        now - timedelta(hours=2),
        now - timedelta(hours=25),
        now - timedelta(hours=13),
    ]
    with house.transactions.writing() as uow:
        uow.runs.add_history(
            [
                Run(
                    FeedName("fx_trades"),
                    RunId(f"r{at:%d%H}"),
                    at,
                    Outcome.FAILED,
                    started_at=at,
                    finished_at=at,
                )
                for at in ended
            ],
            now,
        )

    house.say("ada", "were there more failures today than yesterday?")

    assert (
        "Yes: 2 failed runs today, 1 yesterday by the same time. In all there were 2 yesterday."
        in (house.said_to_all()[-1])
    )


def test_what_is_getting_worse_is_the_feed_that_was_named_before() -> None:
    found = read("is it getting worse?", NAMES, NOW, ["is fx_trades late?"])

    assert found is not None
    assert found.compared is not None
    assert (found.feeds, found.compared.of) == (("fx_trades",), Measure.TROUBLE)
