"""What is asked often, or forgotten every night, is found by an index and not by reading whole tables."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from domain.chat import Place, Platform
from domain.errands import Errand, ErrandKind, ErrandState
from domain.feed_health import ReconciliationPoint
from domain.ids import BlobId, FeedName, IncidentId, PersonId
from domain.incidents import Incident, IncidentKind
from storage.engine import Database
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW

PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents")
FX = FeedName("fx_trades")


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
        uow.posting_lookup.subjects_in_channel(PLACE, "incident")
        uow.quality.forget_before(NOW, most=10)

    assert [step for step in plans.steps if step.startswith("SCAN")] == []
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
        pieces = [uow.quality.forget_before(NOW + timedelta(days=1), most=2) for _ in range(4)]

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
