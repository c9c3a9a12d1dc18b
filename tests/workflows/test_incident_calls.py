"""Whom an incident without a lead calls when a role is empty."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from activities.incident_clock import IncidentClock, Moment
from domain.acts.incident_leavers import take_from_incidents
from domain.acts.incident_moves import with_severity
from domain.configuration.changes import FeedEntry
from domain.identity.chat import Place
from domain.identity.people import Role
from domain.ids import IncidentId
from domain.investigation.incidents import Incident, IncidentRole, Severity
from domain.proof.audit import AuditAct
from domain.running.feed_facts import FeedFacts, HeardAt
from storage.audit.audit_verify import rows_of
from tests.audiences import an_audience_book
from tests.bot.desk_house import DeskHouse
from tests.bot.outward_town import an_incident, place_of
from tests.domain.builders import a_person


def _clock(
    house: DeskHouse, channels: Mapping[str, tuple[Place, ...]] = MappingProxyType({})
) -> IncidentClock:
    return IncidentClock(
        channels=channels,
        card=lambda title, text, called=(): text,
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        wake=lambda: None,
        audiences=an_audience_book(channels),
    )


def test_a_step_whose_role_nobody_has_calls_the_next_role(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("lea", Role.LEAD), "web")
    incident = an_incident(house)
    clock = _clock(house)

    clock.pass_time(Moment(id="i1", at=incident.opened_at + timedelta(hours=5)))

    with house.transactions.reading() as uow:
        assert uow.incidents.get(IncidentId("i1")).escalated == 1
        lines = [one.text for one in uow.timeline.of(IncidentId("i1"), 20)]
    assert "Called Lea." in lines
    entries = [str(row) for row in rows_of(house.database) if AuditAct.ESCALATED.value in str(row)]
    assert len(entries) == 1
    assert "lead" in entries[0]


def _channels(*names: str) -> dict[str, tuple[Place, ...]]:
    return {name: (place_of("web").model_copy(update={"channel": name, "thread": ""}),) for name in names}


def _about_a_feed(house: DeskHouse, facts: FeedFacts, severity: Severity = Severity.SEV2) -> Incident:
    minutes = facts.escalate_after_minutes
    entry = FeedEntry(name="fx_trades", owner="fx", facts=facts, updated_at=house.clock.at)
    with house.transactions.writing() as uow:
        uow.feeds.save(entry)
    return _keep(house, about="feed/fx_trades", severity=severity, first_call_minutes=minutes)


def _keep(house: DeskHouse, **facts: object) -> Incident:
    incident = an_incident(house).model_copy(update=facts)
    with house.transactions.writing() as uow:
        uow.incidents.save(incident)
    return incident


def _called(house: DeskHouse) -> list[str]:
    with house.transactions.reading() as uow:
        told = [one.text for one in uow.timeline.of(IncidentId("i1"), 20)]
    return [text for text in told if text.startswith("Called ")]


def _walk(house: DeskHouse, clock: IncidentClock, calls: int) -> list[datetime]:
    """Pass time up to each next call and return when they were."""
    moments = []
    for _ in range(calls):
        with house.transactions.reading() as uow:
            due = uow.incidents.get(IncidentId("i1")).next_escalation()
        assert due is not None
        clock.pass_time(Moment(id="i1", at=due))
        moments.append(due)
    return moments


def test_after_an_outage_each_step_has_its_time_to_answer(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("lea", Role.LEAD), "web")
    incident = _keep(house, severity=Severity.SEV2)
    late = incident.opened_at + timedelta(hours=8)

    _clock(house).pass_time(Moment(id="i1", at=late))

    with house.transactions.reading() as uow:
        assert uow.incidents.get(IncidentId("i1")).next_escalation() == late + timedelta(minutes=30)


def test_the_team_of_the_feed_is_called_before_the_others_and_reads_it_in_its_channel(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    for name, team, role in (
        ("fay", "fx", Role.ON_CALL),
        ("otto", "rates", Role.ON_CALL),
        ("lea", "rates", Role.LEAD),
    ):
        house.knows(a_person(name, role, team=team), "web")
    heard = FeedFacts(heard_at=(HeardAt(kind="chat", address="fx-alerts"),))
    incident = _about_a_feed(house, heard)
    places = _channels("incidents", "fx-alerts")

    moments = _walk(house, _clock(house, places), 3)

    assert _called(house) == ["Called Fay.", "Called Otto.", "Called Lea."]
    assert [moment - incident.opened_at for moment in moments] == [timedelta(minutes=m) for m in (15, 30, 45)]
    with house.transactions.reading() as uow:
        own = uow.postings.due(house.clock.now(), 50, [places["incidents"][0].platform])
    assert {one.place.channel for one in own if "/escalation/own" in one.key} == {"incidents", "fx-alerts"}
    assert {one.place.channel for one in own if "/escalation/0" in one.key} == {"incidents"}


def test_whom_the_configuration_names_is_called_first_and_when_it_says_if_that_is_sooner(
    tmp_path: Path,
) -> None:
    house = DeskHouse(tmp_path)
    for name, role in (("vera", Role.ENGINEER), ("otto", Role.ON_CALL)):
        house.knows(a_person(name, role), "web")
    incident = _about_a_feed(house, FeedFacts(escalate_to="vera", escalate_after_minutes=10), Severity.SEV3)

    moments = _walk(house, _clock(house), 2)

    assert _called(house) == ["Called Vera.", "Called Otto."]
    assert moments[0] - incident.opened_at == timedelta(minutes=10)


def test_a_team_that_is_all_who_are_on_call_is_not_called_twice(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("fay", Role.ON_CALL, team="fx"), "web")
    house.knows(a_person("lea", Role.LEAD, team="rates"), "web")
    _about_a_feed(house, FeedFacts())

    _walk(house, _clock(house), 2)

    assert _called(house) == ["Called Fay.", "Called Lea."]


def test_what_grew_worse_is_called_out_anew_and_not_taken_for_what_was_said_before(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("otto", Role.ON_CALL), "web")
    incident = _keep(house, severity=Severity.SEV3)
    places = _channels("incidents")
    clock = _clock(house, places)
    _walk(house, clock, 1)

    house.clock.at = incident.opened_at + timedelta(hours=6)
    with house.transactions.writing() as uow:
        current = uow.incidents.get(incident.id)
        uow.incidents.save(with_severity(current, Severity.SEV1, house.clock.at))
    moments = _walk(house, clock, 3)

    assert [moment - house.clock.at for moment in moments] == [timedelta(minutes=m) for m in (5, 15, 30)]
    with house.transactions.reading() as uow:
        told = uow.postings.due(house.clock.now() + timedelta(days=1), 50, [places["incidents"][0].platform])
    assert len([one for one in told if "/escalation" in one.key]) == 4


def test_a_lead_who_was_deactivated_leaves_the_incident_and_people_are_called(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("mei", Role.ON_CALL), "web")
    lea = a_person("lea", Role.LEAD)
    roles = {IncidentRole.LEAD: lea.id, IncidentRole.SCRIBE: a_person("sam").id}
    led = an_incident(house).model_copy(update={"roles": roles})
    now = house.clock.at + timedelta(days=1)
    with house.transactions.writing() as uow:
        uow.incidents.save(led)

    with house.transactions.writing() as uow:
        assert take_from_incidents(uow, lea, now) == 1
    _clock(house).pass_time(Moment(id="i1", at=now + timedelta(hours=5)))

    with house.transactions.reading() as uow:
        left = uow.incidents.get(IncidentId("i1"))
        lines = [one.text for one in uow.timeline.of(IncidentId("i1"), 20)]
    assert led.next_escalation() is None
    assert left.roles == {IncidentRole.SCRIBE: roles[IncidentRole.SCRIBE]}
    assert "Lea was deactivated and is no longer lead." in lines
    assert "Called Mei." in lines
