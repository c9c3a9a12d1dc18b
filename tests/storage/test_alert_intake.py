"""Alerts of other systems become incidents: each once, a storm in few, and over when they are over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.chat import Place, Platform
from domain.incidents import Incident, IncidentState, Severity
from domain.ports.alert_intake import ReportedAlert
from storage.alert_intake import STORM, SqlAlertIntake
from storage.unit_of_work import SqlTransactions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents")


class StillClock:
    """Stands still."""

    def now(self) -> datetime:
        """Return the moment."""
        return NOW


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
def intake(transactions: SqlTransactions) -> SqlAlertIntake:
    return SqlAlertIntake(transactions.writing, [PLACE], StillClock())


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

    for incident in every(transactions):
        assert NOW - timedelta(hours=6) <= incident.began_at <= NOW
