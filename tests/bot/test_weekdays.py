"""What fails on Mondays: a weekday that comes again and again is not the last one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.presenters.plain_answers import runs_card
from bot.question_kinds import Question, Topic, Wanted
from bot.questions import read
from bot.weekdays import days_of, joined
from domain.clock.day_words import Window
from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import FeedHealth, FeedPage, Light, RunPoint
from storage.feed_health import SqlFeedHealth
from tests.bot.desk_house import DeskHouse

FX = FeedName("fx_trades")
NAMES = frozenset({"fx_trades", "fx_rates", "mondays_close"})
_WEEKS = "in the last 12 weeks"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "topic", "weekdays", "words"),
    [
        ("what failed most often on Mondays?", Topic.WHICH, {0}, "on Mondays in the last 12 weeks"),
        ("which feeds failed on mondays this month?", Topic.WHICH, {0}, "on Mondays this month"),
        ("what fails every sunday?", Topic.WHICH, {6}, "on Sundays in the last 12 weeks"),
        ("does fx_trades fail more often on mondays?", Topic.RUNS, {0}, "on Mondays in the last 12 weeks"),
        ("is fx_trades late every friday?", Topic.RUNS, {4}, "on Fridays in the last 12 weeks"),
        ("how many rows does fx_trades have on mondays?", Topic.RUNS, {0}, "on Mondays in the last 12 weeks"),
        ("which feed failed on monday?", Topic.WHICH, set(), "on Monday, 23 Nov"),
        ("did fx_trades fail on monday?", Topic.RUNS, set(), "on Monday, 23 Nov"),
        ("did mondays_close fail yesterday?", Topic.RUNS, set(), "yesterday"),
        ("what failed on mondays and tuesdays?", Topic.WHICH, {0, 1}, f"on Mondays and Tuesdays {_WEEKS}"),
        (
            "what fails on mondays, tuesdays and fridays?",
            Topic.WHICH,
            {0, 1, 4},
            f"on Mondays, Tuesdays and Fridays {_WEEKS}",
        ),
        ("does fx_trades fail more often on weekends?", Topic.RUNS, {5, 6}, f"on weekends {_WEEKS}"),
        (
            "does fx_trades fail more often on mondays than on fridays?",
            Topic.RUNS,
            {0},
            f"on Mondays {_WEEKS}",
        ),
    ],
)
def test_a_weekday_of_every_week_is_not_the_last_one(
    text: str, topic: Topic, weekdays: set[int], words: str
) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.weekdays, found.window.words) == (topic, weekdays, words)


def test_a_day_that_is_named_afterwards_is_every_run_of_that_day() -> None:
    found = read("and yesterday?", NAMES, NOW, ["does fx_trades fail on mondays?"])

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.weekdays, found.window.words) == (Topic.RUNS, set(), "yesterday")


@pytest.mark.parametrize(
    ("earlier", "text", "topic", "feeds", "words"),
    [
        ("what failed yesterday?", "and on Mondays?", Topic.WHICH, (), f"on Mondays {_WEEKS}"),
        (
            "what failed this month?",
            "on mondays and tuesdays",
            Topic.WHICH,
            (),
            "on Mondays and Tuesdays this month",
        ),
        ("is fx_trades late?", "and on weekends?", Topic.RUNS, ("fx_trades",), f"on weekends {_WEEKS}"),
        ("what failed on mondays?", "and on fridays?", Topic.WHICH, (), f"on Fridays {_WEEKS}"),
    ],
)
def test_weekdays_that_are_named_afterwards_go_on(
    earlier: str, text: str, topic: Topic, feeds: tuple[str, ...], words: str
) -> None:
    found = read(text, NAMES, NOW, [earlier])

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.feeds, found.window.words) == (topic, feeds, words)


@pytest.mark.parametrize(
    ("earlier", "text"),
    [
        ("", "and on mondays?"),
        ("who owns fx_trades?", "and on mondays?"),
        ("what failed yesterday?", "who is on call on mondays?"),
        ("what failed yesterday?", "we deploy on mondays and fridays"),
    ],
)
def test_weekdays_alone_and_beside_other_things_are_no_question_of_runs(earlier: str, text: str) -> None:
    found = read(text, NAMES, NOW, [earlier] if earlier else [])

    assert found is None or not found.weekdays


def test_a_schedule_is_told_as_it_is() -> None:
    found = read("when does fx_trades run on mondays?", NAMES, NOW)

    assert found is not None
    assert (found.topic, found.weekdays) == (Topic.DUE, set())


def test_the_days_of_a_span_begin_and_end_by_the_clock_of_the_house() -> None:
    span = Window(NOW - timedelta(days=9), NOW, "", "")

    days = list(days_of({0}, span, "Asia/Tokyo"))

    assert [(since.astimezone(UTC), until.astimezone(UTC)) for since, until in days] == [
        (datetime(2026, 11, 16, 12, tzinfo=UTC), datetime(2026, 11, 16, 15, tzinfo=UTC)),
        (datetime(2026, 11, 22, 15, tzinfo=UTC), datetime(2026, 11, 23, 15, tzinfo=UTC)),
    ]


def test_a_feeds_weekday_is_told_beside_its_other_days() -> None:
    health = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW
    )
    outcomes = {2: "failed", 9: "ok", 3: "failed", 4: "ok", 5: "ok", 6: "ok"}  # 2 and 9 days ago was Monday
    runs = tuple(
        RunPoint(run=f"r{days}", outcome=outcome, finished_at=NOW - timedelta(days=days))
        for days, outcome in sorted(outcomes.items(), reverse=True)
    )
    window = Window(NOW - timedelta(weeks=12), NOW, "on Mondays in the last 12 weeks", "")

    card = runs_card(
        FeedPage(health=health, runs=runs),
        Question(Topic.RUNS, ("fx_trades",), window, Wanted.FAILED, weekdays=frozenset({0})),
    )

    assert card.lead.startswith("1 of 2 (50%), on other days 1 of 4 (25%). **fx_trades**: 2 runs on Mondays")


def test_only_the_runs_of_that_day_count(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    now = house.clock.at  # a Sunday
    days = {"fx_trades": (6, 13), "fx_rates": (5,)}
    with house.transactions.writing() as uow:
        uow.runs.add_history(
            [
                Run(FeedName(name), RunId(f"{name}{ago}"), at, Outcome.FAILED, started_at=at, finished_at=at)
                for name, of_it in days.items()
                for ago in of_it
                for at in [now - timedelta(days=ago)]
            ],
            now,
        )

    health = SqlFeedHealth(house.database)
    span = Window(now - timedelta(weeks=12), now, "", "")
    found = joined([health.troubles(*day) for day in days_of({0}, span, "UTC")])

    assert [(one.feed, one.count) for one in found] == [("fx_trades", 2)]
    assert found[0].last_at == now - timedelta(days=6)


@pytest.mark.parametrize(
    ("text", "is_share", "words"),
    [
        ("what percentage failed yesterday?", True, "yesterday"),
        ("what share of runs was late this week?", True, "this week"),
        ("what is the failure rate?", True, "in the last 30 days"),
        ("what % failed on mondays?", True, f"on Mondays {_WEEKS}"),
        ("what failed yesterday?", False, "yesterday"),
        ("which feeds failed more than twice this month?", False, "this month"),
    ],
)
def test_a_share_of_all_runs_is_asked_for(text: str, is_share: bool, words: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.is_share, found.window.words) == (Topic.WHICH, is_share, words)


@pytest.mark.parametrize(
    "text",
    [
        "what percentage of the disk is full?",
        "what are the exchange rates of yesterday?",
        "is anything wrong with exchange rates?",
        "did the share price load fail?",
        "what share of feeds is late?",
        "what is the error rate of postgres?",
    ],
)
def test_a_share_of_other_things_is_none_of_runs(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is None or not found.is_share


def test_the_share_of_runs_that_failed_is_of_all_that_ended(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    now = house.clock.at  # a Sunday, 12:00
    ended = [now - timedelta(hours=hours) for hours in (13, 14, 15, 16, 40)]
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(FX, TeamId("desk"), Schedule(Rhythm.DAILY))], now)
        uow.watched.show([_fx_health(now)], now)
        uow.runs.add_history(
            [
                Run(FX, RunId(f"r{number}"), at, Outcome.OK if number else Outcome.FAILED, finished_at=at)
                for number, at in enumerate(ended)
            ],
            now,
        )

    house.say("sam", "what percentage failed yesterday?")

    lead = house.cards_to_all()[-1].lead
    assert lead.startswith("1 of 4 (25%) of all runs. 1 feed had a failed run yesterday")


def _fx_health(now: datetime) -> FeedHealth:
    return FeedHealth(
        name=FX, team="desk", criticality="high", state=Light.GREEN, probability=0.1, measured_at=now
    )
