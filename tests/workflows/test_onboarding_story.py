"""The story of a configuration change on a real server: order, clocks, policy changes, repetition."""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.approving import ApprovalRef
from activities.configuring import ChangeRef
from domain.approval.approvals import Say, Verdict
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeState
from domain.ids import FeedName
from domain.stories import StoryCall, StoryKind
from tests.config_gen.builders import JO
from tests.domain.builders import NOW, a_decision, a_person
from tests.waiting import until
from tests.workflows.house import POLICY, Desk, server, workers
from tests.workflows.story_runs import nudged_on, running
from workflows import names
from workflows.approval import ApprovalWorkflow
from workflows.gateway import WorkflowGateway
from workflows.onboarding import OnboardingWorkflow

HISTORIES = Path(__file__).resolve().parents[1] / "replay" / "histories"
ANSWERS = {"feed": "fx_trades", "owner_team": "market-data"}


@pytest.fixture
async def environment(request: pytest.FixtureRequest) -> AsyncIterator[WorkflowEnvironment]:
    async with server(*getattr(request, "param", ())) as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def _start(client: Client, change: str) -> WorkflowHandle[OnboardingWorkflow, str]:
    return await client.start_workflow(
        OnboardingWorkflow.run,
        ChangeRef(id=change),
        id=names.onboarding_id(change),
        task_queue=names.FRONT_QUEUE,
        start_signal="nudge",
    )


def _gateway(client: Client) -> WorkflowGateway:
    async def connect() -> Client:
        return client

    return WorkflowGateway(connect)


async def _nudge(client: Client, approval: str | None) -> None:
    call = StoryCall(key="k", kind=StoryKind.APPROVAL, subject_id=str(approval), at=NOW)
    await _gateway(client).deliver(call)


async def _has_ended(handle: WorkflowHandle[Any, Any]) -> bool:
    return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING


async def _met_a_clock(story: WorkflowHandle[Any, Any]) -> bool:
    met = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED
    return any(event.event_type == met for event in (await story.fetch_history()).events)


async def _keep_history(handle: WorkflowHandle[OnboardingWorkflow, str], case: str) -> None:
    """Keep the history for the replay tests when they are recorded anew (`make histories`)."""
    if not os.environ.get("DOGWATCH_KEEP_HISTORIES"):
        return
    for story, kept in ((handle.id, "onboarding"), (names.approval_id(""), "approval")):
        if kept == "onboarding":
            history = await handle.fetch_history()
            (HISTORIES / f"onboarding-{case}.json").write_text(_pretty(history.to_json()))
        else:
            client = handle._client  # the SDK offers no public way from a handle to its client
            async for found in client.list_workflows("WorkflowType = 'ApprovalWorkflow'"):
                if found.id.startswith(story):
                    history = await client.get_workflow_handle(found.id).fetch_history()
                    (HISTORIES / f"approval-{case}.json").write_text(_pretty(history.to_json()))


def _pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"


async def _in_review(desk: Desk, handle: WorkflowHandle[OnboardingWorkflow, str], change: str = "c1") -> None:
    await desk.until_state(ChangeState.ASKING, change)
    desk.move(change, answers=ANSWERS, state=ChangeState.BUILDING, revision=1)
    await handle.signal(OnboardingWorkflow.nudge)
    await desk.until_state(ChangeState.IN_REVIEW, change)


async def _closed_by_hand(desk: Desk, story: WorkflowHandle[Any, Any]) -> str:
    """Let somebody close the review on the Git host, and return how the story ends."""
    review = desk.change().review_number
    assert review is not None
    desk.reviews.close(review, closed_by=JO, reason="by hand")
    await story.signal("nudge")
    return str(await story.result())


async def test_a_sample_becomes_a_merged_feed(environment: WorkflowEnvironment, desk: Desk) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            change = desk.change()
            with desk.transactions.writing() as uow:
                request = uow.approvals.get(change.approval)
                decision = a_decision(a_person("ada"), Say.YES, subject_hash=request.subject_hash)
                uow.approvals.record(request.id, decision.model_copy(update={"at": desk.clock.now()}))
            desk.end_approval("c1", Verdict.APPROVED)
            desk.move("c1", state=ChangeState.MERGING)
            await _nudge(environment.client, change.approval)

            ended = await handle.result()
            await _keep_history(handle, "merged")

    assert ended == ChangeState.MERGED.value
    assert desk.reviews.read_feed(FeedName("fx_trades")) is not None
    acts = desk.acts()
    assert (acts["review_opened"], acts["approval_asked"], acts["change_merged"]) == (1, 1, 1)


@pytest.mark.proves("A1", "A9")
async def test_without_a_valid_yes_nothing_is_merged(environment: WorkflowEnvironment, desk: Desk) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            change = desk.change()
            # Somebody with the database moves the state without any decision behind it.
            desk.end_approval("c1", Verdict.APPROVED)
            desk.move("c1", state=ChangeState.MERGING)
            await _nudge(environment.client, change.approval)

            ended = await handle.result()

    assert ended == ChangeState.FAILED.value
    assert desk.reviews.read_feed(FeedName("fx_trades")) is None


@pytest.mark.proves("A8", "N3")
async def test_a_request_is_reminded_and_expires(environment: WorkflowEnvironment, desk: Desk) -> None:
    async with workers(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            change = desk.change()
        approval = environment.client.get_workflow_handle(names.approval_id(str(change.approval)))
        await running(approval)
        await environment.fast_forward(approval, timedelta(minutes=130))
        await desk.until(lambda _: desk.acts().get("escalated") == 1)
        await environment.fast_forward(approval, timedelta(days=1, minutes=5))
        await desk.until_state(ChangeState.EXPIRED)
        ended = await handle.result()
        await _keep_history(handle, "expired")

    assert ended == ChangeState.EXPIRED.value
    acts = desk.acts()
    assert (acts["reminded"], acts["escalated"], acts["approval_ended"]) == (1, 1, 1)
    with desk.transactions.reading() as uow:
        [told] = uow.notices.about(change.subject)
    assert (told.person, told.path, told.waits_on) == (
        "ada", f"/dashboard/changes/{change.id}", f"approval/{change.approval}",
    )  # fmt: skip
    assert "decision_recorded" not in acts


async def test_questions_that_nobody_answers_for_a_month_expire(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    async with workers(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start(environment.client, desk.open_change())
            await desk.until_state(ChangeState.ASKING)
        desk.clock.ahead = timedelta(days=29)
        await environment.fast_forward(handle, timedelta(days=7, minutes=1))
        assert desk.change().state is ChangeState.ASKING
        desk.clock.ahead = timedelta(days=31)
        await environment.fast_forward(handle, timedelta(days=7, minutes=1))
        ended = await handle.result()

    assert ended == ChangeState.EXPIRED.value
    assert "for 30 days" in desk.change().sentence
    with desk.transactions.reading() as uow:
        assert uow.changes.find_open_by_sample(desk.change().sample_hash) is None, "its bytes begin anew"


@pytest.mark.parametrize("environment", [("limit.historyCount.suggestContinueAsNew=70",)], indirect=True)
async def test_a_review_that_is_closed_on_the_host_ends_its_approval(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            change = desk.change()
            approval = environment.client.get_workflow_handle(names.approval_id(str(change.approval)))
            await running(approval)
            await nudged_on(handle, await running(handle))  # looked at so often, it begins anew
            ended = await _closed_by_hand(desk, handle)

    assert ended == ChangeState.FAILED.value
    assert "closed on the Git host" in desk.change().sentence
    with desk.transactions.reading() as uow:
        assert change.approval is not None
        assert uow.approvals.get(change.approval).verdict is Verdict.SUPERSEDED
    assert desk.acts()["approval_ended"] == 1


@pytest.mark.proves("A7")
async def test_a_change_whose_clock_was_ended_from_outside_gets_another_one(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            change = desk.change()
            clock = environment.client.get_workflow_handle(names.approval_id(str(change.approval)))
            first = await running(clock)
            await clock.terminate("by hand")
            await nudged_on(clock, first, handle)
            ended = await _closed_by_hand(desk, handle)

    assert ended == ChangeState.FAILED.value


@pytest.mark.proves("A7")
async def test_a_story_begun_anew_goes_on_as_soon_as_its_former_clock_has_ended(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            story = await _start(environment.client, desk.open_change())
            await _in_review(desk, story)
            change = desk.change()
            clock = environment.client.get_workflow_handle(names.approval_id(str(change.approval)))
            await running(clock)
            await story.terminate("by hand")
            await until(lambda: _has_ended(clock))
            former = await environment.client.start_workflow(
                ApprovalWorkflow.run, ApprovalRef(id=str(change.approval)), id=clock.id, task_queue="nowhere"
            )

            story = await _start(environment.client, change.id)
            await until(lambda: _met_a_clock(story))
            await former.terminate("it has ended")
            await running(clock, but=str(former.first_execution_run_id))
            ended = await _closed_by_hand(desk, story)

    assert ended == ChangeState.FAILED.value


async def test_an_edit_in_review_asks_anew_for_the_new_version(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change())
            await _in_review(desk, handle)
            first = desk.change()
            desk.end_approval("c1", Verdict.SUPERSEDED)
            desk.policy = parse_policy({"rules": [POLICY["rules"][0] | {"expire_after_minutes": 9}]})
            moved = {"answers": {**ANSWERS, "owner_team": "rates"}, "revision": 2, "approval": None}
            desk.move("c1", state=ChangeState.BUILDING, **moved)
            await _nudge(environment.client, first.approval)

            second = await desk.until(
                lambda c: c.state is ChangeState.IN_REVIEW and c.approval not in (None, first.approval)
            )
            desk.end_approval("c1", Verdict.WITHDRAWN)
            desk.move("c1", state=ChangeState.WITHDRAWN)
            await _nudge(environment.client, second.approval)
            ended = await handle.result()
            await _keep_history(handle, "edited")

    assert ended == ChangeState.WITHDRAWN.value
    assert second.review_number != first.review_number
    assert desk.reviews.get_review(int(first.review_number or 0)).state == "closed"
    assert desk.reviews.get_review(int(second.review_number or 0)).state == "closed"


async def test_an_unreadable_sample_ends_in_words(environment: WorkflowEnvironment, desk: Desk) -> None:
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            handle = await _start(environment.client, desk.open_change(sample=b""))

            ended = await handle.result()
            await _keep_history(handle, "unreadable")

    assert ended == ChangeState.UNREADABLE.value
    assert "empty" in desk.change().sentence


async def test_starting_a_story_twice_joins_it(environment: WorkflowEnvironment, desk: Desk) -> None:
    call = StoryCall(key="k", kind=StoryKind.ONBOARDING, subject_id=desk.open_change(), at=desk.clock.now())
    with environment.with_time_skipping_disabled():
        async with workers(environment.client, desk):
            for _ in range(5):
                await _gateway(environment.client).deliver(call)
            await desk.until_state(ChangeState.ASKING)
            listed = environment.client.list_workflows("WorkflowType = 'OnboardingWorkflow'")
            started = [found async for found in listed]

    assert len(started) <= 1
    assert desk.acts()["change_proposed"] == 1
