"""Runs, alerts and estimates on SQLite and PostgreSQL: idempotent, in any order, counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from domain.errors import Collision
from domain.ids import FeedName, PersonId, RunId, TeamId
from domain.investigation.incidents import Severity
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from domain.running.runs import Outcome, RejectedRecord, Rejection, Run
from domain.watch.alerts import AlertState, Label, Mute
from domain.watch.feed_health import FeedHealth, Light
from domain.watch.predictions import Verdict, quarters_of
from domain.watch.watching import Heard
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.forgetting import oldest
from storage.migrate import migrate
from storage.run_intake import SqlRunIntake
from storage.run_reader import runs_taken_since
from storage.statements import table_of
from storage.tables.watch import PredictionRow, ReadingRow, RunColumnsRow, RunRow
from storage.unit_of_work import SqlTransactions
from tests.bot.test_incident_cards import an_incident
from tests.domain.builders import an_alert

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX = FeedName("fx_trades")


class _Clock:
    """Shows what it is set to."""

    at = NOW

    def now(self) -> datetime:
        return self.at

    def on_in(self, database: Database, name: str) -> None:
        """Go on by five minutes at each such event of the database, as if it had taken that long."""
        event.listen(database.engine, name, self._on)

    def _on(self, *_: object) -> None:
        self.at += timedelta(minutes=5)


@pytest.fixture
def intake(transactions: SqlTransactions) -> SqlRunIntake:
    return SqlRunIntake(transactions, _Clock())


def _report(outcome: Outcome, run: str = "r1", **facts: object) -> RunEvent:
    told = {"feed": FX, "run": RunId(run), "seen_at": NOW, "outcome": outcome, **facts}
    return RunEvent(Run(**told), source="test", dialect="json", reads=("raw.fx",))  # type: ignore[arg-type]


def _start(run: str = "r1") -> RunEvent:
    return _report(Outcome.RUNNING, run, started_at=NOW - timedelta(minutes=5))


def _end(run: str = "r1") -> RunEvent:
    return _report(Outcome.OK, run, finished_at=NOW, rows_written=7)


@pytest.mark.parametrize("moment", ["begin", "after_cursor_execute"])
def test_a_delivery_is_learned_of_when_it_is_there_however_long_it_waited_or_took(
    database: Database, transactions: SqlTransactions, moment: str
) -> None:
    clock = _Clock()
    clock.on_in(database, moment)

    SqlRunIntake(transactions, clock).take([_end()])

    found = runs_taken_since(database, NOW + timedelta(minutes=4))
    assert [row[1] for piece in found for row in piece] == ["r1"]


def test_an_end_that_comes_before_its_start_is_completed_by_it(
    intake: SqlRunIntake, transactions: SqlTransactions
) -> None:
    assert intake.take([_end()]).taken == 1
    assert intake.take([_start()]).taken == 1

    with transactions.reading() as uow:
        runs = uow.runs.of_feed(FX, 5)
    assert [(run.outcome, run.duration_seconds, run.rows_written) for run in runs] == [(Outcome.OK, 300.0, 7)]


def test_the_same_report_again_changes_nothing_and_is_counted(intake: SqlRunIntake) -> None:
    first = intake.take([_start(), _end()])
    again = intake.take([_end(), _start()])

    assert (first.taken, first.known) == (2, 0)
    assert (again.taken, again.known) == (0, 2)


def test_reports_that_contradict_each_other_are_kept_to_look_at(
    intake: SqlRunIntake, transactions: SqlTransactions, database: Database
) -> None:
    intake.take([_report(Outcome.RUNNING, started_at=NOW)])
    receipt = intake.take([_report(Outcome.OK, finished_at=NOW - timedelta(hours=1))], source="etl")
    intake.take([], [RejectedRecord(Rejection.FUTURE, "from tomorrow", "{...}")] * 3, source="etl")

    assert [record.reason for record in receipt.rejected] == [Rejection.ENDS_BEFORE_START]
    seen = SqlFeedHealth(database).intake()
    assert {reason: count for _, reason, count in seen.refused} == {
        "ends before it starts": 1,
        "dated in the future": 3,
    }
    assert seen.examples


def test_runs_are_not_counted_at_every_look_when_that_takes_long(
    intake: SqlRunIntake, database: Database
) -> None:
    at = iter((10.0, 10.5, 60.4, 60.6, 60.7))
    health = SqlFeedHealth(database, stopwatch=lambda: next(at))

    seen = []
    for run in ("r1", "r2", "r3"):
        intake.take([_start(run)])
        seen.append(health.intake().runs)

    assert seen == [1, 1, 3], "half a second of counting is good for fifty"


def test_a_feed_seen_for_the_first_time_is_watched_and_the_watch_is_nudged_once_a_second(
    intake: SqlRunIntake, transactions: SqlTransactions
) -> None:
    intake.take([_start("r1")])
    intake.take([_start("r2")])

    with transactions.reading() as uow:
        assert [one.feed.name for one in uow.watched.every()] == [FX]
        assert uow.watched.learned() == {FX}
        assert [call.kind for call in uow.stories.due(NOW, 10)] == ["watch"]


def test_what_somebody_said_of_a_feed_is_not_replaced_by_what_was_learned(
    transactions: SqlTransactions,
) -> None:
    said = Feed(FX, TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=390))
    with transactions.writing() as uow:
        uow.watched.keep([said], NOW)
        uow.watched.keep([Feed(FX, TeamId(""), Schedule(Rhythm.INTERVAL))], NOW, is_learned=True)

    with transactions.reading() as uow:
        assert [one.feed for one in uow.watched.every()] == [said]


def test_history_is_added_in_bulk_and_only_once(transactions: SqlTransactions) -> None:
    history = [
        Run(FX, RunId(f"r{n}"), NOW - timedelta(hours=n), Outcome.OK, finished_at=NOW - timedelta(hours=n))
        for n in range(1, 6_001)
    ]
    with transactions.writing() as uow:
        added = uow.runs.add_history(history, NOW)
        again = uow.runs.add_history(history, NOW)

    assert (added, again) == (6_000, 0)


def _judged_row(made: datetime) -> dict[str, object]:
    return {
        "feed": FX,
        "made_at": made,
        "probability": 0.4,
        "threshold": 0.3,
        "is_alerted": True,
        "is_shadow": False,
        "model": "m",
        "is_judged": True,
        "due_at": None,
        "deadline": None,
        "trouble_at": None,
    }


def test_the_newest_word_of_a_person_decides_how_estimates_are_judged(
    transactions: SqlTransactions, database: Database
) -> None:
    raised, closed = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    alert = an_alert(raised, state=AlertState.CLOSED, closed_at=closed, outcome=Verdict.DID_NOT_HAPPEN)
    with database.writing() as connection:
        connection.execute(PredictionRow.__table__.insert(), [_judged_row(closed - timedelta(minutes=30))])  # type: ignore[attr-defined]  # SQLModel adds it

    def _said(verdict: Verdict, by: str, minutes: int) -> list[bool]:
        at = NOW + timedelta(minutes=minutes)
        with transactions.writing() as uow:
            uow.alerts.save(alert)
            uow.alerts.label(Label(alert=alert.id, feed=FX, verdict=verdict, by=by, at=at))
        with transactions.reading() as uow:
            judged = uow.forecasts.judged(NOW - timedelta(days=1))
        return [one.came_true for one in judged.get(FX, [])]

    assert _said(Verdict.DID_NOT_HAPPEN, "outcome", 0) == [False]
    assert _said(Verdict.HAPPENED, "erin", 1) == [True]
    assert _said(Verdict.PREVENTED, "ada", 2) == []
    assert _said(Verdict.NOT_WORTH_TELLING, "erin", 3) == [False]


def test_judged_estimates_are_summed_by_quarters_of_days_as_words_have_them(
    transactions: SqlTransactions, database: Database
) -> None:
    other, at = FeedName("other"), [NOW - timedelta(hours=hours) for hours in (1, 2, 3, 9)]
    rows = [
        _judged_row(moment)
        | {"feed": feed, "probability": 0.2 + 0.1 * place}
        | {"trouble_at": moment + timedelta(minutes=9) if place == 1 else None}
        for feed in (FX, other)
        for place, moment in enumerate(at)
    ]
    raised = NOW - timedelta(minutes=130)
    alert = an_alert(raised, state=AlertState.CLOSED, closed_at=NOW, outcome=Verdict.HAPPENED)
    with database.writing() as connection:
        connection.execute(table_of(PredictionRow).insert(), rows)
    with transactions.writing() as uow:
        uow.alerts.save(alert)
        uow.alerts.label(Label(alert=alert.id, feed=FX, verdict=Verdict.DID_NOT_HAPPEN, by="erin", at=NOW))

    with transactions.reading() as uow:
        found = uow.forecasts.judged_quarters(at[-1] - timedelta(seconds=1))
        said = [one for some in uow.forecasts.judged(at[-1]).values() for one in some]

    expected = quarters_of((one.probability, float(one.came_true), one.made_at.timestamp()) for one in said)
    assert sum(one.happened for one in found) == 1.0, "the word took the trouble of one feed away"
    assert sum(one.asked for one in found) == 8
    for name in ("asked", "promised", "happened", "off", "variance"):
        for quarter in expected:
            told = sum(getattr(one, name) for one in found if one.begin == quarter.begin)
            assert told == pytest.approx(getattr(quarter, name))


def test_alerts_end_for_the_record_when_it_is_known_what_became_of_them(
    transactions: SqlTransactions,
) -> None:
    closed = {"state": AlertState.CLOSED, "closed_at": NOW}
    with transactions.writing() as uow:
        for hours, facts in enumerate(
            (
                {**closed, "outcome": Verdict.DID_NOT_HAPPEN},
                {**closed, "outcome": Verdict.HAPPENED, "trouble_at": NOW},
                {**closed, "sentence": "muted"},
            ),
            start=1,
        ):
            uow.alerts.save(an_alert(NOW - timedelta(hours=hours), **facts))

    with transactions.reading() as uow:
        endings = uow.words.endings(NOW - timedelta(days=1))
    assert [one.outcome for one in endings] == [Verdict.HAPPENED, Verdict.DID_NOT_HAPPEN]


def test_a_feed_has_at_most_one_open_alert(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        uow.alerts.save(an_alert(NOW))
    with pytest.raises((Collision, IntegrityError)), transactions.writing() as uow:
        uow.alerts.save(an_alert(NOW + timedelta(minutes=1)))


def test_shadow_alerts_are_shown_to_nobody_who_does_not_ask(
    transactions: SqlTransactions, database: Database
) -> None:
    with transactions.writing() as uow:
        uow.alerts.save(an_alert(NOW, is_shadow=True))
        closed = {"state": AlertState.CLOSED, "closed_at": NOW}
        uow.alerts.save(an_alert(NOW - timedelta(days=1), **closed))

    health = SqlFeedHealth(database)
    assert health.open_alerts() == []
    assert len(health.open_alerts(with_shadow=True)) == 1
    assert [alert.is_open for alert in health.alerts(feed=FX)] == [True, False]


def test_a_mute_ends_at_its_moment(transactions: SqlTransactions) -> None:
    mute = Mute(fingerprint="f", feed=FX, cause="slow", until=NOW, by=PersonId("erin"))
    with transactions.writing() as uow:
        uow.alerts.mute(mute)

    with transactions.reading() as uow:
        assert list(uow.alerts.mutes(NOW - timedelta(seconds=1))) == ["f"]
        assert uow.alerts.mutes(NOW) == {}


def test_the_page_of_a_feed_shows_runs_with_their_usual_band_and_the_most_urgent_feed_comes_first(
    transactions: SqlTransactions, database: Database
) -> None:
    names = [FeedName("calm_feed"), FX]
    with transactions.writing() as uow:
        uow.watched.keep([Feed(name, TeamId("desk"), Schedule(Rhythm.INTERVAL)) for name in names], NOW)
        uow.runs.add_history(
            [
                Run(
                    FX,
                    RunId(f"r{n}"),
                    NOW - timedelta(hours=n),
                    Outcome.OK,
                    started_at=NOW - timedelta(hours=n, minutes=10 + n % 3),
                    finished_at=NOW - timedelta(hours=n),
                )
                for n in range(1, 30)
            ],
            NOW,
        )
        uow.watched.show(
            [
                FeedHealth(
                    name=name,
                    team="desk",
                    criticality="normal",
                    state=Light.RED if name == FX else Light.GREEN,
                    probability=0.5 if name == FX else 0.01,
                    upstreams=("calm_feed",) if name == FX else (),
                    measured_at=NOW,
                )
                for name in names
            ],
            NOW,
        )
    health = SqlFeedHealth(database)
    before = health.version()

    assert [one.name for one in health.every()] == [FX, "calm_feed"]
    page = health.one(FX)
    assert page is not None
    assert page.duration_band is not None
    assert 10 <= page.duration_band.low <= page.duration_band.high <= 12
    assert [one.name for one in page.upstreams] == ["calm_feed"]
    assert [entry.feed for entry in health.timeline(NOW)] == [FX]
    assert health.one("nobody") is None
    with transactions.writing() as uow:
        uow.alerts.save(an_alert(NOW))
    assert health.version() != before


def test_pages_are_told_that_an_incident_changed(database: Database, transactions: SqlTransactions) -> None:
    health = SqlFeedHealth(database)
    told = [health.version()]
    for incident in (opened := an_incident()), opened.model_copy(update={"severity": Severity.SEV1}):
        with transactions.writing() as uow:
            uow.incidents.save(incident)
        told.append(health.version())

    assert len(set(told)) == 3


def test_an_estimate_is_judged_when_its_hour_is_over(
    transactions: SqlTransactions, intake: SqlRunIntake
) -> None:
    from domain.watch.predictions import Prediction, SuchMornings
    from domain.watch.watching import Estimate, WatchedFeed

    made = NOW - timedelta(hours=2)
    feed = Feed(FX, TeamId("desk"), Schedule(Rhythm.INTERVAL))
    told = Prediction(FX, made, ((30, 0.2), (45, 0.3), (60, 0.4)), None, (), SuchMornings(0, 0), "m")
    failed = _report(
        Outcome.FAILED,
        started_at=made,
        finished_at=made + timedelta(minutes=40),
        seen_at=made + timedelta(minutes=40),
    )
    intake.take([failed])
    with transactions.writing() as uow:
        uow.forecasts.note(
            [Estimate(WatchedFeed(feed, 0.3, True), told, None, None, None, None, None)], frozenset({FX})
        )
        assert uow.forecasts.judge(NOW) == 1
        judged = uow.forecasts.judged(NOW - timedelta(days=1))[FX]

    assert [(one.came_true, one.alerted, one.probability) for one in judged] == [(True, True, 0.4)]


def test_who_tells_of_a_feed_is_kept_with_the_last_word_and_former_senders_go(
    intake: SqlRunIntake, transactions: SqlTransactions
) -> None:
    intake.take([_start(), replace(_end(), namespace="spark", dialect="openlineage")])
    long_ago = [Heard(FX, "former\njson", NOW - timedelta(days=8)), Heard(FX, "other\njson", NOW)]
    with transactions.writing() as uow:
        uow.senders.note([*long_ago, Heard(FeedName("old"), "x\njson", NOW - timedelta(days=500))])
        uow.senders.note([Heard(FX, "other\njson", NOW - timedelta(days=1))])

        gone = uow.senders.forget_before(NOW - timedelta(days=400))

        kept = {one.sender: one.at for one in uow.senders.every()}
    assert gone == 2
    assert kept == {
        "test\njson": NOW,
        "test\nopenlineage\nspark": NOW,
        "other\njson": NOW - timedelta(days=1),
    }


def test_what_is_too_old_is_forgotten_a_piece_at_a_time(
    transactions: SqlTransactions, database: Database
) -> None:
    long_ago = NOW - timedelta(days=500)
    old = [Run(FX, RunId(f"o{n}"), long_ago, Outcome.OK, finished_at=long_ago) for n in range(5)]
    new = Run(FX, RunId("new"), NOW, Outcome.OK, finished_at=NOW)
    readings = [Reading("db", Sign.FREE, long_ago + timedelta(seconds=n), 1.0) for n in range(3)]
    with transactions.writing() as uow:
        uow.runs.add_history([*old, new], NOW)
        uow.readings.add([*readings, Reading("db", Sign.FREE, NOW, 1.0)], NOW)
    until = NOW - timedelta(days=400)

    gone, read = [], []
    for found, forget in ((gone, "runs"), (read, "readings")):
        while not found or found[-1]:
            with transactions.writing() as uow:
                found.append(getattr(uow, forget).forget_before(until, most=2))

    assert (gone, read) == ([2, 2, 1, 0], [2, 1, 0])
    with transactions.reading() as uow:
        assert [run.run for run in uow.runs.of_feed(FX, 9)] == ["new"]


def test_what_is_too_old_is_found_without_reading_the_rest(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/plans.db")
    migrate(database)
    with database.reading() as connection:
        for row, column in ((RunRow, "seen_at"), (ReadingRow, "seen_at"), (RunColumnsRow, "seen_at")):
            table = table_of(row)
            asked = oldest(connection, table, table.c[column] < NOW, 10)
            compiled = asked.compile(connection.engine)
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", (0, 10, 0)).all()
            assert all(line[3].startswith("SEARCH") for line in plan), plan
    database.close()


def test_estimates_are_forgotten_a_piece_at_a_time_judged_or_not(
    transactions: SqlTransactions, database: Database
) -> None:
    made = [NOW - timedelta(days=days) for days in (70, 69, 68, 5)]
    rows = [
        {
            "feed": FX,
            "made_at": at,
            "probability": 0.1,
            "threshold": 0.3,
            "is_alerted": False,
            "is_shadow": False,
            "model": "m",
            "is_judged": bool(place % 2),
        }
        for place, at in enumerate(made)
    ]
    with database.writing() as connection:
        connection.execute(table_of(PredictionRow).insert(), rows)

    gone = []
    for _ in range(3):
        with transactions.writing() as uow:
            gone.append(uow.forecasts.forget_before(NOW - timedelta(days=60), most=2))

    assert gone == [2, 1, 0]
    with database.reading() as connection:
        left = connection.execute(select(PredictionRow.made_at)).scalars().all()
    assert left == [made[-1]]


def test_when_start_and_end_of_a_live_run_were_first_told_is_kept(
    transactions: SqlTransactions,
) -> None:
    clock = _Clock()
    intake, begun = SqlRunIntake(transactions, clock), NOW - timedelta(minutes=5)
    both = _report(Outcome.OK, "at its end", started_at=begun, finished_at=NOW)
    clock.at = NOW + timedelta(minutes=1)
    intake.take([_start("as it began")])
    clock.at = NOW + timedelta(minutes=2)
    intake.take([_report(Outcome.OK, "as it began", started_at=begun, finished_at=NOW), both, _end("late")])
    clock.at = NOW + timedelta(minutes=3)
    intake.take([_report(Outcome.OK, "as it began", rows_written=9, finished_at=NOW), both, _start("late")])

    with transactions.reading() as uow:
        runs = uow.runs.of_feed(FX, 5)
    told = {run.run: tuple(at and (at - NOW).seconds // 60 for at in _told(run)) for run in runs}
    assert told == {"as it began": (1, 2), "at its end": (2, 2), "late": (3, 2)}


def test_another_try_of_a_run_was_told_when_its_own_report_came(transactions: SqlTransactions) -> None:
    clock = _Clock()
    intake = SqlRunIntake(transactions, clock)
    for hours, outcome in ((0, Outcome.FAILED), (3, Outcome.OK)):
        clock.at = NOW + timedelta(hours=hours)
        begun = clock.at - timedelta(minutes=5)
        intake.take([_report(outcome, seen_at=clock.at, started_at=begun, finished_at=clock.at)])

    with transactions.reading() as uow:
        assert [_told(run) for run in uow.runs.of_feed(FX, 5)] == [(clock.at, clock.at)]


def test_of_history_nobody_knows_when_it_would_have_been_told(
    transactions: SqlTransactions, intake: SqlRunIntake
) -> None:
    old = NOW - timedelta(days=3)
    run = Run(FX, RunId("old"), old, Outcome.OK, started_at=old, finished_at=old)
    with transactions.writing() as uow:
        uow.runs.add_history([run], NOW)
    intake.take([RunEvent(replace(run, run=RunId("late")), source="test", dialect="json")])

    with transactions.reading() as uow:
        assert [_told(run) for run in uow.runs.of_feed(FX, 5)] == [(None, None)] * 2


def _told(run: Run) -> tuple[datetime | None, datetime | None]:
    return run.start_told_at, run.end_told_at


def test_a_feed_that_names_no_data_sets_is_what_others_read_under_its_name(
    transactions: SqlTransactions, intake: SqlRunIntake
) -> None:
    gold, other = FeedName("gold_trades"), FeedName("load_rates")
    intake.take([_report(Outcome.OK)])
    reads = _report(Outcome.OK, feed=gold)
    intake.take([replace(reads, reads=("fx_trades", "gold_trades", "fx_rates", "nobody_knows"))])
    intake.take([_report(Outcome.OK, feed=FeedName("fx_rates"))])
    intake.take([replace(_report(Outcome.OK, feed=other), writes=("fx_rates",))])

    with transactions.reading() as uow:
        found = uow.runs.upstreams()

    # Of `fx_rates` it is told who writes it; nobody takes from themselves or from what is no feed.
    assert found == {gold: (FX, other)}


def test_a_feed_that_names_what_it_reads_or_writes_is_no_data_set_of_its_name(
    transactions: SqlTransactions, intake: SqlRunIntake
) -> None:
    # `fx_trades` and `audit` read the same table of a source; `fx_rates` says that it writes another one.
    other = FeedName("fx_rates")
    intake.take([replace(_report(Outcome.OK), reads=("fx_trades",))])
    intake.take([replace(_report(Outcome.OK, feed=other), reads=("rates",), writes=("lake.rates",))])
    intake.take([replace(_report(Outcome.OK, feed=FeedName("audit")), reads=("fx_trades", "fx_rates"))])

    with transactions.reading() as uow:
        assert uow.runs.upstreams() == {}
