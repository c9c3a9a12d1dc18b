"""Whom an incident without a lead calls when a role is empty."""

from datetime import timedelta
from pathlib import Path

from activities.incident_clock import IncidentClock, Moment
from domain.audit import AuditAct
from domain.ids import IncidentId
from domain.people import Role
from storage.audit_verify import rows_of
from tests.bot.desk_house import DeskHouse
from tests.bot.outward_town import an_incident
from tests.domain.builders import a_person


def test_a_step_whose_role_nobody_has_calls_the_next_role(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("lea", Role.LEAD), "web")
    incident = an_incident(house)
    clock = IncidentClock(
        channels={},
        card=lambda title, text, called=(): text,
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        wake=lambda: None,
    )

    clock.pass_time(Moment(id="i1", at=incident.opened_at + timedelta(hours=5)))

    with house.transactions.reading() as uow:
        assert uow.incidents.get(IncidentId("i1")).escalated == 1
        lines = [one.text for one in uow.timeline.of(IncidentId("i1"), 20)]
    assert "Called Lea." in lines
    entries = [str(row) for row in rows_of(house.database) if AuditAct.ESCALATED.value in str(row)]
    assert len(entries) == 1
    assert "lead" in entries[0]
