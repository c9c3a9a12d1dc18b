"""On PostgreSQL several processes write at once: what one of them keeps, no other one overwrites."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from domain.ids import FeedName, RunId, TeamId
from domain.investigation.incidents import Incident, IncidentRole, IncidentState
from domain.ports.run_intake import RunEvent
from domain.proof.audit import AuditAct, AuditEntry
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, RejectedRecord, Rejection, Run
from storage.alert_intake import SqlAlertIntake
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.migrate import NEWEST, migrate, version_of
from storage.unit_of_work import SqlTransactions, SqlUnitOfWork
from tests.domain.builders import NOW
from tests.storage.side_by_side import SECONDS, threads, until_waiting
from tests.storage.test_alert_intake import PLACE, StillClock, an_alert, every
from tests.storage.test_locked_database import ACT

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)
FX = FeedName("fx_trades")
Work = Callable[[SqlUnitOfWork], object]


def _report(outcome: Outcome, feed: FeedName = FX, run: str = "r1", **facts: object) -> RunEvent:
    told = {"feed": feed, "run": RunId(run), "seen_at": NOW, "outcome": outcome, **facts}
    return RunEvent(Run(**told), source="test", dialect="json")  # type: ignore[arg-type]


def _meet(database: Database, transactions: SqlTransactions, first: Work, second: Work) -> None:
    """Do both, the second one begun before the first is committed."""

    def after() -> None:
        with transactions.writing() as uow:
            second(uow)

    with threads() as begin:
        with transactions.writing() as uow:
            first(uow)
            waiting = begin(after)
            until_waiting(database.engine.url.render_as_string(hide_password=False), 1)
        waiting.result(SECONDS)


def test_start_and_end_of_a_new_run_that_come_at_once_are_both_kept(
    database: Database, transactions: SqlTransactions
) -> None:
    start = _report(Outcome.RUNNING, started_at=NOW - timedelta(minutes=5))
    end = _report(Outcome.OK, finished_at=NOW, rows_written=7)

    _meet(
        database,
        transactions,
        lambda uow: uow.runs.merge([end], NOW),
        lambda uow: uow.runs.merge([start], NOW),
    )

    with transactions.reading() as uow:
        (run,) = uow.runs.of_feed(FX, 10)
    assert (run.outcome, run.rows_written) == (Outcome.OK, 7)
    assert run.started_at == NOW - timedelta(minutes=5)


def test_deliveries_that_tell_of_the_same_runs_in_another_order_do_not_end_each_other(
    database: Database, transactions: SqlTransactions
) -> None:
    names = [FeedName(f"feed_{number:03d}") for number in range(200)]
    with transactions.writing() as uow:
        uow.runs.merge([_report(Outcome.RUNNING, name, started_at=NOW) for name in names], NOW)

    def tell(backwards: int) -> None:
        ordered = names[::-1] if backwards % 2 else names
        for part in range(0, 200, 50):
            events = [
                _report(Outcome.OK, name, finished_at=NOW + timedelta(seconds=backwards))
                for name in (*ordered[part:], *ordered[:part])
            ]
            with transactions.writing() as uow:
                uow.runs.merge(events, NOW)

    with threads(4) as begin:
        for one in [begin(lambda number=number: tell(number)) for number in range(4)]:  # type: ignore[misc]  # a number of its own
            one.result(SECONDS)

    with transactions.reading() as uow:
        assert {uow.runs.of_feed(name, 1)[0].outcome for name in names} == {Outcome.OK}


def test_a_calendar_that_is_named_stays_when_its_feed_first_reports_meanwhile(
    database: Database, transactions: SqlTransactions
) -> None:
    daily = Feed(FX, TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=390))

    _meet(
        database,
        transactions,
        lambda uow: uow.watched.keep([daily], NOW),
        lambda uow: uow.runs.merge([_report(Outcome.OK, finished_at=NOW)], NOW),
    )

    with transactions.reading() as uow:
        watched = uow.watched.find(FX)
        assert watched is not None
        assert watched.feed == daily
        assert uow.watched.learned() == set()


def test_refusals_that_are_counted_at_once_are_all_counted(
    database: Database, transactions: SqlTransactions
) -> None:
    refused = [RejectedRecord(Rejection.NO_FEED, "no feed is named", "{}")] * 3
    with transactions.writing() as uow:
        uow.runs.note_refused("nightly", refused, NOW)

    _meet(
        database,
        transactions,
        lambda uow: uow.runs.note_refused("nightly", refused, NOW),
        lambda uow: uow.runs.note_refused("nightly", refused, NOW),
    )

    assert SqlFeedHealth(database).intake().refused == (("nightly", "no feed named", 9),)


def test_whoever_takes_the_lead_while_another_alert_comes_keeps_it(
    database: Database, transactions: SqlTransactions
) -> None:
    intake = SqlAlertIntake(transactions.writing, [PLACE], StillClock())
    intake.take([an_alert()])
    (incident,) = every(transactions)
    second = an_alert(fingerprint="f2")

    with threads() as begin:
        with transactions.writing() as uow:
            mine = uow.incidents.get(incident.id)
            led = {"roles": {IncidentRole.LEAD: "erin"}, "state": IncidentState.INVESTIGATING}
            taking = begin(lambda: intake.take([second]))
            until_waiting(database.engine.url.render_as_string(hide_password=False), 1)
            uow.incidents.save(mine.model_copy(update=led))
        taking.result(SECONDS)

    (after,) = every(transactions)
    assert after.roles == {IncidentRole.LEAD: "erin"}
    assert len(after.alerts) == 2


def test_an_incident_that_people_resolve_while_an_alert_comes_stays_resolved(
    database: Database, transactions: SqlTransactions
) -> None:
    intake = SqlAlertIntake(transactions.writing, [PLACE], StillClock())
    intake.take([an_alert()])
    (incident,) = every(transactions)

    with threads() as begin:
        with transactions.writing() as uow:
            mine = uow.incidents.get(incident.id)
            ended = {"state": IncidentState.RESOLVED, "resolved_at": NOW, "cause": "a full disk"}
            taking = begin(lambda: intake.take([an_alert(fingerprint="f2")]))
            until_waiting(database.engine.url.render_as_string(hide_password=False), 1)
            uow.incidents.save(mine.model_copy(update=ended))
        taking.result(SECONDS)

    found: dict[str, Incident] = {one.id: one for one in every(transactions)}
    assert found.pop(incident.id).state is IncidentState.RESOLVED
    assert [one.state for one in found.values()] == [IncidentState.OPEN]


def test_alerts_of_one_trouble_that_come_to_two_fronts_at_once_are_one_incident(
    database: Database, transactions: SqlTransactions
) -> None:
    fronts = [SqlAlertIntake(transactions.writing, [PLACE], StillClock()) for _ in range(2)]

    def take(number: int) -> None:
        for at in range(10):
            fronts[number % 2].take([an_alert(f"s{at}", f"f{number}-{at}")])

    with threads(4) as begin:
        for one in [begin(lambda number=number: take(number)) for number in range(4)]:  # type: ignore[misc]  # a number of its own
            one.result(SECONDS)

    found = every(transactions)
    about = [one.about for one in found if one.about]
    assert len(about) == len(set(about))
    assert sum(len(one.alerts) for one in found) == 40


def test_alerts_of_several_incidents_and_presses_on_them_do_not_wait_in_a_circle(
    database: Database, transactions: SqlTransactions
) -> None:
    """An act locks its incident, then the trail: no delivery may hold the trail and want an incident."""
    intake = SqlAlertIntake(transactions.writing, [PLACE], StillClock())
    services = [f"s{number}" for number in range(4)]
    intake.take([an_alert(name, f"f-{name}") for name in services])
    incidents = [one.id for one in every(transactions)]

    def press(number: int) -> None:
        for turn in range(25):
            with transactions.writing() as uow:
                one = uow.incidents.get(incidents[(number + turn) % 4])
                uow.audit.append(
                    AuditEntry(at=NOW, act=AuditAct.INCIDENT_CHANGED, actor="erin", subject=one.subject)
                )
                uow.incidents.save(one.model_copy(update={"status": f"{number}/{turn}"}))

    def take(number: int) -> None:
        for turn in range(25):
            intake.take([an_alert(name, f"f-{name}-{number}-{turn}") for name in services])

    with threads(4) as begin:
        jobs = [begin(lambda n=n: press(n)) for n in range(2)]  # type: ignore[misc]  # a number of its own
        jobs += [begin(lambda n=n: take(n)) for n in range(2)]  # type: ignore[misc]
        for job in jobs:
            job.result(SECONDS)


def test_an_act_that_two_fronts_took_up_is_done_by_one_of_them(
    database: Database, transactions: SqlTransactions
) -> None:
    with transactions.writing() as uow:
        uow.inbox.accept(ACT)
    seen: list[bool] = []

    def do(uow: SqlUnitOfWork) -> None:
        seen.append(uow.inbox.is_done(ACT.key))
        if not seen[-1]:
            uow.inbox.finish(ACT.key, NOW)

    _meet(database, transactions, do, do)

    assert seen == [False, True]


def test_processes_that_start_at_once_on_an_older_database_bring_it_up_once(database: Database) -> None:
    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))

    with threads(3) as begin:
        for one in [begin(lambda: migrate(database, step_by_step=True)) for _ in range(3)]:
            one.result(SECONDS)

    assert version_of(database) == NEWEST
