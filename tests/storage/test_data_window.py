"""What is known of rows, brought up to date by what was written, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from domain.errands import DeliveryState
from domain.ids import FeedName
from domain.watch.data_facts import MOST_SCORES, DataFacts
from domain.watch.feed_health import MismatchPoint, QualityPoint, ReconciliationPoint
from runtime.wiring.watching.data_window import DataWindow
from storage.engine import Database
from storage.unit_of_work import SqlTransactions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX, REF = FeedName("fx_trades"), FeedName("ref_data")
HELD, RELEASED = DeliveryState.HELD, DeliveryState.RELEASED


class Rows:
    """A store of scores, and whoever looks at it."""

    def __init__(self, transactions: SqlTransactions) -> None:
        self.transactions = transactions
        self.window = DataWindow()

    def deliver(
        self,
        name: str,
        at: datetime,
        overall: float = 90.0,
        state: DeliveryState = RELEASED,
        feed: FeedName = FX,
        written: datetime | None = None,
    ) -> None:
        with self.transactions.writing() as uow:
            uow.quality.save_score(
                name, feed, QualityPoint(measured_at=at, overall=overall), state, written or at
            )

    def compare(self, day: str, at: datetime, rows: int, written: datetime | None = None) -> None:
        point = ReconciliationPoint(
            id=day,
            business_date=day,
            at=at,
            state="done",
            source_rows=100,
            target_rows=100,
            mismatches=(MismatchPoint(kind="late rows", rows=rows),),
        )
        with self.transactions.writing() as uow:
            uow.quality.save_reconciliation(FX, point, written or at)

    def look(self, now: datetime, window: DataWindow | None = None) -> dict[str, DataFacts]:
        with self.transactions.reading() as uow:
            return dict((window or self.window).facts(uow, now))


@pytest.fixture
def rows(transactions: SqlTransactions) -> Rows:
    return Rows(transactions)


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_what_was_written_or_decided_since_the_last_look_is_seen_by_everybody(rows: Rows) -> None:
    other = DataWindow()
    rows.deliver("d1", NOW - _minutes(90), 40.0, HELD)
    rows.deliver("e1", NOW - _minutes(90), 80.0, feed=REF)
    for window in (rows.window, other):
        assert rows.look(NOW, window) == {
            FX: DataFacts((40.0,), ("held",)),
            REF: DataFacts((80.0,), ("released",)),
        }

    with rows.transactions.writing() as uow:
        uow.quality.set_state("d1", RELEASED, NOW + _minutes(1))
    # Both began long before they were written.
    rows.deliver("d2", NOW - _minutes(20), 95.0, written=NOW + _minutes(1))
    rows.compare("2026-11-21", NOW - _minutes(30), 4, written=NOW + _minutes(1))

    for window in (rows.window, other):
        told = rows.look(NOW + _minutes(2), window)
        assert told[FX] == DataFacts((40.0, 95.0), ("released", "released"), 0.04, "2026-11-21")
        assert told[REF] == DataFacts((80.0,), ("released",))


def test_what_is_older_than_thirty_days_leaves_although_nothing_is_written(rows: Rows) -> None:
    month = timedelta(days=30)
    rows.deliver("d1", NOW - month + _minutes(5), 70.0)
    rows.deliver("d2", NOW - _minutes(5), 90.0)
    rows.compare("2026-10-22", NOW - month + _minutes(20), 3)
    rows.deliver("e1", NOW - month + _minutes(20), feed=REF)

    assert rows.look(NOW)[FX].scores == (70.0, 90.0)
    later = rows.look(NOW + _minutes(10))
    assert (later[FX].scores, later[FX].compared, REF in later) == ((90.0,), "2026-10-22", True)
    last = rows.look(NOW + _minutes(30))
    assert (last[FX].scores, last[FX].differing, REF in last) == ((90.0,), None, False)


def test_a_clock_that_was_set_back_hides_nothing(rows: Rows) -> None:
    rows.deliver("d1", NOW - _minutes(90), 70.0)
    rows.look(NOW)
    rows.deliver("d2", NOW - _minutes(60), 80.0, written=NOW - _minutes(58))

    assert rows.look(NOW - _minutes(50))[FX].scores == (70.0, 80.0)


def test_what_was_removed_is_gone_within_the_hour(rows: Rows, database: Database) -> None:
    rows.deliver("d1", NOW - _minutes(90), 70.0)
    rows.compare("2026-11-21", NOW - _minutes(80), 3)
    rows.look(NOW)
    with database.writing() as connection:
        connection.execute(text("DELETE FROM deliveries"))
        connection.execute(text("DELETE FROM reconciliations"))

    assert rows.look(NOW + _minutes(61)) == {}


def test_of_a_feed_that_delivers_all_day_the_newest_are_known(rows: Rows) -> None:
    for number in range(MOST_SCORES + 3):
        rows.deliver(f"d{number}", NOW - _minutes(500 - number), float(number % 100))

    found = rows.look(NOW)[FX].scores
    assert (len(found), found[0], found[-1]) == (MOST_SCORES, 3.0, float((MOST_SCORES + 2) % 100))


def test_a_look_reads_no_rows_of_feeds_of_which_nothing_came(rows: Rows, database: Database) -> None:
    for number in range(20):
        rows.deliver(f"d{number}", NOW - timedelta(days=number + 1), feed=FeedName(f"feed_{number}"))
    rows.look(NOW)
    asked: list[str] = []

    def note(*about: object) -> None:
        asked.append(str(about[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    rows.look(NOW + _minutes(5))
    event.remove(database.engine, "before_cursor_execute", note)

    assert sum("FROM deliveries" in one for one in asked) == 1, asked
    assert not any("overall" in one for one in asked), asked
