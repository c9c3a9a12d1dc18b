"""What stands in the workflow server counts only when one of our processes has sealed it, for this story."""

import asyncio
import dataclasses
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    WorkflowFailureError,
)
from temporalio.common import RawValue, RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter as PLAIN  # noqa: N812  what seals nothing
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    PayloadCodec,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError
from temporalio.worker import Worker

from activities.heartbeats import newest_heartbeat
from runtime.keys import KeyFolder
from runtime.payload_codec import SealingCodec, sealed_converter
from runtime.wiring.temporal import unbound_until
from tests.waiting import until
from tests.workflows.house import server

KEYS = {"k1": b"k" * 32}
_taken: list[str] = []
_runs, _was_told = asyncio.Event(), asyncio.Event()


@activity.defn
async def take(words: str) -> str:
    """Take what it is given."""
    _taken.append(words)
    return words


@activity.defn
async def hear() -> list[str]:
    """Return what is heard of this one after a heartbeat of its own, and after one of somebody else."""
    activity.heartbeat("sealed")
    heard = await until(lambda: newest_heartbeat("hear"))
    _runs.set()
    await _was_told.wait()
    try:
        return [heard, await newest_heartbeat("hear")]
    except ValueError:
        return [heard, "refused"]


@workflow.defn(sandboxed=False)
class Hears:
    """Hears of its own activity."""

    @workflow.run
    async def run(self) -> list[str]:
        """Return what was heard."""
        return await workflow.execute_activity(hear, start_to_close_timeout=timedelta(seconds=60))


@workflow.defn(sandboxed=False)
class Asks:
    """Asks for the activity on the queue `ours`."""

    @workflow.run
    async def run(self, words: str) -> str:
        """Return its answer."""
        return await workflow.execute_activity(
            take,
            words,
            task_queue="ours",
            schedule_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@pytest.mark.proves("E1", "K2")
async def test_an_activity_takes_and_hears_only_what_a_process_of_the_house_has_sealed() -> None:
    async with server() as running:
        stranger = running.client
        ours = await Client.connect(
            stranger.service_client.config.target_host,
            namespace=stranger.namespace,
            data_converter=sealed_converter(KEYS, "k1"),
        )
        async with (
            Worker(ours, task_queue="ours", workflows=[Asks, Hears], activities=[take, hear]),
            Worker(stranger, task_queue="theirs", workflows=[Asks]),
        ):
            with pytest.raises(WorkflowFailureError) as refused:
                await stranger.execute_workflow(Asks.run, "forged", id="theirs", task_queue="theirs")
            answer = await ours.execute_workflow(Asks.run, "sealed", id="ours", task_queue="ours")
            hearing = await ours.start_workflow(Hears.run, id="hears", task_queue="ours")
            await asyncio.wait_for(_runs.wait(), 60)
            pending = stranger.get_async_activity_handle(workflow_id="hears", run_id=None, activity_id="1")
            await pending.heartbeat("forged")
            _was_told.set()
            heard = await hearing.result()

    assert isinstance(refused.value.cause, ActivityError)
    assert (answer, _taken) == ("sealed", ["sealed"])
    assert heard == ["sealed", "refused"]


_stolen: list[RawValue] = []


@workflow.defn(sandboxed=False)
class Repeats:
    """Asks for the activity on the queue `ours` with what stood in somebody else's history."""

    @workflow.run
    async def run(self, which: int) -> None:
        """Ask."""
        await workflow.execute_activity(
            take,
            _stolen[which],  # type: ignore[arg-type]  # a payload that is sealed already
            task_queue="ours",
            schedule_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn(sandboxed=False)
class Fails:
    """A child that fails with words of its own."""

    @workflow.run
    async def run(self, words: str) -> str:
        """Fail with the words."""
        raise ApplicationError(words, type="Foreseen", non_retryable=True)


@workflow.defn(sandboxed=False)
class Talks:
    """Uses every way on which something crosses the server."""

    @workflow.init
    def __init__(self, words: list[str]) -> None:
        self._words = words

    @workflow.run
    async def run(self, words: list[str]) -> list[str]:
        """Return what came in on each way."""
        if "again" not in words:
            workflow.continue_as_new([*words, "again"])
        await workflow.wait_condition(lambda: "signal" in self._words and "update" in self._words)
        other = workflow.get_external_workflow_handle("listener")
        await other.signal("tell", "from outside")
        child = await workflow.execute_child_workflow(Asks.run, "child", id="its-child", task_queue="ours")
        try:
            await workflow.execute_child_workflow(Fails.run, "trouble", id="its-failing-child")
        except ChildWorkflowError as error:
            failed = str(error.cause)
        try:
            await workflow.execute_activity(
                stumble,
                schedule_to_close_timeout=timedelta(seconds=20),
                retry_policy=RetryPolicy(maximum_attempts=2, initial_interval=timedelta(milliseconds=1)),
            )
        except ActivityError as error:
            stumbled = str(error.cause)
        beside = await workflow.execute_local_activity(
            take, "beside", schedule_to_close_timeout=timedelta(seconds=20)
        )
        return [*self._words, child, failed, stumbled, beside]

    @workflow.signal
    def tell(self, words: str) -> None:
        """Hear a signal."""
        self._words.append(words)

    @workflow.update
    async def change(self, words: str) -> str:
        """Hear an update."""
        self._words.append(words)
        return f"heard {words}"

    @workflow.query
    def said(self, words: str) -> str:
        """Answer a question."""
        return f"asked {words}"


@workflow.defn(sandboxed=False)
class Listens:
    """Waits for one signal."""

    @workflow.init
    def __init__(self) -> None:
        self._heard = ""

    @workflow.run
    async def run(self) -> str:
        """Return what it was told."""
        await workflow.wait_condition(lambda: self._heard != "")
        return self._heard

    @workflow.signal
    def tell(self, words: str) -> None:
        """Hear it."""
        self._heard = words


@workflow.defn(sandboxed=False)
class Lasts:
    """Is open while the release changes: an activity before, one after."""

    @workflow.init
    def __init__(self, words: str) -> None:
        self._is_on = False

    @workflow.run
    async def run(self, words: str) -> list[str]:
        """Return both answers."""
        before = await workflow.execute_activity(
            take, f"{words} before", schedule_to_close_timeout=timedelta(seconds=20)
        )
        await workflow.wait_condition(lambda: self._is_on)
        after = await workflow.execute_activity(
            take, f"{words} after", schedule_to_close_timeout=timedelta(seconds=20)
        )
        return [before, after]

    @workflow.signal
    def go_on(self) -> None:
        """Go on."""
        self._is_on = True


@activity.defn
async def stumble() -> None:
    """Fail, in the second try with what the first one left in its heartbeat."""
    if activity.info().attempt == 1:
        activity.heartbeat("left behind")
    left = ", ".join(map(str, activity.info().heartbeat_details))
    raise ApplicationError(f"stumbled, {left}", non_retryable=activity.info().attempt > 1)


class OlderCodec(PayloadCodec):
    """Seals as the release before this one did: for no story in particular."""

    def __init__(self) -> None:
        self._codec = SealingCodec(KEYS, "k1")

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Seal."""
        return await self._codec.encode(payloads)

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Open."""
        return await self._codec.decode(payloads)


async def _connected(stranger: Client, converter: DataConverter) -> Client:
    return await Client.connect(
        stranger.service_client.config.target_host, namespace=stranger.namespace, data_converter=converter
    )


async def _sealed_input(client: Client, story_id: str) -> RawValue:
    """Return what the first activity of a story was asked with, as it stands in the history."""
    history = await client.get_workflow_handle(story_id).fetch_history()
    asked = next(e for e in history.events if e.HasField("activity_task_scheduled_event_attributes"))
    return RawValue(asked.activity_task_scheduled_event_attributes.input.payloads[0])


@pytest.mark.proves("E1", "K2")
async def test_what_was_sealed_for_one_story_is_not_taken_in_another() -> None:
    _taken.clear()
    async with server() as running:
        stranger = running.client
        ours = await _connected(stranger, sealed_converter(KEYS, "k1"))
        async with (
            Worker(ours, task_queue="ours", workflows=[Asks], activities=[take]),
            Worker(stranger, task_queue="theirs", workflows=[Repeats]),
        ):
            await ours.execute_workflow(Asks.run, "sealed", id="first", task_queue="ours")
            (plain,) = await PLAIN.encode(["of an older release"])
            (unbound,) = await OlderCodec().encode([plain])
            _stolen[:] = [await _sealed_input(ours, "first"), RawValue(unbound)]
            for which in (0, 1):
                with pytest.raises(WorkflowFailureError):
                    await stranger.execute_workflow(
                        Repeats.run, which, id=f"copy-{which}", task_queue="theirs"
                    )

    assert _taken == ["sealed"]


@pytest.mark.proves("K2")
async def test_every_way_across_the_server_opens_what_was_sealed_for_it() -> None:
    _taken.clear()
    async with server() as running:
        ours = await _connected(running.client, sealed_converter(KEYS, "k1"))
        told = [Talks, Asks, Fails, Listens]
        async with Worker(
            ours, task_queue="ours", workflows=told, activities=[take, stumble], max_cached_workflows=0
        ):
            listener = await ours.start_workflow(Listens.run, id="listener", task_queue="ours")
            talk = await ours.start_workflow(Talks.run, ["start"], id="talk", task_queue="ours")
            await talk.signal(Talks.tell, "signal")
            answer = await talk.execute_update(Talks.change, "update")
            asked = await talk.query(Talks.said, "question")
            said = await talk.result()
            heard = await listener.result()
            action = ScheduleActionStartWorkflow(Asks.run, "by calendar", id="daily", task_queue="ours")
            daily = await ours.create_schedule("daily", Schedule(action=action, spec=ScheduleSpec()))
            await daily.trigger()
            await until(lambda: "by calendar" in _taken)

    assert set(said[:4]) == {"start", "again", "signal", "update"}
    assert said[4:] == ["child", "Foreseen: trouble", "stumbled, left behind", "beside"]
    assert (answer, asked, heard) == ("heard update", "asked question", "from outside")


@pytest.mark.proves("K2")
async def test_a_story_that_is_open_while_the_release_changes_goes_on() -> None:
    _taken.clear()
    async with server() as running:
        older = await _connected(running.client, dataclasses.replace(PLAIN, payload_codec=OlderCodec()))
        async with Worker(older, task_queue="ours", workflows=[Lasts], activities=[take]):
            story = await older.start_workflow(Lasts.run, "asked", id="lasts", task_queue="ours")
            await until(lambda: _taken == ["asked before"])
        newer = await _connected(running.client, sealed_converter(KEYS, "k1"))
        async with Worker(newer, task_queue="ours", workflows=[Lasts], activities=[take]):
            await newer.get_workflow_handle("lasts").signal(Lasts.go_on)
            both = await newer.get_workflow_handle_for(Lasts.run, "lasts").result()

    assert both == ["asked before", "asked after"]
    assert story.id == "lasts"


async def test_an_activity_takes_what_an_older_release_has_asked_for_while_it_may_have() -> None:
    (sealed,) = await OlderCodec().encode([Payload(data=b"x")])
    begun = ActivitySerializationContext("ns", "1", "take", "ours", "first", "Asks", is_local=False)
    read_by_story = dataclasses.replace(begun, activity_id=None)
    now = time.time()

    for until_then, context in ((now + 60, begun), (0.0, read_by_story)):
        codec = SealingCodec(KEYS, "k1", unbound_until=until_then).with_context(context)
        assert [one.data for one in await codec.decode([sealed])] == [b"x"]
    with pytest.raises(ValueError, match="older release"):
        await SealingCodec(KEYS, "k1", unbound_until=now - 1).with_context(begun).decode([sealed])


async def test_a_payload_does_not_become_unbound_by_what_stands_beside_it() -> None:
    here = WorkflowSerializationContext("ns", "first")
    (sealed,) = await SealingCodec(KEYS, "k1").with_context(here).encode([Payload(data=b"x")])
    (unbound,) = await OlderCodec().encode([Payload(data=b"x")])
    stripped, marked = Payload(), Payload()
    stripped.CopyFrom(sealed)
    del stripped.metadata["bound"]
    marked.CopyFrom(unbound)
    marked.metadata["bound"] = b"story"

    for spoilt in (stripped, marked):
        with pytest.raises(ValueError, match="was changed"):
            await SealingCodec(KEYS, "k1").with_context(here).decode([spoilt])
    elsewhere = dataclasses.replace(here, workflow_id="second")
    with pytest.raises(ValueError, match="another story's"):
        await SealingCodec(KEYS, "k1").with_context(elsewhere).decode([sealed])
    codec = SealingCodec(KEYS, "k1").with_context(here)
    assert [one.data for one in await codec.decode([sealed])] == [b"x"]


def test_a_new_house_takes_nothing_unbound_and_an_older_one_for_two_weeks(tmp_path: Path) -> None:
    new, older = KeyFolder(tmp_path / "new"), KeyFolder(tmp_path / "older")
    older.secret("temporal-payloads")
    began = time.time()

    assert unbound_until(new) < began
    assert began + 13 * 86_400 < unbound_until(older) < began + 15 * 86_400
    new.secret("temporal-payloads")
    assert unbound_until(new) < began, "also at its second start"
    assert unbound_until(older) == unbound_until(KeyFolder(tmp_path / "older"))
