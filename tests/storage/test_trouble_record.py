"""Which troubles feeds had, on SQLite and PostgreSQL: what the scorecard sets beside its cards."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import FeedHealth, Light
from domain.watch.predictions import Prediction, SuchMornings
from domain.watch.scorecards import ForecastRecord
from domain.watch.watching import Estimate, WatchedFeed
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.unit_of_work import SqlTransactions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX = FeedName("fx_trades")


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _run(begun: float, ended: float, outcome: Outcome = Outcome.OK, seen: float | None = None) -> RunEvent:
    run = Run(
        FX,
        RunId(f"r{begun}"),
        _at(ended if seen is None else seen),
        outcome,
        started_at=_at(begun),
        finished_at=_at(ended),
    )
    return RunEvent(run, source="test", dialect="json")


def _estimate(
    made: float, level: float, *, due: float | None = None, deadline: float | None = None, speaks: bool = True
) -> Estimate:
    feed = Feed(FX, TeamId("desk"), Schedule(Rhythm.INTERVAL))
    due_at, by = (None if some is None else _at(some) for some in (due, deadline))
    told = Prediction(
        FX, _at(made), ((60, level),), None, (), SuchMornings(0, 0), "m", due_at=due_at, deadline=by
    )
    return Estimate(WatchedFeed(feed, 0.3, speaks), told, None, None, None, None, by)


def _record(transactions: SqlTransactions, estimates: list[Estimate], *runs: RunEvent) -> ForecastRecord:
    with transactions.writing() as uow:
        uow.runs.merge(runs, NOW)
        for one in estimates:
            uow.forecasts.note([one], frozenset())
            uow.forecasts.note_late([one])
        uow.forecasts.judge(_at(10_000))
        return uow.forecasts.record_since(_at(-10_000))


def test_failures_in_a_row_are_one_trouble_until_a_run_ends_well(transactions: SqlTransactions) -> None:
    record = _record(
        transactions,
        [_estimate(0, 0.1)],
        _run(5, 10, Outcome.FAILED),
        _run(65, 70, Outcome.FAILED),
        _run(125, 130),
        _run(185, 190, Outcome.FAILED),
    )

    assert [one.began_at for one in record.troubles] == [_at(10), _at(190)]


def test_what_failed_before_the_watch_began_is_not_counted(transactions: SqlTransactions) -> None:
    record = _record(transactions, [_estimate(0, 0.1)], _run(-60, -50, Outcome.FAILED), _run(-40, -30))

    assert (record.since, record.troubles) == (_at(0), [])


def test_a_missed_deadline_is_a_trouble_unless_a_run_in_time_was_only_reported_late(
    transactions: SqlTransactions,
) -> None:
    before = _estimate(-30, 0.1)
    missed = [_estimate(21, 0.1, due=0, deadline=20), _estimate(201, 0.1, due=180, deadline=200)]

    record = _record(transactions, [before, *missed], _run(0, 30), _run(180, 195, seen=240))

    assert [(one.began_at, one.is_late) for one in record.troubles] == [(_at(20), True)]


def test_any_deadline_of_the_hour_judges_an_estimate_and_not_only_the_first(
    transactions: SqlTransactions,
) -> None:
    first = _estimate(0, 0.4, due=0, deadline=8)
    third = _estimate(29, 0.4, due=20, deadline=28)

    record = _record(transactions, [first, third], _run(0, 5), _run(10, 15), _run(21, 40))

    assert [(one.asked, one.came) for one in record.estimates] == [(2, 1)]


def test_a_trouble_of_a_feed_in_shadow_says_so(transactions: SqlTransactions) -> None:
    estimates = [_estimate(0, 0.1, speaks=False), _estimate(30, 0.1)]

    record = _record(
        transactions, estimates, _run(5, 10, Outcome.FAILED), _run(15, 20), _run(35, 40, Outcome.FAILED)
    )

    assert [one.in_shadow for one in record.troubles] == [True, False]


def test_what_was_only_counted_in_shadow_was_told_to_nobody_on_the_feeds_page(
    transactions: SqlTransactions, database: Database
) -> None:
    health = FeedHealth(
        name=FX, team="desk", criticality="high", state=Light.GREEN, probability=0.4, measured_at=NOW
    )
    with transactions.writing() as uow:
        uow.watched.begin([FX], NOW)
        uow.watched.show([health], NOW)
        for minutes, speaks in ((0, False), (30, True)):
            uow.forecasts.note([_estimate(minutes, 0.4, speaks=speaks)], frozenset({FX}))

    page = SqlFeedHealth(database).one(FX)

    assert page is not None
    assert [one.alerted for one in page.told] == [False, True]


def test_estimates_are_tallied_by_what_they_promised(transactions: SqlTransactions) -> None:
    estimates = [_estimate(0, 0.1), _estimate(30, 0.1), _estimate(120, 0.6)]

    record = _record(transactions, estimates, _run(140, 150, Outcome.FAILED))

    tallies = sorted((round(one.promised, 2), one.asked, one.came) for one in record.estimates)
    assert tallies == [(0.2, 2, 0), (0.6, 1, 1)]


def test_an_estimate_is_judged_by_the_newest_runs_and_not_by_all_that_are_kept(
    transactions: SqlTransactions, database: Database
) -> None:
    asked: list[tuple[str, object]] = []

    def note(*about: object) -> None:
        asked.append((str(about[2]), about[3]))

    event.listen(database.engine, "before_cursor_execute", note)
    _record(transactions, [_estimate(0, 0.1, due=5, deadline=30)], _run(5, 20))
    event.remove(database.engine, "before_cursor_execute", note)

    asking = [(told, given) for told, given in asked if "NOT (EXISTS" in told]
    assert len(asking) == 4, [told for told, _ in asked]
    if database.is_sqlite:
        with database.reading() as connection:
            for told, given in asking:
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", given)]  # type: ignore[arg-type]  # as it was given
                looked = [
                    step for step in plan if "runs" in step and "_by_feed" in step and "COVERING" not in step
                ]
                assert looked, plan
                assert all("seen_at>" in step for step in looked), plan


def test_what_an_open_page_asks_every_two_seconds_reads_nothing_whole(database: Database) -> None:
    asked: list[tuple[str, object]] = []

    def note(*about: object) -> None:
        asked.append((str(about[2]), about[3]))

    event.listen(database.engine, "before_cursor_execute", note)
    SqlFeedHealth(database).version()
    SqlFeedHealth(database).troubles(NOW - timedelta(days=1), NOW)
    event.remove(database.engine, "before_cursor_execute", note)

    if database.is_sqlite:
        with database.reading() as connection:
            for told, given in asked:
                if told.startswith("SELECT") and "scorecards" not in told:
                    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", given)]  # type: ignore[arg-type]  # as it was given
                    assert any("INDEX" in step and "SEARCH" in step for step in plan), (told, plan)
