"""The story of an incident on a real server: diagnosed at once, again with late evidence, called, closed."""

import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.incident_clock import IncidentRef
from domain.identity.people import Way
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import Incident, IncidentKind, IncidentRole, IncidentState, Severity
from domain.stories import StoryCall, StoryKind
from runtime.wiring.investigating.kept_evidence import opened
from tests.waiting import until_of
from tests.workflows.house import Desk, server
from tests.workflows.incident_house import (
    incident,
    incident_clock,
    incident_workers,
    move,
    open_incident,
    report_runs,
)
from tests.workflows.story_runs import nudged_on
from workflows import names
from workflows.gateway import WorkflowGateway
from workflows.incident import IncidentWorkflow

HISTORIES = Path(__file__).resolve().parents[1] / "replay" / "histories"
ID = "i00000001"


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with server() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def _start(client: Client) -> WorkflowHandle[IncidentWorkflow, str]:
    """Start the story as the house does: what the gateway sends must be what the story takes."""

    async def connect() -> Client:
        return client

    call = StoryCall(key="k", kind=StoryKind.INCIDENT, subject_id=ID, at=datetime.now(UTC))
    await WorkflowGateway(connect).deliver(call)
    return client.get_workflow_handle_for(IncidentWorkflow.run, names.incident_id(ID))


async def _start_short(client: Client, most_events: int) -> WorkflowHandle[IncidentWorkflow, str]:
    return await client.start_workflow(
        IncidentWorkflow.run,
        IncidentRef(id=ID, most_events=most_events),
        id=names.incident_id(ID),
        task_queue=names.FRONT_QUEUE,
        start_signal="nudge",
    )


async def _until(desk: Desk, is_so: Callable[[Incident], bool]) -> Incident:
    return await until_of(lambda: incident(desk), is_so)


async def _keep_history(handle: WorkflowHandle[IncidentWorkflow, str], case: str) -> None:
    if os.environ.get("DOGWATCH_KEEP_HISTORIES"):
        text = json.dumps(json.loads((await handle.fetch_history()).to_json()), indent=1, sort_keys=True)
        (HISTORIES / f"incident-{case}.json").write_text(text + "\n")


def _report(desk: Desk, found: Incident) -> DiagnosisReport:
    assert found.report is not None
    return DiagnosisReport.model_validate_json(desk.blobs.get(found.report))


async def test_an_incident_is_diagnosed_drawn_resolved_and_handed_to_learning(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    report_runs(desk)
    open_incident(desk)
    with environment.with_time_skipping_disabled():
        async with incident_workers(environment.client, desk):
            handle = await _start(environment.client)
            found = await _until(desk, lambda i: bool(i.pictures))
            report = _report(desk, found)
            move(desk, {"state": IncidentState.RESOLVED, "resolved_at": desk.clock.now()})
            await handle.signal(IncidentWorkflow.nudge)
            await _until(desk, lambda i: i.is_learned)
            move(desk, {"state": IncidentState.CLOSED})
            await handle.signal(IncidentWorkflow.nudge)
            ended = await handle.result()
            await _keep_history(handle, "kept")

    assert ended == "closed"
    assert report.diagnosis.hypotheses[0].service == "fx_trades"
    assert any("KeyError" in claim.text for claim in report.diagnosis.hypotheses[0].claims)
    assert all(report.detail(item.evidence_id) for item in report.diagnosis.evidence)
    assert desk.blobs.get(found.pictures[0]).startswith(b"\x89PNG")
    with desk.transactions.reading() as uow:
        calls = uow.stories.due(desk.clock.now(), 10)
        lines = [entry.text for entry in uow.timeline.of(found.id)]
        kept = uow.kept_cases.find(found.id)
    assert kept is not None
    assert kept.gathered_at == incident(desk).resolved_at
    run = opened(kept)[1]
    assert run is not None
    assert run.run_id == "r7"
    assert [call.kind.value for call in calls] == ["learning"]
    assert any("most likely fx_trades" in line for line in lines)


async def test_late_evidence_changes_an_inconclusive_answer(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    open_incident(desk, severity=Severity.SEV4)
    async with incident_workers(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start(environment.client)
            first = await _until(desk, lambda i: i.diagnosed == 1)
            report_runs(desk)
            desk.clock.ahead = timedelta(minutes=2)
            await environment.fast_forward(handle, timedelta(minutes=2))
            later = await _until(desk, lambda i: i.diagnosed >= 2)
            await _keep_history(handle, "looked-again")

    assert _report(desk, first).diagnosis.verdict.value == "inconclusive"
    assert _report(desk, later).diagnosis.verdict.value == "supported"
    with desk.transactions.reading() as uow:
        lines = [entry.text for entry in uow.timeline.of(later.id)]
    assert any("Later evidence changed the diagnosis" in line for line in lines)


@pytest.mark.proves("N3", "N2")
async def test_without_a_lead_people_are_called_step_by_step_each_once(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    open_incident(desk, severity=Severity.SEV1)
    async with incident_workers(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start(environment.client)
            for step, minutes in enumerate((6, 10), start=1):
                desk.clock.ahead += timedelta(minutes=minutes)
                await environment.fast_forward(handle, timedelta(minutes=minutes))
                await _until(desk, lambda i, step=step: i.escalated == step)  # type: ignore[misc]
            move(desk, {"roles": {IncidentRole.LEAD: "ada"}})
            await handle.signal(IncidentWorkflow.nudge)
            desk.clock.ahead += timedelta(hours=1)
            await environment.fast_forward(handle, timedelta(hours=1))
            found = await _until(desk, lambda i: i.looked_again == 3)

    assert found.escalated == 2
    with desk.transactions.reading() as uow:
        told = {n.key: n for n in uow.notices.about(found.subject) if n.person}
    # Nobody is on call here, so both steps call leads, by telephone first, about what waits for a lead.
    assert list(told) == [f"{ID}/escalation/{step}:ada" for step in (0, 1)]
    assert told[f"{ID}/escalation/1:ada"].ways == (Way.SMS, Way.MAIL)
    assert told[f"{ID}/escalation/1:ada"].is_urgent
    assert desk.acts()["escalated"] == 2


async def test_people_are_called_also_while_nobody_can_diagnose(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    opened = open_incident(desk, severity=Severity.SEV1).opened_at
    move(desk, {"opened_at": opened - timedelta(minutes=6)})
    with environment.with_time_skipping_disabled():
        async with incident_workers(environment.client, desk, is_heavy=False):
            handle = await _start(environment.client)
            called = await _until(desk, lambda i: i.escalated == 1 and i.looked_again == 2)
        async with incident_workers(environment.client, desk):
            found = await _until(desk, lambda i: i.diagnosed > 0)
            move(desk, {"state": IncidentState.CLOSED})
            await handle.signal(IncidentWorkflow.nudge)
            ended = await handle.result()
            await _keep_history(handle, "called-meanwhile")

    assert (called.diagnosed, called.looked_again) == (0, 2)
    assert found.report is not None
    assert ended == "closed"


async def test_an_incident_that_closes_while_nobody_can_diagnose_ends(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    open_incident(desk)
    with environment.with_time_skipping_disabled():
        async with incident_workers(environment.client, desk, is_heavy=False):
            handle = await _start(environment.client)
            move(desk, {"state": IncidentState.CLOSED})
            await handle.signal(IncidentWorkflow.nudge)
            ended = await handle.result()

    assert ended == "closed"


async def test_a_long_story_goes_on_as_new_and_a_question_closes_by_itself(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    open_incident(desk, kind=IncidentKind.QUESTION)
    async with incident_workers(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start_short(environment.client, most_events=20)
            await _until(desk, lambda i: i.diagnosed == 1)
            newest = environment.client.get_workflow_handle(handle.id)
            await nudged_on(newest, str(handle.first_execution_run_id))
            desk.clock.ahead = timedelta(hours=13)
            await environment.fast_forward(newest, timedelta(hours=13))
            found = await _until(desk, lambda i: i.state is IncidentState.CLOSED)

    assert found.state is IncidentState.CLOSED
    assert (await newest.describe()).run_id != handle.first_execution_run_id


def test_words_that_a_model_left_half_written_go_when_the_story_looks(desk: Desk) -> None:
    open_incident(desk)
    move(desk, {"words": "The newest runs ended with …"})
    clock = incident_clock(desk)

    clock.look_at_incident(IncidentRef(id=ID))

    assert incident(desk).words == ""


def test_a_diagnosis_that_was_asked_for_while_one_failed_is_still_due(desk: Desk) -> None:
    open_incident(desk)
    move(desk, {"wanted": 2})

    given_up = incident_clock(desk).give_up_diagnosis(IncidentRef(id=ID, wanted=1))

    assert given_up.is_diagnosis_due
    assert incident(desk).diagnosed == 1
    assert not incident_clock(desk).give_up_diagnosis(IncidentRef(id=ID)).is_diagnosis_due
