"""The story of a plan on a real server: order of things, a lost runner, a word, another world."""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.planning import FixRef
from domain.ids import PersonId
from domain.remediation.fixes import REVIEW_WITHIN, FixState, Freeze
from domain.remediation.orders import Warrant
from domain.remediation.run_reports import RunState, StepReport, StepState, Word
from tests.workflows.house import server
from tests.workflows.mending_house import MendingDesk, SaidRunner, a_report, mending_workers
from tests.workflows.story_runs import nudged_on, running
from workflows import names
from workflows.remediation import RemediationWorkflow

ROOT = Path(__file__).resolve().parents[2]
HISTORIES = ROOT / "tests" / "replay" / "histories"


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with server() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> MendingDesk:
    return MendingDesk(tmp_path)


Story = WorkflowHandle[RemediationWorkflow, str]


async def _start(client: Client, fix: str = "p1") -> Story:
    return await client.start_workflow(
        RemediationWorkflow.run,
        FixRef(id=fix),
        id=names.remediation_id(fix),
        task_queue=names.FRONT_QUEUE,
        start_signal="nudge",
    )


async def _keep_history(handle: Story, case: str) -> None:
    """Keep the history for the replay tests when they are recorded anew (`make histories`)."""
    if not os.environ.get("DOGWATCH_KEEP_HISTORIES"):
        return
    history = await handle.fetch_history()
    plain = history.to_json().replace(f"{ROOT}/", "")  # traces name folders of whoever recorded them
    pretty = json.dumps(json.loads(plain), indent=1, sort_keys=True) + "\n"
    (HISTORIES / f"remediation-{case}.json").write_text(pretty)


async def _approved(desk: MendingDesk, handle: Story) -> None:
    await desk.until(lambda fix: fix.state is FixState.IN_APPROVAL)
    desk.decide("ada", "ben")
    await handle.signal(RemediationWorkflow.nudge)


@pytest.mark.proves("E1", "L1")
async def test_a_plan_is_dry_run_approved_carried_out_and_recorded(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    runner = SaidRunner(
        [a_report(RunState.VERIFIED, steps=(StepReport(step=1, state=StepState.DONE, say="done"),))]
    )
    with environment.with_time_skipping_disabled():
        async with mending_workers(environment.client, desk, runner):
            handle = await _start(environment.client, desk.open_fix())
            await _approved(desk, handle)
            ended = await handle.result()
            await _keep_history(handle, "verified")

    assert ended == FixState.VERIFIED.value
    assert len(runner.orders) == 1
    acts = desk.acts()
    assert [acts[act] for act in ("dry_run_recorded", "order_signed", "step_recorded", "run_ended")] == [
        1
    ] * 4
    with desk.transactions.reading() as uow:
        assert [outcome.is_verified for outcome in uow.outcomes.every(10)] == [True]


@pytest.mark.proves("E2", "E11")
async def test_a_runner_whose_answer_is_lost_is_asked_again_with_the_same_order(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    runner = SaidRunner(
        [RuntimeError("gone"), a_report(RunState.BUSY, "It may still act."), a_report(RunState.ROLLED_BACK)]
    )
    with environment.with_time_skipping_disabled():
        async with mending_workers(environment.client, desk, runner):
            handle = await _start(environment.client, desk.open_fix())
            await _approved(desk, handle)
            ended = await handle.result()
            await _keep_history(handle, "lost")

    assert ended == FixState.ROLLED_BACK.value
    assert len({order.order.id for order in runner.orders}) == 1
    assert len(runner.orders) == 3
    assert desk.acts()["order_signed"] == 1


@pytest.mark.proves("E3")
async def test_an_unknown_step_waits_for_a_word_and_goes_on_with_it(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    runner = SaidRunner([a_report(RunState.UNKNOWN, "I don't know.", waiting_step=2)])
    with environment.with_time_skipping_disabled():
        async with mending_workers(environment.client, desk, runner):
            handle = await _start(environment.client, desk.open_fix())
            await _approved(desk, handle)
            await desk.until(lambda fix: fix.state is FixState.UNKNOWN)
            assert "Decide" in desk.said()
            desk.change(state=FixState.RUNNING, word=Word.DONE)
            await handle.signal(RemediationWorkflow.nudge)
            ended = await handle.result()
            await _keep_history(handle, "word")

    assert ended == FixState.VERIFIED.value
    assert runner.words == [Word.DONE]


@pytest.mark.proves("E8")
async def test_a_world_that_changed_is_shown_and_needs_another_yes(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    runner = SaidRunner([a_report(RunState.REFUSED, "The world has changed.", needs_new_yes=True)])
    with environment.with_time_skipping_disabled():
        async with mending_workers(environment.client, desk, runner):
            handle = await _start(environment.client, desk.open_fix())
            await _approved(desk, handle)
            await desk.until(lambda fix: fix.revision == 2 and fix.state is FixState.IN_APPROVAL)
            desk.decide("ada", "ben")
            await handle.signal(RemediationWorkflow.nudge)
            ended = await handle.result()
            await _keep_history(handle, "anew")

    assert ended == FixState.VERIFIED.value
    assert len({order.order.id for order in runner.orders}) == 2


async def test_a_plan_whose_clock_was_ended_from_outside_gets_another_one(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    client, runner = environment.client, SaidRunner()
    with environment.with_time_skipping_disabled():
        async with mending_workers(client, desk, runner):
            handle = await _start(client, desk.open_fix())
            await desk.until(lambda fix: fix.state is FixState.IN_APPROVAL)
            clock = client.get_workflow_handle(names.approval_id(str(desk.fix().approval)))
            first = await running(clock)
            await clock.terminate("by hand")
            await handle.signal(RemediationWorkflow.nudge)
            another = await running(clock, but=first)
            await _approved(desk, handle)
            ended = await handle.result()
            await _keep_history(handle, "clock-ended")

    assert ended == FixState.VERIFIED.value
    assert another != first


@pytest.mark.proves("A13", "E11")
async def test_a_plan_that_waits_for_a_decision_and_at_the_gate_for_weeks_begins_new_histories_and_starts(
    desk: MendingDesk,
) -> None:
    freeze = Freeze(id="f1", reason="quarter end", by=PersonId("ada"), at=desk.clock.now())
    with desk.transactions.writing() as uow:
        uow.guards.save_freeze(freeze)
    runner = SaidRunner()
    async with server("limit.historyCount.suggestContinueAsNew=60") as environment:  # 4,096, told short
        with environment.with_time_skipping_disabled():
            async with mending_workers(environment.client, desk, runner):
                handle = await _start(environment.client, desk.open_fix())
                await desk.until(lambda fix: fix.state is FixState.IN_APPROVAL)
                await _keep_history(await _until_begun_anew(environment.client, handle), "undecided")
                await _approved(desk, handle)
                await _keep_history(await _until_begun_anew(environment.client, handle), "waited")
                with desk.transactions.writing() as uow:
                    uow.guards.save_freeze(freeze.model_copy(update={"lifted_by": PersonId("ben")}))
                await handle.signal(RemediationWorkflow.nudge)
                ended = await handle.result()

    assert ended == FixState.VERIFIED.value
    assert len(runner.orders) == 1


async def _until_begun_anew(client: Client, handle: Story) -> Story:
    """Nudge the story until it goes on in another history, and return the one that has ended."""
    before = await running(handle)
    await nudged_on(handle, before)
    return client.get_workflow_handle_for(RemediationWorkflow.run, handle.id, run_id=before)


@pytest.mark.proves("A15", "A16", "N3")
async def test_an_override_that_nobody_reviews_in_time_is_escalated_once(
    environment: WorkflowEnvironment, desk: MendingDesk
) -> None:
    runner = SaidRunner()
    with environment.with_time_skipping_disabled():
        async with mending_workers(environment.client, desk, runner):
            handle = await _start(environment.client, desk.open_fix())
            await desk.until(lambda fix: fix.state is FixState.IN_APPROVAL)
            desk.break_glass()
            await handle.signal(RemediationWorkflow.nudge)
            await desk.until(lambda fix: fix.state is FixState.VERIFIED)
            with desk.transactions.writing() as uow:
                (owed,) = uow.guards.unreviewed(PersonId("erin"))
                a_day_ago = desk.clock.now() - REVIEW_WITHIN
                uow.guards.save_override(owed.model_copy(update={"at": a_day_ago + timedelta(seconds=2)}))
            await handle.signal(RemediationWorkflow.nudge)
            ended = await handle.result()
            await _keep_history(handle, "overdue")

    assert ended == FixState.VERIFIED.value
    assert desk.acts()["override_overdue"] == 1
    assert "Review overdue" in desk.said()
    assert runner.orders[0].order.warrant is Warrant.OVERRIDE
    with desk.transactions.reading() as uow:
        (owed,) = uow.guards.unreviewed(PersonId("erin"))
    assert owed.is_overdue(desk.clock.now())
    assert owed.is_escalated
