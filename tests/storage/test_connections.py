"""A database that goes away, stands still or became a copy of another: said in words, and never for hours."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.errors import OutsideTrouble
from storage.engine import Database
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import a_request

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)
_MINE = text("SELECT pg_backend_pid()")
_END = text("SELECT pg_terminate_backend(:pid)")


@pytest.mark.proves("E12")
def test_going_on_after_a_lost_connection_is_told_as_one(
    database: Database, transactions: SqlTransactions
) -> None:
    with pytest.raises(OutsideTrouble) as told, transactions.writing() as uow:  # noqa: PT012  the way is the test
        uow.approvals.save(a_request())
        pid = uow._connection.execute(_MINE).scalar()
        with database.reading() as other:
            other.execute(_END, {"pid": pid})
        with pytest.raises(OutsideTrouble), uow.attempt():
            uow.inbox.is_done("web:1")

    assert "nothing was changed" in told.value.say
    with transactions.reading() as uow:
        assert uow.approval_list.pending() == []
    with transactions.writing() as uow:
        uow.approvals.save(a_request())


def test_whoever_waits_or_stands_still_in_the_middle_hears_of_it(database: Database) -> None:
    with database.reading() as connection:
        bounds = [
            connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        ]

    assert bounds == ["30s", "5min"]


def test_what_the_address_says_of_connecting_goes_before_our_own(database: Database) -> None:
    def told(asked: Database) -> dict[str, str]:
        with asked.engine.connect() as connection:
            return dict(connection.connection.driver_connection.info.get_parameters())  # type: ignore[union-attr]

    address = database.engine.url.render_as_string(hide_password=False)
    ours = told(database)
    theirs = told(other := Database(f"{address}?connect_timeout=3&keepalives_idle=7"))
    other.close()

    assert (ours["connect_timeout"], ours["tcp_user_timeout"]) == ("10", "30000")
    assert (theirs["connect_timeout"], theirs["keepalives_idle"]) == ("3", "7")


def test_clocks_that_differ_are_known(database: Database) -> None:
    ahead = database.seconds_ahead(datetime.now(UTC) + timedelta(minutes=10))

    assert 300 < ahead < 900


def test_a_server_that_only_lets_us_read_is_said_in_words(database: Database) -> None:
    with pytest.raises(OutsideTrouble) as told, database.writing() as connection:  # noqa: PT012  both are one write
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("DELETE FROM inbox"))

    assert "nothing was changed" in told.value.say


def test_what_waits_for_a_lock_too_long_is_said_in_words(database: Database) -> None:
    with database.writing() as holding:
        holding.execute(text("LOCK TABLE inbox"))
        with pytest.raises(OutsideTrouble) as told, database.writing() as connection:  # noqa: PT012  as above
            connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
            connection.execute(text("DELETE FROM inbox"))

    assert "nothing was changed" in told.value.say
