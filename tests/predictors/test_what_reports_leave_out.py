"""What reports leave out or tell late is no sign of trouble: starts nobody tells, older runs, holidays."""

from datetime import UTC, datetime

import numpy as np
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from predictors.failure.feed_features import asked_runs
from predictors.failure.start_law import fit_starts
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns, states_after

DAY, HOUR, LASTS = 86_400.0, 3_600.0, 600.0
BEGIN = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
HOURLY = Schedule(Rhythm.INTERVAL, every_minutes=60)
FEEDS = [
    Feed(FeedName("parent"), TeamId("data"), HOURLY),
    Feed(FeedName("child"), TeamId("data"), HOURLY, upstreams=(FeedName("parent"),)),
]


def columns(feed: int, starts: np.ndarray, **more: np.ndarray | float) -> dict[str, np.ndarray]:
    """Return runs that began at these moments and took ten minutes each; `more` replaces columns."""
    rows = {
        name: np.zeros(len(starts)) for name in ("rejected", "retries", "queue", "warnings", "bad", "open")
    }
    rows |= {"feed": np.full(len(starts), float(feed)), "rows": np.full(len(starts), 100.0)}
    rows |= {"started": starts, "finished": starts + LASTS, "seen": starts + LASTS}
    return rows | {name: np.broadcast_to(value, len(starts)).astype(float) for name, value in more.items()}


def a_table(*parts: dict[str, np.ndarray]) -> RunTable:
    names = [feed.name for feed in FEEDS]
    return from_columns(names, {name: np.concatenate([one[name] for one in parts]) for name in parts[0]})


def situation(table: RunTable, feed: int, now: float, feeds: list[Feed] = FEEDS) -> dict[str, float]:
    scene = landscape(feeds, BEGIN - DAY, now + DAY)
    told = asked_runs(scene, table, states_after(table), np.array([feed]), np.array([now])).situation
    return {name: float(values[0]) for name, values in told.items()}


def test_an_upstream_that_never_tells_a_start_is_not_late_once_its_end_is_told() -> None:
    hours = BEGIN + HOUR * np.arange(30)
    table = a_table(columns(0, hours, started=np.nan), columns(1, hours))

    told = situation(table, 1, float(hours[-1]) + 50 * 60.0)

    assert told["upstream_late"] == 0.0


def test_an_upstream_that_tells_only_ends_is_late_once_one_should_have_come() -> None:
    hours = BEGIN + HOUR * np.arange(30)
    table = a_table(columns(0, hours[:-1], started=np.nan), columns(1, hours))

    under_way, late = (situation(table, 1, float(hours[-1]) + 60.0 * minute) for minute in (9.0, 50.0))

    # Nobody knows how long it takes: ten minutes, then.
    assert under_way["upstream_late"] == 0.0
    assert late["upstream_late"] == pytest.approx(np.log1p(4.0))


def test_a_late_report_of_an_older_run_takes_no_place_of_a_newer_one() -> None:
    hours = BEGIN + HOUR * np.arange(30)
    seen, bad = hours + LASTS, np.zeros(30)
    bad[-2], seen[-2] = 1.0, hours[-1] + 1_200.0
    table = a_table(columns(0, hours, seen=seen, bad=bad))

    told = situation(table, 0, float(hours[-1]) + 1_300.0)

    assert (told["running"], told["failed_last"], told["failing"]) == (0.0, 0.0, 0.0)


def test_who_tells_no_starts_and_who_began_later_lose_no_run() -> None:
    hours = BEGIN + HOUR * np.arange(24 * 20)
    scene = landscape(FEEDS, BEGIN, float(hours[-1]))
    alone = a_table(columns(0, hours), columns(1, hours))

    laws = [
        fit_starts(scene, table, None, BEGIN, float(hours[-1]))
        for table in (
            alone,
            a_table(columns(0, hours), columns(1, hours, started=np.nan)),
            a_table(columns(0, hours), columns(1, hours[240:])),
        )
    ]

    assert [law.lost[0] for law in laws] == pytest.approx([laws[0].lost[0]] * 3, abs=2e-3)
    assert laws[0].lost[0] < 0.01


@pytest.mark.parametrize(("day", "waits"), [(25, False), (28, False), (29, True)])
def test_a_feed_of_business_days_waits_for_nothing_on_a_holiday(day: int, waits: bool) -> None:
    daily = Schedule(Rhythm.DAILY, at_minute=360, weekdays=frozenset(range(5)), zone="Europe/London")
    feeds = [Feed(FeedName("parent"), TeamId("data"), daily), *FEEDS[1:]]
    due = np.array([datetime(2026, 12, one, 6, tzinfo=UTC).timestamp() for one in (21, 22, 23, 24)])
    now = datetime(2026, 12, day, 7, tzinfo=UTC).timestamp()
    table = a_table(columns(0, due), columns(1, np.arange(due[0], now, HOUR)))

    told, below = (situation(table, feed, now, feeds) for feed in (0, 1))

    # Christmas Day is free, and where Boxing Day is a Saturday, Monday the 28th is too.
    assert (told["waiting"], told["not_started"] > 0.0) == (float(waits), waits)
    assert (below["upstream_late"] > 0.0) == waits
