"""What is pressed while a sweep goes over the open alerts waits for it, and neither undoes the other."""

import threading
from datetime import UTC, datetime

from sqlalchemy import text

from domain.alerts import Alert, alert_id, fingerprint_of
from domain.ids import FeedName, PersonId, TeamId
from storage.engine import Database
from storage.unit_of_work import SqlTransactions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX = FeedName("fx_trades")


def an_alert() -> Alert:
    return Alert(
        id=alert_id(FX, NOW),
        fingerprint=fingerprint_of(FX, ""),
        root=FX,
        team=TeamId("desk"),
        teams=(TeamId("desk"),),
        probability=0.8,
        peak=0.8,
        threshold=0.3,
        opened_at=NOW,
        updated_at=NOW,
        raised_at=NOW,
    )


def _waits(database: Database) -> bool:
    """Return whether a transaction waits for a lock; on SQLite one waits for the only writer, unseen."""
    with database.reading() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_an_acknowledgement_in_the_middle_of_a_sweep_is_kept(
    database: Database, transactions: SqlTransactions
) -> None:
    alert = an_alert()
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
