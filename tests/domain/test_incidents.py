"""An incident's own rules: when people are called, when it is looked at again and closes, what was said."""

from datetime import timedelta

import pytest

from domain.errors import NotNow
from domain.identity.chat import Place, Platform
from domain.ids import IncidentId, PersonId
from domain.investigation.incidents import (
    Incident,
    IncidentKind,
    IncidentRole,
    IncidentState,
    Label,
    LabelKind,
    Severity,
    moved,
)
from tests.domain.builders import NOW


def an_incident(**facts: object) -> Incident:
    told = {
        "id": IncidentId("i1"),
        "kind": IncidentKind.INCIDENT,
        "title": "orders are late",
        "severity": Severity.SEV1,
        "opened_by": "sam",
        "place": Place(platform=Platform.WEB, workspace="web", channel="incidents"),
        "opened_at": NOW,
        "updated_at": NOW,
        "began_at": NOW,
    }
    return Incident.model_validate(told | facts)


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.proves("N3")
@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({}, 5),
        ({"first_call_minutes": 2}, 2),
        ({"first_call_minutes": 60}, 5),
        ({"called_from": NOW + _minutes(60)}, 65),
        ({"escalated": 1}, 15),
        ({"escalated": 1, "escalated_at": NOW + _minutes(60)}, 70),
        ({"escalated": 2, "escalated_at": NOW + _minutes(15)}, 30),
        ({"own_called_at": NOW + _minutes(5)}, 10),
        ({"escalated": 1, "own_called_at": NOW + _minutes(5), "escalated_at": NOW + _minutes(60)}, 65),
        ({"severity": Severity.SEV3, "own_called_at": NOW + _minutes(240)}, 360),
        ({"escalated": 3}, None),
        ({"severity": Severity.SEV4}, None),
        ({"kind": IncidentKind.QUESTION}, None),
        ({"roles": {IncidentRole.LEAD: "lea"}}, None),
        ({"roles": {IncidentRole.SCRIBE: "lea"}}, 5),
        ({"state": IncidentState.RESOLVED}, None),
        ({"state": IncidentState.CLOSED}, None),
    ],
)
def test_people_are_called_step_by_step_while_nobody_leads(
    facts: dict[str, object], minutes: float | None
) -> None:
    due = an_incident(**facts).next_escalation()

    assert due == (None if minutes is None else NOW + _minutes(minutes))


@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({}, 1),
        ({"looked_again": 2}, 15),
        ({"looked_again": 3}, None),
        ({"kind": IncidentKind.QUESTION}, 1),
        ({"kind": IncidentKind.QUESTION, "looked_again": 1}, None),
        ({"state": IncidentState.RESOLVED}, None),
    ],
)
def test_it_is_diagnosed_again_while_evidence_may_come(
    facts: dict[str, object], minutes: float | None
) -> None:
    assert an_incident(**facts).next_look() == (None if minutes is None else NOW + _minutes(minutes))


def test_time_closes_what_is_resolved_and_a_question() -> None:
    question, resolved = {"kind": IncidentKind.QUESTION}, {"resolved_at": NOW + timedelta(hours=1)}

    assert an_incident().closes_at() is None
    assert an_incident(**question).closes_at() == NOW + timedelta(hours=12)
    assert an_incident(**resolved).closes_at() == NOW + timedelta(days=7, hours=1)


def test_it_was_resolved_when_it_first_was_and_not_any_more_when_it_comes_back() -> None:
    later, last = NOW + _minutes(10), NOW + _minutes(20)
    resolved = moved(an_incident(), IncidentState.RESOLVED, later)

    assert resolved.resolved_at == later
    assert moved(resolved, IncidentState.CLOSED, last).resolved_at == later
    assert moved(resolved, IncidentState.INVESTIGATING, last).resolved_at is None
    assert moved(resolved, IncidentState.RESOLVED, last) is resolved
    with pytest.raises(NotNow):
        moved(moved(resolved, IncidentState.CLOSED, last), IncidentState.INVESTIGATING, last)


def test_what_was_said_last_of_a_cause_counts() -> None:
    def label(kind: LabelKind, cause: str) -> Label:
        return Label(kind=kind, cause=cause, by=PersonId("erin"), at=NOW)

    said = an_incident(
        labels=(
            label(LabelKind.NOT_THIS, "disk"),
            label(LabelKind.WAS, "disk"),
            label(LabelKind.WAS, "network"),
            label(LabelKind.NOT_THIS, "schema"),
        )
    )

    assert [said.is_ruled_out(cause) for cause in ("disk", "network", "schema", "unheard of")] == [
        False, False, True, False,
    ]  # fmt: skip
    assert said.true_cause() == "network"
    assert an_incident().true_cause() == ""
