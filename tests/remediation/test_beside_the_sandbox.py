"""What the broker does for a step outside the sandbox ends with the step, however that ends."""

import asyncio
import contextlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotNow
from domain.ports.sandbox import SandboxJob, SandboxMode
from domain.remediation.orders import OrderRefused, Refusal
from domain.remediation.plans import Check, Step
from domain.remediation.run_reports import RunState, StepState
from remediation import processes
from remediation.broker.children import begun_for, beside, ran, ran_at_once
from remediation.broker.targets import ProcessTarget, Verb
from remediation.journal import Act, Journal, Place
from remediation.step_work import StepWork, folder_name
from tests.remediation.contained import contained
from tests.remediation.plans import NOW, a_plan, an_order, bash, line_step, python
from tests.remediation.world import World
from tests.waiting import until

pytestmark = [pytest.mark.proves("A16"), pytest.mark.usefixtures("on_any_word")]


def sleepers(seconds: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                words = (entry / "cmdline").read_bytes().split(b"\0")
                found += [int(entry.name)] if words[:2] == [b"sleep", str(seconds).encode()] else []
    return found


def commanding(world: World, line: str) -> Step:
    """Return a step that has the broker run a line of shell as a verb of a program."""
    verb = Verb(argv=("/bin/bash", "-c", line), timeout_seconds=900)
    world.extra = [ProcessTarget(name="loader-2", environment="test", verbs={"work": verb})]
    run = python("from kit import send\nsend('loader-2', 'POST', '/work')", "loader-2:write", timeout=900)
    return line_step(1, run=run, check=None, undo=None, undo_check=None, is_previewable=False)


@pytest.mark.proves("E4", "E5")
@contained
async def test_stop_ends_the_commands_that_the_broker_runs_for_the_step(world: World) -> None:
    effect = world.files / "effect"
    step = commanding(world, f"(nohup sleep 984 &) > /dev/null 2>&1; sleep 984; touch {effect}")
    runner = await world.build().runner()
    plan = a_plan(step)
    order = an_order(plan, await runner.preview(plan))
    running = asyncio.ensure_future(runner.execute(order, plan))
    await until(lambda: len(sleepers(984)) == 2)

    await runner.stop(order.order.id)
    left = sleepers(984)
    report = await running

    assert left == []
    assert report.steps[0].state is StepState.CANCELLED
    assert not effect.exists()


@contained
async def test_a_service_that_a_command_starts_outlives_the_step(world: World) -> None:
    step = commanding(world, "setsid sleep 983 < /dev/null > /dev/null 2>&1 & sleep 0.1")
    runner = await world.build().runner()
    plan = a_plan(step)

    report = await runner.execute(an_order(plan, await runner.preview(plan)), plan)

    (service,) = sleepers(983)
    os.kill(service, 9)
    assert report.state is RunState.VERIFIED


@pytest.mark.proves("E2", "E4")
@contained
async def test_what_a_dead_runner_left_running_is_ended_before_its_step_is_settled(room: Path) -> None:
    place = Place("a" * 64, 1, Act.DO, 1)
    journal = Journal(room / "journal.sqlite")
    journal.accept(place.order_id, nonce="n", plan_id="p", title="t")
    journal.intend(place, {})
    words = begun_for(folder_name(place), ["sleep", "982"])
    left = await asyncio.create_subprocess_exec(*words, start_new_session=True)
    await until(lambda: processes.begun_for(folder_name(place)) == [left.pid])

    done = await StepWork(journal, room, None).settle(place)  # type: ignore[arg-type]  # it runs nothing

    assert (done.state, await asyncio.wait_for(left.wait(), 20)) == (StepState.UNKNOWN, -9)
    journal.close()


@pytest.mark.proves("E5")
async def test_blocking_work_is_over_when_a_cancelled_call_returns() -> None:
    ends: list[int] = []

    def work() -> None:
        code, _, _ = ran_at_once("job-x", ["sleep", "981"], seconds=900, environment={}, at=None)
        ends.append(code)

    task = asyncio.ensure_future(beside("job-x", work))
    await until(lambda: sleepers(981))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (ends, sleepers(981)) == ([-9], [])


@pytest.mark.proves("E5", "E10")
async def test_a_command_that_talks_without_end_is_cut_and_ended_in_time() -> None:
    with pytest.raises(TimeoutError):
        await ran("job-y", ["/bin/bash", "-c", "sleep 980 & yes"], seconds=0.5, most_bytes=1_000)
    code, said = await ran("job-y", ["head", "-c", "3000000", "/dev/zero"], seconds=20, most_bytes=1_000)

    assert sleepers(980) == []
    assert (code, len(said)) == (0, 1_000)


@pytest.mark.proves("E13")
@contained
async def test_a_script_whose_beginning_cannot_be_written_down_does_not_run_on(room: Path) -> None:
    sandbox = World(room).build().sandbox()

    def full(pid: int, word: str) -> None:
        raise NotNow("journal: full", say="The runner can't write its journal.")

    job = SandboxJob(script=bash("sleep 979"), mode=SandboxMode.RUN)
    with pytest.raises(NotNow):
        await sandbox.run(job, started=full)

    assert not processes.with_word(str(room))


@pytest.mark.proves("E13")
@contained
async def test_a_journal_without_room_takes_no_step_further_and_goes_on_once_there_is(world: World) -> None:
    runner = await world.build().runner()
    step = line_step(1)
    told = step.run.model_copy(update={"text": f"{step.run.text}\nprint('x' * 7_900)"})
    plan = a_plan(step.model_copy(update={"run": told}), line_step(2))
    order = an_order(plan, await runner.preview(plan))
    disk = runner._journal._connection
    (pages,) = disk.execute("PRAGMA page_count").fetchone()
    disk.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(NotNow) as refused:
        await runner.execute(order, plan)
    written = [path.name for path in world.files.iterdir()]
    disk.execute("PRAGMA max_page_count = 100000")
    report = await runner.execute(order, plan)

    assert "Make room on the runner's disk" in refused.value.sentence()
    assert written == ["line-1"], "the outcome of the first step found no room, and no second step began"
    assert report.state is RunState.VERIFIED
    assert sorted(path.name for path in world.files.iterdir()) == ["line-1", "line-2"]


@pytest.mark.proves("E9")
@contained
async def test_an_order_that_expired_before_its_first_step_frees_its_targets(world: World) -> None:
    now = [NOW]
    runner = await world.build().runner(now=lambda: now[0])
    slow = Check(claim="it is quiet", script=bash("sleep 978", timeout=900))
    first, second = a_plan(preconditions=(slow,)), a_plan(line_step(2), id="plan-2")
    order = an_order(first, await runner.preview(a_plan()))
    other = an_order(second, await runner.preview(second), nonce="b" * 32, expires=NOW + timedelta(hours=9))
    running = asyncio.ensure_future(runner.execute(order, first))
    await until(lambda: sleepers(978))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    held = await runner.execute(other, second)

    now[0] = NOW + timedelta(hours=1)
    forged = order.model_copy(update={"signature": "00" * 64})
    for tried in (forged, order):
        with pytest.raises(OrderRefused) as refused:
            await runner.execute(tried, first)
    after = await runner.execute(other, second)

    assert (held.state, refused.value.refusal) == (RunState.BUSY, Refusal.EXPIRED)
    assert after.state is RunState.VERIFIED
    assert runner.report(order.order.id) is not None
