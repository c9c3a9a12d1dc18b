"""Alerts of other systems become incidents: each once, a storm in few, and over when they are over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.identity.chat import Place, Platform
from domain.ids import IncidentId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState, Severity
from domain.ports.alert_intake import ReportedAlert
from storage.alert_delivery import STORM
from storage.alert_intake import SqlAlertIntake
from storage.unit_of_work import SqlTransactions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents")


class StillClock:
    """Stands still until a test moves it."""

    at = NOW

    def now(self) -> datetime:
        """Return the moment."""
        return self.at


def an_alert(service: str = "checkout", fingerprint: str = "f1", *, firing: bool = True) -> ReportedAlert:
    return ReportedAlert(
        source="alertmanager",
        fingerprint=fingerprint,
        name="HighLatency",
        service=service,
        severity="critical",
        is_firing=firing,
        started_at=NOW - timedelta(minutes=3),
        ended_at=None if firing else NOW,
        summary=f"{service} is slow",
        link="https://alerts.example.org/1",
    )


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def intake(transactions: SqlTransactions, clock: StillClock) -> SqlAlertIntake:
    return SqlAlertIntake(transactions.writing, [PLACE], clock)


def change(transactions: SqlTransactions, incident: Incident, **moved: object) -> Incident:
    changed = incident.model_copy(update=moved)
    with transactions.writing() as uow:
        uow.incidents.save(changed)
    return changed


def every(transactions: SqlTransactions) -> Sequence[Incident]:
    with transactions.reading() as uow:
        return uow.incidents.newest(1_000)


def test_an_alert_opens_an_incident_with_a_card_and_a_story(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    assert intake.take([an_alert()]) == 1

    (incident,) = every(transactions)
    assert (incident.about, incident.severity) == ("service/checkout", Severity.SEV2)
    assert incident.title == "checkout is slow"
    with transactions.reading() as uow:
        assert [posting.place for posting in uow.posting_lookup.about(incident.subject)] == [PLACE]
        assert [call.subject_id for call in uow.stories.due(NOW, 10)] == [incident.id]


def test_the_same_alert_again_changes_nothing(intake: SqlAlertIntake, transactions: SqlTransactions) -> None:
    intake.take([an_alert()])

    assert intake.take([an_alert(), an_alert()]) == 0
    assert len(every(transactions)) == 1


def test_another_alert_of_the_same_service_joins_and_asks_for_another_look(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    intake.take([an_alert()])
    intake.take([replace(an_alert(fingerprint="f2"), name="Errors", severity="emergency")])

    (incident,) = every(transactions)
    assert [alert.name for alert in incident.alerts] == ["HighLatency", "Errors"]
    assert incident.severity is Severity.SEV1
    assert incident.wanted > incident.diagnosed


def test_an_incident_is_only_watched_once_all_its_alerts_are_over(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    intake.take([an_alert(), an_alert(fingerprint="f2")])
    intake.take([an_alert(firing=False)])
    assert every(transactions)[0].state is IncidentState.OPEN

    assert intake.take([an_alert(fingerprint="f2", firing=False)]) == 1
    assert every(transactions)[0].state is IncidentState.MONITORING


def test_an_alert_that_was_over_before_we_heard_of_it_opens_nothing(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    assert intake.take([an_alert(firing=False)]) == 0
    assert every(transactions) == []


@pytest.mark.proves("N4")
def test_a_storm_of_a_thousand_alerts_is_a_handful_of_incidents(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    assert intake.take([an_alert(f"s{n}", f"f{n}") for n in range(1_000)]) == 1_000

    found = every(transactions)
    assert len(found) == 6
    gathered = next(one for one in found if one.title == STORM)
    assert gathered.about == ""
    assert {len(one.alerts) for one in found if one is not gathered} == {1}
    with transactions.reading() as uow:
        due = uow.postings.due(NOW, 100, [Platform.WEB])
    assert len(due) == 6


def test_a_sender_whose_clock_is_days_off_does_not_move_the_window(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    intake.take([replace(an_alert(), started_at=NOW - timedelta(days=4))])
    intake.take([replace(an_alert("cart", "f9"), started_at=NOW + timedelta(days=4))])

    began = [incident.began_at for incident in every(transactions)]
    assert len(began) == 2
    assert NOW - timedelta(hours=6) <= min(began) <= max(began) <= NOW


def test_an_alert_that_fires_on_after_people_resolved_it_leaves_what_they_found_alone(
    intake: SqlAlertIntake, transactions: SqlTransactions, clock: StillClock
) -> None:
    intake.take([an_alert()])
    ended = {"state": IncidentState.RESOLVED, "resolved_at": NOW, "cause": "a full disk"}
    resolved = change(transactions, every(transactions)[0], **ended)

    assert intake.take([an_alert()]) == 0
    clock.at = NOW + timedelta(hours=4)
    assert intake.take([an_alert()]) == 1

    newest, former = every(transactions)
    assert former == resolved
    assert (newest.state, newest.related) == (IncidentState.OPEN, (former.id,))


def test_an_alert_opens_an_incident_of_its_own_where_somebody_only_asked(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    private = PLACE.model_copy(update={"channel": "dm-ada"})
    question = Incident(
        id=IncidentId("i0000000a"),
        kind=IncidentKind.QUESTION,
        title="Why is checkout slow?",
        about="service/checkout",
        severity=Severity.SEV4,
        opened_by="ada",
        place=private,
        opened_at=NOW - timedelta(hours=5),
        updated_at=NOW,
        began_at=NOW - timedelta(hours=5),
    )
    change(transactions, question)

    intake.take([an_alert()])

    (incident,) = every(transactions)
    with transactions.reading() as uow:
        assert uow.incidents.get(question.id) == question
        assert [posting.place for posting in uow.posting_lookup.about(incident.subject)] == [PLACE]


def test_what_was_only_watched_is_worked_on_again_when_it_fires_again(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    intake.take([an_alert()])
    intake.take([an_alert(firing=False)])
    assert every(transactions)[0].state is IncidentState.MONITORING

    intake.take([an_alert()])

    assert every(transactions)[0].state is IncidentState.INVESTIGATING


def test_the_end_of_an_alert_reaches_the_incident_that_a_duplicate_was_merged_into(
    intake: SqlAlertIntake, transactions: SqlTransactions, clock: StillClock
) -> None:
    intake.take([an_alert()])
    clock.at = NOW + timedelta(minutes=1)
    intake.take([an_alert("cart", "f2")])
    duplicate, other = every(transactions)
    change(transactions, duplicate, state=IncidentState.CLOSED, duplicate_of=other.id)
    change(transactions, other, alerts=(*other.alerts, *duplicate.alerts))

    intake.take([an_alert(firing=False), an_alert("cart", "f2", firing=False)])

    after = every(transactions)[1]
    assert not any(alert.is_firing for alert in after.alerts)
    assert after.state is IncidentState.MONITORING


def test_an_alert_that_makes_it_worse_calls_people_from_then_on(
    intake: SqlAlertIntake, transactions: SqlTransactions, clock: StillClock
) -> None:
    intake.take([replace(an_alert(), severity="warning")])
    change(transactions, every(transactions)[0], escalated=1)
    clock.at = NOW + timedelta(hours=5)

    intake.take([replace(an_alert(fingerprint="f2"), severity="emergency")])

    assert every(transactions)[0].next_escalation() == clock.at + timedelta(minutes=5)


def test_alerts_that_an_incident_has_no_room_to_name_are_known_all_the_same(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    burst = [an_alert(fingerprint=f"f{n}") for n in range(250)]
    assert intake.take(burst) == 250
    wanted = every(transactions)[0].wanted

    again = intake.take(burst)

    (incident,) = every(transactions)
    assert (again, len(incident.alerts), incident.wanted) == (0, 200, wanted)


def test_an_unnamed_alert_that_fires_on_keeps_its_incident_from_seeming_over(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    burst = [an_alert(fingerprint=f"f{n}") for n in range(202)]
    intake.take(burst)
    intake.take([replace(one, is_firing=False, ended_at=NOW) for one in burst[:200]])
    assert every(transactions)[0].state is IncidentState.MONITORING

    assert intake.take(burst[200:]) == 1
    assert every(transactions)[0].state is IncidentState.INVESTIGATING
    assert intake.take(burst[200:]) == 0


def test_unnamed_alerts_that_fire_on_after_people_resolved_it_open_nothing_at_once(
    intake: SqlAlertIntake, transactions: SqlTransactions, clock: StillClock
) -> None:
    burst = [an_alert(fingerprint=f"f{n}") for n in range(202)]
    intake.take(burst)
    change(transactions, every(transactions)[0], state=IncidentState.RESOLVED, resolved_at=NOW)
    clock.at = NOW + timedelta(minutes=4)

    assert intake.take(burst) == 0
    clock.at = NOW + timedelta(minutes=6)
    assert intake.take(burst) == 202
    assert len(every(transactions)) == 2


def test_alerts_that_are_over_give_way_to_those_that_fire(
    intake: SqlAlertIntake, transactions: SqlTransactions
) -> None:
    intake.take([an_alert(fingerprint=f"f{n}") for n in range(200)])
    intake.take([an_alert(fingerprint=f"f{n}", firing=False) for n in range(150)])

    intake.take([an_alert(fingerprint="new")])
    intake.take([an_alert(fingerprint=f"f{n}", firing=False) for n in range(150, 200)])
    assert every(transactions)[0].state is IncidentState.OPEN
    intake.take([an_alert(fingerprint="new", firing=False)])

    (incident,) = every(transactions)
    assert (len(incident.alerts), incident.state) == (51, IncidentState.MONITORING)
