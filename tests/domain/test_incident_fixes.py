"""A plan's progress is told in its incident: once a state, and the incident's own state follows."""

from pathlib import Path

import pytest

from bot.presenters.incident_fixes import fix_sentence
from domain.acts.fix_moves import keep_fix
from domain.identity.chat import Place, Platform
from domain.ids import IncidentId, PersonId, RequestId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState
from domain.remediation.fixes import Fix, FixState
from domain.remediation.runbooks import Trouble
from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.engine import Database
from storage.migrate import migrate
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW

PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents")


@pytest.fixture
def transactions(tmp_path: Path) -> SqlTransactions:
    database = Database(f"sqlite:///{tmp_path}/truth.db")
    migrate(database)
    made = transactions_of(database, KeyFolder(tmp_path / "keys"))
    incident = Incident(
        id=IncidentId("i00000001"),
        kind=IncidentKind.INCIDENT,
        title="orders are late",
        opened_by="erin",
        place=PLACE,
        opened_at=NOW,
        updated_at=NOW,
        began_at=NOW,
    )
    with made.writing() as uow:
        uow.incidents.save(incident)
    return made


def a_fix(state: FixState, incident: str = "i00000001") -> Fix:
    return Fix(
        id=RequestId("p1"),
        state=state,
        subject_name="service/orders",
        trouble=Trouble(types=(), service="orders", environment="production"),
        incident=incident,
        revision=1,
        place=PLACE,
        requested_by=PersonId("erin"),
        authors=frozenset({PersonId("erin")}),
        opened_at=NOW,
        updated_at=NOW,
    )


def test_a_plan_that_runs_and_is_verified_moves_its_incident(transactions: SqlTransactions) -> None:
    states = []
    for state in (FixState.DRY_RUNNING, FixState.RUNNING, FixState.RUNNING, FixState.VERIFIED):
        with transactions.writing() as uow:
            keep_fix(uow, a_fix(state), NOW)
            states.append(uow.incidents.get(IncidentId("i00000001")).state)

    assert states == [
        IncidentState.OPEN,
        IncidentState.MITIGATING,
        IncidentState.MITIGATING,
        IncidentState.MONITORING,
    ]
    with transactions.reading() as uow:
        lines = [entry.text for entry in uow.timeline.of(IncidentId("i00000001"))]
        assert uow.incidents.get(IncidentId("i00000001")).plans == ("p1",)
    told = ("is planned and being tried", "is running", "worked: every check held")
    assert len(lines) == 3
    assert all(any(words in line for line in lines) for words in told)


def test_a_plan_of_an_unknown_incident_is_kept_all_the_same(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        kept = keep_fix(uow, a_fix(FixState.CHOOSING, incident="gone"), NOW)

    assert kept.incident == "gone"


def test_a_plan_that_takes_back_what_helped_leaves_its_incident_open(transactions: SqlTransactions) -> None:
    undo = a_fix(FixState.VERIFIED).model_copy(update={"id": RequestId("p2"), "undoes": RequestId("p1")})
    with transactions.writing() as uow:
        keep_fix(uow, a_fix(FixState.VERIFIED), NOW)
    taken_back = a_fix(FixState.VERIFIED).model_copy(update={"undone_by": undo.id, "undone_at": NOW})
    with transactions.writing() as uow:
        keep_fix(uow, undo, NOW)
        keep_fix(uow, taken_back, NOW)

    with transactions.reading() as uow:
        incident = uow.incidents.get(IncidentId("i00000001"))
        told = [line.text for line in uow.timeline.of(incident.id)]
    assert incident.state is IncidentState.INVESTIGATING
    assert any("took back what plan p1 did" in text for text in told)
    assert "was taken back by plan" in fix_sentence(incident, [taken_back, undo])
    assert (taken_back.has_helped, undo.has_helped) == (False, False)
