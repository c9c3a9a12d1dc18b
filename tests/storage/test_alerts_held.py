"""What is pressed while a sweep goes over the open alerts waits for it, and neither undoes the other."""

import threading

from sqlalchemy import text

from domain.ids import PersonId
from storage.engine import Database
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW, an_alert


def _waits(database: Database) -> bool:
    """Return whether a transaction waits for a lock; on SQLite one waits for the only writer, unseen."""
    with database.reading() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_an_acknowledgement_in_the_middle_of_a_sweep_is_kept(
    database: Database, transactions: SqlTransactions
) -> None:
    alert = an_alert(NOW)
    with transactions.writing() as uow:
        uow.alerts.save(alert)

    def acknowledge() -> None:
        with transactions.writing() as uow:
            held = uow.alerts.get(alert.id)
            uow.alerts.save(held.model_copy(update={"acknowledged_by": PersonId("ana")}))

    press = threading.Thread(target=acknowledge)
    with transactions.writing() as uow:
        (standing,) = uow.alerts.hold_open()
        press.start()
        while press.is_alive() and not (database.is_sqlite or _waits(database)):
            press.join(0.01)
        uow.alerts.save(standing.model_copy(update={"probability": 0.9}))
    press.join(20)

    with transactions.reading() as uow:
        kept = uow.alerts.get(alert.id)
    assert (kept.acknowledged_by, kept.probability) == ("ana", 0.9)
