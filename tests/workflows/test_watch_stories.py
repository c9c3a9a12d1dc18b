"""The watch, an alert, a training and an errand on a real server."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, ScheduleActionStartWorkflow, WorkflowHandle
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment

from activities.errands import ErrandRef
from domain.acts.approval_ends import end_subject
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.errands import Errand, ErrandKind, ErrandState
from domain.identity.people import Way
from domain.ids import PersonId
from domain.running.runs import Outcome
from domain.stories import StoryCall, StoryKind
from domain.watch.alerts import Alert, AlertState
from runtime.settings.house import Settings
from runtime.wiring.watch import reopen_watch
from runtime.wiring.watching.watch_schedules import schedules
from tests.waiting import until
from tests.workflows.house import server
from tests.workflows.story_runs import nudged_on, running
from tests.workflows.watch_house import FX, PLACE, WatchHouse, quick_workers, watch_workers
from workflows import names
from workflows.gateway import WorkflowGateway
from workflows.watch import WatchWorkflow

HISTORIES = Path(__file__).resolve().parents[1] / "replay" / "histories"


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with server() as started:
        yield started


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


async def _deliver(client: Client, house: WatchHouse, *kinds: StoryKind) -> None:
    """Carry the calls that wait in SQL, as the courier does."""

    async def connect() -> Client:
        return client

    with house.transactions.writing() as uow:
        calls = [call for call in uow.stories.due(house.clock.now(), 50) if call.kind in kinds]
        for call in calls:
            uow.stories.delivered(call)
    for call in calls:
        await WorkflowGateway(connect).deliver(call)


async def _until(is_so: Callable[[], Any], seconds: float = 60) -> Any:
    return await until(lambda: asyncio.to_thread(is_so), seconds)


async def _keep(handle: WorkflowHandle[Any, Any], case: str) -> None:
    """Keep the history for the replay tests when they are recorded anew (`make histories`)."""
    if os.environ.get("DOGWATCH_KEEP_HISTORIES"):
        text = (await handle.fetch_history()).to_json()
        (HISTORIES / f"{case}.json").write_text(json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n")


def _announced(house: WatchHouse) -> Alert | None:
    return next((alert for alert in house.open_alerts() if alert.announced_at), None)


async def test_a_report_leads_to_a_card_and_the_recovery_closes_it(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            house.begins(minutes_ago=11)
            await _deliver(client, house, StoryKind.WATCH)
            await _until(house.open_alerts)
            await _deliver(client, house, StoryKind.ALERT)
            alert = await _until(lambda: _announced(house))
            with house.transactions.reading() as uow:
                assert [posting.view for posting in uow.posting_lookup.about(alert.subject)] == ["alert"]

            house.report(Outcome.FAILED, finished_at=house.clock.now())
            await _deliver(client, house, StoryKind.WATCH)
            await _until(lambda: house.open_alerts()[0].state is AlertState.HAPPENED)
            house.begins(run="next")
            house.report(Outcome.OK, run="next", finished_at=house.clock.now() + timedelta(seconds=1))
            await _deliver(client, house, StoryKind.WATCH)
            await _until(lambda: not house.open_alerts())
            await _deliver(client, house, StoryKind.ALERT)

            story = client.get_workflow_handle(names.alert_id(alert.id))
            assert await story.result() == AlertState.CLOSED.value
            await _keep(story, "alert-happened")
            watch = client.get_workflow_handle_for(WatchWorkflow.run, names.watch_id("main"))
            await _keep(watch, "watch-nudged")
            await watch.terminate()


async def test_a_review_is_due_half_an_hour_after_the_last_one_whatever_history_it_was_in(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    with environment.with_time_skipping_disabled():
        # Nobody takes what computes: the review waits, and feeds are looked at all the same.
        async with quick_workers(client, house):
            last = datetime.now(UTC) - timedelta(minutes=31)
            watch = await client.start_workflow(
                WatchWorkflow.run,
                _round().model_copy(update={"reviewed_at": last}),
                id=names.watch_id("main"),
                task_queue=names.FRONT_QUEUE,
            )
            await _until_there_were(watch, review=1, sweep=1)
            await watch.signal(WatchWorkflow.nudge)
            await _until_there_were(watch, review=1, sweep=2)
        async with watch_workers(client, house):
            await _until_there_were(watch, review=1, sweep=2, done=3)
            await _keep(watch, "watch-reviewed")
            await watch.terminate()


async def _until_there_were(
    watch: WorkflowHandle[Any, Any], *, review: int, sweep: int, done: int = 0
) -> None:
    """Wait until a watch has asked for so many reviews and at least so many sweeps, and so much is done."""

    async def look() -> list[str]:
        events = (await watch.fetch_history()).events
        asked = [
            event.activity_task_scheduled_event_attributes.activity_type.name
            for event in events
            if event.HasField("activity_task_scheduled_event_attributes")
        ]
        over = sum(event.HasField("activity_task_completed_event_attributes") for event in events)
        are_there = asked.count("sweep") >= sweep and over >= done and asked.count("review") >= review
        return asked if are_there else []

    assert (await until(look)).count("review") == review


async def test_people_are_called_when_nobody_acknowledges_and_only_then(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    house.begins(minutes_ago=11)
    house.watching.sweep(_round())
    alert = house.open_alerts()[0]
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            await _deliver(client, house, StoryKind.ALERT)
            await _until(lambda: _announced(house))
            handle = client.get_workflow_handle(names.alert_id(alert.id))
            await environment.fast_forward(handle, timedelta(minutes=16))
            called = await _until(lambda: [one for one in house.open_alerts() if one.told == 1])
            with house.transactions.writing() as uow:
                uow.alerts.save(called[0].model_copy(update={"state": AlertState.CLOSED}))
            await handle.signal("nudge")
            await handle.result()
            await _keep(handle, "alert-called")

    with house.transactions.reading() as uow:
        told = [(n.person, n.ways, n.waits_on) for n in uow.notices.about(alert.subject)]
    assert told == [("erin", (Way.MAIL, Way.SMS), alert.subject)]


async def test_a_training_on_too_little_says_so_and_leaves_everything_as_it_is(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            await _call(client, house, StoryKind.TRAINING, "failures")
            handle = client.get_workflow_handle(names.training_id("failures"))
            outcome = await handle.result()
            await _keep(handle, "training-refused")

    assert "Too little to learn from" in outcome["sentence"]
    assert list((house.folder / "models").glob("*.json")) == []


async def test_what_is_trained_daily_is_trained_by_the_one_story_that_trains(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    schedule = schedules(house.settings)["daily-training"].action
    assert isinstance(schedule, ScheduleActionStartWorkflow)
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            daily = await client.start_workflow(
                schedule.workflow, args=schedule.args, id=f"{schedule.id}-1", task_queue=schedule.task_queue
            )
            await daily.result()
            await _keep(daily, "training-daily")
            await _deliver(client, house, StoryKind.TRAINING)
            outcome = await client.get_workflow_handle(names.training_id("failures")).result()

    assert "Too little to learn from" in outcome["sentence"]
    done = [e async for e in daily.fetch_history_events()]
    asked = [e.activity_task_scheduled_event_attributes.activity_type.name for e in done]
    assert [name for name in asked if name] == ["call_for_training"]


def _asked(house: WatchHouse) -> list[ApprovalRequest]:
    with house.transactions.reading() as uow:
        return uow.approval_list.of_subject("delivery/e1")


def _end_request(house: WatchHouse, verdict: Verdict) -> str:
    with house.transactions.writing() as uow:
        ended = uow.approvals.get(uow.approval_list.of_subject("delivery/e1")[-1].id)
        ended = ended.model_copy(update={"verdict": verdict})
        uow.approvals.save(ended)
        end_subject(uow, ended, verdict, "", house.clock.now())
    return ended.id


@asynccontextmanager
async def held_delivery(environment: WorkflowEnvironment, house: WatchHouse) -> AsyncIterator[Client]:
    """Let a bad delivery come in, until people are asked whether it may go on."""
    client = environment.client
    house.hand_in("e1", b"trade_id,amount\n" + b"T1,\n" * 50)
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            await _call(client, house, StoryKind.ERRAND, "e1")
            await _until(lambda: _asked(house))
            yield client


async def test_a_bad_delivery_is_held_back_until_somebody_else_releases_it(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    client = environment.client
    house.hand_in("e1", b"trade_id,amount\n" + b"T1,\n" * 50)
    with environment.with_time_skipping_disabled():
        async with watch_workers(client, house):
            await _call(client, house, StoryKind.ERRAND, "e1")
            state = await _until(lambda: _score(house))
            assert state == "held"
            (request,) = _asked(house)
            assert request.authors == {"erin"}
            await _call(client, house, StoryKind.APPROVAL, _end_request(house, Verdict.APPROVED))
            handle = client.get_workflow_handle(names.errand_id("e1"))
            assert await handle.result() == ErrandState.DONE.value
            await _keep(handle, "errand-held")

    assert _score(house) == "released"


async def test_a_held_delivery_whose_question_was_superseded_is_asked_about_again(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    async with held_delivery(environment, house) as client:
        first = _end_request(house, Verdict.SUPERSEDED)
        await _call(client, house, StoryKind.APPROVAL, first)
        await _call(client, house, StoryKind.ERRAND, "e1")
        await _until(lambda: len(_asked(house)) == 2)
        assert _score(house) == "held"
        second = _end_request(house, Verdict.APPROVED)
        await _call(client, house, StoryKind.APPROVAL, second)
        handle = client.get_workflow_handle(names.errand_id("e1"))
        assert await handle.result() == ErrandState.DONE.value
        await _keep(handle, "errand-superseded")

    assert second != first
    assert _score(house) == "released"


async def test_a_held_delivery_whose_clock_was_ended_from_outside_gets_another_one(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    async with held_delivery(environment, house) as client:
        clock = client.get_workflow_handle(names.approval_id(_asked(house)[0].id))
        first = await running(clock)
        errand = names.errand_id("e1")
        # Of this run: a story that ended would be begun again by a call.
        handle = client.get_workflow_handle(errand, run_id=await running(client.get_workflow_handle(errand)))
        await clock.terminate("by hand")
        await nudged_on(clock, first, handle)
        await _call(client, house, StoryKind.APPROVAL, _end_request(house, Verdict.APPROVED))
        assert await handle.result() == ErrandState.DONE.value
        await _keep(handle, "errand-clock-ended")

    assert _score(house) == "released"
    assert len(_asked(house)) == 1


def test_a_start_calls_the_errands_that_people_are_asked_about(house: WatchHouse) -> None:
    house.hand_in("e1", b"trade_id,amount\n" + b"T1,\n" * 50)
    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="e1"))
    now = house.clock.now()
    with house.transactions.writing() as uow:
        reopen_watch(uow, now)
        called = {(call.kind, call.subject_id) for call in uow.stories.due(now, 50)}

    assert _asked(house)[0].verdict is Verdict.PENDING
    assert (StoryKind.ERRAND, "e1") in called


async def test_an_errand_whose_database_is_away_is_answered_and_does_not_come_back(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    away = "postgresql://dogwatch@127.0.0.1:9/none"
    sides = {"source_url": away, "source_table": "t", "target_url": away, "target_table": "t"}
    tables = {FX: sides | {"key": "id", "columns": "amount"}}
    house.errands = house.made_errands(Settings(data_dir=house.folder, watch={"reconciliations": tables}))
    errand = Errand(
        id="e2",
        kind=ErrandKind.RECONCILE,
        asked_by=PersonId("erin"),
        place=PLACE,
        at=house.clock.now(),
        feed=FX,
        business_date="2026-10-01",
    )
    with house.transactions.writing() as uow:
        uow.errands.save(errand)
    with environment.with_time_skipping_disabled():
        async with watch_workers(environment.client, house):
            await _call(environment.client, house, StoryKind.ERRAND, "e2")
            handle = environment.client.get_workflow_handle(names.errand_id("e2"))
            assert await handle.result() == ErrandState.FAILED.value

    with house.transactions.reading() as uow:
        assert uow.errands.wanted() == []
        assert "did not answer" in uow.errands.get("e2").sentence
        assert "3 times" in uow.errands.get("e2").sentence


def _score(house: WatchHouse) -> str:
    with house.transactions.reading() as uow:
        scores = uow.quality.scores(FX, 1)
    return scores[0].state if scores else ""


async def _call(client: Client, house: WatchHouse, kind: StoryKind, subject: str) -> None:
    with house.transactions.writing() as uow:
        uow.stories.add(
            StoryCall(key=f"{kind}/{subject}", kind=kind, subject_id=subject, at=house.clock.now())
        )
    await _deliver(client, house, kind)


def _round() -> Any:
    from activities.watching import WatchRef

    return WatchRef()
