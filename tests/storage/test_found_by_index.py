"""What is asked often, or forgotten every night, is found by an index and not by reading whole tables."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from domain.errands import Errand, ErrandKind, ErrandState
from domain.identity.chat import Account, Incoming, IncomingKind, Place, Platform
from domain.ids import BlobId, FeedName, IncidentId, PersonId
from domain.investigation.incidents import Incident, IncidentKind
from domain.watch.feed_health import ReconciliationPoint
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.migrate import migrate
from storage.stores.web_chat_store import SqlWebChatLog
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW

PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents")
FX = FeedName("fx_trades")
_NO_TABLE = ("SCAN CONSTANT ROW", "SCAN (subquery")


class _Plans:
    """Collects how SQLite finds what it is asked for."""

    def __init__(self, database: Database) -> None:
        self.steps: list[str] = []
        event.listen(database.engine, "before_cursor_execute", self._look)

    def _look(self, _: object, cursor: object, statement: str, values: object, *__: object) -> None:
        if statement.startswith(("SELECT", "DELETE", "UPDATE")):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[attr-defined]  # a driver's
            self.steps += [row[3] for row in cursor.fetchall()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_cards_and_old_comparisons_are_found_by_an_index(
    database: Database, transactions: SqlTransactions
) -> None:
    plans = _Plans(database)

    with transactions.writing() as uow:
        uow.posting_lookup.find_by_message("slack", "C1", "1.2")
        uow.posting_lookup.posted_in(PLACE, ["incident/i0000000a"])
        uow.heard.in_thread(PLACE.model_copy(update={"thread": "17"}))
        uow.quality.forget_before(NOW, (), newest=10, most=10)
        uow.notices.forget_before(NOW, (), most=10)
        uow.inbox.forget_done(NOW, most=10)
        uow.inbox.forget_answers(NOW, most=10)
        uow.alerts.forget_before(NOW, most=10)
        uow.forecasts.forget_lines(NOW, most=10)
        uow.runs.count_ended([(NOW - timedelta(days=7 * week + 1), NOW) for week in range(12)])
    SqlWebChatLog(database).forget_before(NOW, most=10)
    SqlFeedHealth(database).alerts(team="payments", limit=200)

    # What a subquery found for one row is no table.
    scans = [step for step in plans.steps if step.startswith("SCAN") and not step.startswith(_NO_TABLE)]
    assert scans == []
    # Nearly all alerts are over: by that index each of them would be read while nobody else can write.
    assert not any("is_open" in step for step in plans.steps)
    assert any("alerts_by_team (team=?)" in step for step in plans.steps)
    assert any("message_channel=? AND message=?" in step for step in plans.steps)


def test_old_comparisons_are_forgotten_a_piece_at_a_time(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        for number in range(5):
            told = {"id": f"r{number}", "kind": ErrandKind.RECONCILE, "state": ErrandState.DONE, "feed": FX}
            told |= {"asked_by": PersonId("dogwatch"), "place": PLACE, "at": NOW}
            uow.errands.save(Errand.model_validate(told))
            point = ReconciliationPoint(id=f"r{number}", business_date="2026-11-21", at=NOW, state="done")
            uow.quality.save_reconciliation(FX, point, NOW)

    with transactions.writing() as uow:
        pieces = [uow.quality.forget_before(NOW + timedelta(days=1), (), newest=10, most=2) for _ in range(4)]

    assert pieces == [4, 4, 2, 0]


def test_files_that_incidents_name_are_found_in_one_reading(transactions: SqlTransactions) -> None:
    named, other = BlobId("a" * 64), BlobId("b" * 64)
    incident = Incident(
        id=IncidentId("i0000000a"),
        kind=IncidentKind.INCIDENT,
        title="fx is late",
        opened_by="ada",
        place=PLACE,
        opened_at=NOW,
        updated_at=NOW,
        began_at=NOW,
        report=named,
    )
    with transactions.writing() as uow:
        uow.incidents.save(incident)

    with transactions.reading() as uow:
        assert uow.kept_files.named_elsewhere([named, other]) == {named}
        assert uow.kept_files.named_elsewhere([]) == set()


def test_what_was_said_in_a_thread_is_found_also_of_before_the_upgrade(
    database: Database, transactions: SqlTransactions
) -> None:
    head, reply = _said("web:1", "it hangs\0", message="17"), _said("web:2", r"restart it\u0000", thread="17")
    with transactions.writing() as uow:
        for act in (head, reply, _said("web:3", "lunch?", message="18")):
            uow.inbox.accept(act)
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX inbox_of_thread"))
        connection.execute(text("ALTER TABLE inbox DROP COLUMN thread"))
        connection.execute(text("ALTER TABLE inbox DROP COLUMN answer"))
        connection.execute(text("DROP INDEX ix_web_messages_at"))
        connection.execute(text("DROP INDEX ix_notices_created_at"))
        connection.execute(text("DROP INDEX ix_fixes_opened_at"))
        connection.execute(text("DROP INDEX ix_decisions_decided_at"))
        connection.execute(text("DROP INDEX alerts_by_team"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0029'"))

    migrate(database)

    with transactions.reading() as uow:
        found = uow.heard.in_thread(PLACE.model_copy(update={"thread": "17"}))
    assert [said for _, said in found] == ["it hangs\0", r"restart it\u0000"]


def _said(key: str, words: str, *, thread: str = "", message: str = "") -> Incoming:
    return Incoming(
        key=key,
        kind=IncomingKind.MESSAGE,
        account=Account(platform=Platform.WEB, workspace="web", user="sam"),
        place=PLACE.model_copy(update={"thread": thread}),
        at=NOW,
        text=words,
        message=message,
    )
