"""Orders carried out for real: steps, checks, failure at every step, stop, one plan a target."""

import asyncio

import pytest

from domain.remediation.orders import OrderRefused, Refusal
from domain.remediation.plans import Check, Step, Watch
from domain.remediation.run_reports import RunState, StepReport, StepState
from remediation.dry_run import PreviewFailed
from remediation.executor import Executor
from tests.remediation.contained import contained
from tests.remediation.plans import a_plan, an_order, bash, line_step, python
from tests.remediation.world import World
from tests.waiting import until

pytestmark = [pytest.mark.proves("A16"), pytest.mark.usefixtures("on_any_word")]

FAILING = python("raise SystemExit('no')", "landing:write")


def lines(world: World) -> list[str]:
    return sorted(path.name for path in world.files.iterdir())


@contained
async def test_an_order_runs_every_step_once_and_is_verified(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    preview = await runner.preview(plan)
    before = lines(world)

    report = await runner.execute(an_order(plan, preview), plan)

    assert before == []
    assert [effect.change for effect in preview.effects] == ["write line-1", "write line-2", "write line-3"]
    assert (report.state, lines(world)) == (RunState.VERIFIED, ["line-1", "line-2", "line-3"])


@pytest.mark.proves("E6", "E7")
@pytest.mark.parametrize("broken", [1, 2, 3])
@pytest.mark.parametrize("part", ["run", "check"])
@contained
async def test_a_failure_at_any_step_puts_everything_back(world: World, broken: int, part: str) -> None:
    runner = await world.build().runner()
    steps = [line_step(n, **({part: FAILING} if n == broken else {})) for n in (1, 2, 3)]
    plan = a_plan(
        *(s.model_copy(update={"is_previewable": part != "run" or s.name != f"line-{broken}"}) for s in steps)
    )
    order = an_order(plan, await runner.preview(plan))

    report = await runner.execute(order, plan)

    assert (report.state, lines(world)) == (RunState.ROLLED_BACK, [])
    undone = [step.step for step in report.steps if step.is_undo]
    assert undone == sorted(undone, reverse=True)
    assert undone == list(range(broken, 0, -1))


@pytest.mark.proves("E6")
@contained
async def test_a_failing_undo_stops_everything_and_says_what_stands(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1), line_step(2, undo=FAILING), line_step(3, check=FAILING))
    order = an_order(plan, await runner.preview(plan))

    report = await runner.execute(order, plan)

    assert (report.state, lines(world)) == (RunState.UNDO_FAILED, ["line-1", "line-2"])
    assert "Steps 1 to 2 stand" in report.say


@pytest.mark.proves("E6")
@contained
@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            (line_step(1), line_step(2, undo=FAILING, check=FAILING)),
            "Steps 1 to 2 stand as they were left.",
        ),
        (
            (
                line_step(1, undo=FAILING),
                line_step(2, undo=None, undo_check=None),
                line_step(3, check=FAILING),
            ),
            "Step 1 stands as it was left. “Write line-2” can't be undone and stays as it is."
            " Every other later one is undone.",
        ),
        (
            (
                line_step(1, undo=None, undo_check=None),
                line_step(2, undo=None, undo_check=None, check=FAILING),
            ),
            "“Write line-1” can't be undone and stays as it is.",
        ),
    ],
    ids=["the last one", "one for good", "none at all"],
)
async def test_the_exact_state_is_said_also_of_later_steps(
    world: World, steps: tuple[Step, ...], told: str
) -> None:
    runner = await world.build().runner()
    plan = a_plan(*steps)

    report = await runner.execute(an_order(plan, await runner.preview(plan)), plan)

    assert report.state is RunState.UNDO_FAILED
    assert report.say.endswith(told)


@pytest.mark.proves("E2", "E6")
@contained
async def test_an_undo_that_failed_before_its_runner_died_is_not_done_twice(world: World) -> None:
    def died(point: str, step: int) -> None:
        if point == "after_outcome" and next(outcomes) == "undo":
            raise KeyboardInterrupt

    outcomes = iter(["do", "undo"])
    half = python(
        "import secrets\nfrom kit import path, send\n"
        "send('landing', 'PUT', path('file', path='undone-' + secrets.token_hex(4)), {'text': 'x'})\n"
        "raise SystemExit('the rest failed')",
        "landing:write",
    )
    plan = a_plan(line_step(1, undo=half, check=FAILING))
    first = await world.build().runner(at=died)
    order = an_order(plan, await first.preview(plan))
    with pytest.raises(KeyboardInterrupt):
        await first.execute(order, plan)
    first.close()

    report = await (await world.runner()).execute(order, plan)

    assert len(list(world.files.glob("undone-*"))) == 1
    assert report.state is RunState.UNDO_FAILED
    assert "the rest failed" in report.say


@pytest.mark.proves("E7")
@pytest.mark.parametrize(
    "check",
    [
        bash("exit 3"),
        bash("sleep 60", timeout=1),
        python(
            "from kit import ask, path\n"
            "raise SystemExit(ask('landing', 'GET', path('list', prefix='flap'))[1]['paths'] == [])",
            "landing:read",
        ),
    ],
    ids=["failing", "hanging", "flapping"],
)
@contained
async def test_exit_code_zero_is_not_success_when_a_check_does_not_hold(world: World, check: object) -> None:
    runner = await world.build().runner()
    plan = a_plan(
        line_step(1),
        checks=(Check(claim="it is well", script=check),),
        watch=Watch(seconds=2, every_seconds=1),
    )
    order = an_order(plan, await runner.preview(plan))
    flapping = world.files / "flap"
    flapping.touch()

    def told(report: StepReport) -> None:
        if report.state is StepState.DONE and not report.is_undo:
            asyncio.get_running_loop().call_later(0.9, lambda: flapping.unlink(missing_ok=True))

    report = await runner.execute(order, plan, told=told)

    assert report.state is RunState.ROLLED_BACK
    assert "it is well" in report.say
    assert lines(world) in ([], ["flap"])


@pytest.mark.proves("E7")
@contained
async def test_a_step_cannot_change_what_checks_it(world: World) -> None:
    runner = await world.build().runner()
    tamper = bash(
        "for f in /inputs/* /tools/*; do echo 'exit 0' > $f && exit 9; rm -f $f && exit 9; done; exit 0"
    )
    plan = a_plan(line_step(1, run=tamper, undo=None, undo_check=None))
    order = an_order(plan, await runner.preview(plan))

    report = await runner.execute(order, plan)

    assert report.state is RunState.ROLLED_BACK
    assert "its check does not hold" in report.say


@pytest.mark.proves("E5")
@contained
async def test_stop_ends_daemons_too_and_says_how_far_it_came(world: World) -> None:
    runner = await world.build().runner()
    daemon = bash("setsid nohup bash -c 'sleep 987' & disown; sleep 987", "landing:write", timeout=900)
    plan = a_plan(line_step(1), line_step(2, run=daemon, is_previewable=False))
    order = an_order(plan, await runner.preview(plan))
    running = asyncio.ensure_future(runner.execute(order, plan))
    await until(lambda: len(_sleepers()) >= 2)

    stopped = await runner.stop(order.order.id)
    report = await running

    assert stopped is not None
    assert (stopped.step, stopped.state, _sleepers()) == (2, StepState.CANCELLED, [])
    assert (report.state, lines(world)) == (RunState.ROLLED_BACK, [])
    assert [s.state for s in report.steps][:2] == [StepState.DONE, StepState.CANCELLED]


@pytest.mark.proves("E5")
@contained
async def test_a_step_that_takes_too_long_is_ended_and_undone(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1, run=bash("setsid sleep 988 & sleep 988", timeout=1), is_previewable=False))
    order = an_order(plan, await runner.preview(plan))

    report = await runner.execute(order, plan)

    assert [s.state for s in report.steps][:1] == [StepState.TIMED_OUT]
    assert (report.state, _sleepers("988")) == (RunState.ROLLED_BACK, [])


@pytest.mark.proves("E5")
@contained
async def test_cancelling_the_call_ends_the_script_before_it_returns(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1, run=bash("sleep 989", timeout=900), is_previewable=False))
    order = an_order(plan, await runner.preview(plan))
    running = asyncio.ensure_future(runner.execute(order, plan))
    await until(lambda: _sleepers("989"))

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    left = _sleepers("989")
    again = await runner.execute(order, plan)

    assert left == []
    assert (again.steps[0].state, again.state) == (StepState.CANCELLED, RunState.ROLLED_BACK)


@pytest.mark.proves("E9")
@contained
async def test_the_second_plan_on_a_target_waits_and_says_for_whom(world: World) -> None:
    runner = await world.build().runner()
    first = a_plan(
        line_step(1, run=bash("sleep 990", "landing:write", timeout=900), is_previewable=False), title="Mine"
    )
    second = a_plan(line_step(2), id="plan-2", title="Yours")
    order = an_order(first, await runner.preview(first))
    other = an_order(second, await runner.preview(second), nonce="b" * 32)
    running = asyncio.ensure_future(runner.execute(order, first))
    await until(lambda: _sleepers("990"))

    waiting = await runner.execute(other, second)
    await runner.stop(order.order.id)
    await running
    after = await runner.execute(other, second)

    assert (waiting.state, "“Mine”" in waiting.say) == (RunState.BUSY, True)
    assert (after.state, lines(world)) == (RunState.VERIFIED, ["line-2"])


@pytest.mark.proves("E8")
@contained
async def test_a_world_that_changed_since_the_yes_needs_another_yes(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    order = an_order(plan, await runner.preview(plan))
    (world.files / "line-2").write_text("somebody else's")

    report = await runner.execute(order, plan)
    with pytest.raises(OrderRefused) as refused:
        await runner.execute(order, plan)

    assert (report.state, lines(world)) == (RunState.REFUSED, ["line-2"])
    assert "somebody else's" in report.say
    assert refused.value.refusal is Refusal.USED


@pytest.mark.proves("E8")
@contained
async def test_a_dry_run_of_the_same_world_has_the_same_digest(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()

    digests = {(await runner.preview(plan)).effect_digest for _ in range(3)}

    assert len(digests) == 1


@contained
async def test_a_precondition_that_does_not_hold_starts_nothing(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(preconditions=(Check(claim="the file is there", script=bash("echo missing >&2; exit 1")),))
    order = an_order(plan, await runner.preview(a_plan()))

    with pytest.raises(PreviewFailed) as told:
        await runner.preview(plan)
    report = await runner.execute(order, plan)

    assert "can't start as things are: “the file is there” does not hold: missing" in told.value.say
    assert (report.state, lines(world)) == (RunState.REFUSED, [])
    assert "the file is there" in report.say


@contained
async def test_a_person_may_leave_what_was_done_when_the_plan_says_so(world: World) -> None:
    runner = await world.build().runner()
    slow = line_step(2, run=bash("sleep 991", timeout=900), is_previewable=False)
    plan = a_plan(line_step(1), slow, rolls_back_on_stop=False)
    order = an_order(plan, await runner.preview(plan))
    running = asyncio.ensure_future(runner.execute(order, plan))
    await until(lambda: _sleepers("991"))

    await runner.stop(order.order.id)
    report = await running

    assert (report.state, lines(world)) == (RunState.STOPPED, ["line-1"])


def test_the_executor_takes_a_verified_order_and_nothing_else() -> None:
    import inspect

    parameter = inspect.signature(Executor.carry_out).parameters["order"]

    assert parameter.annotation.__name__ == "VerifiedOrder"


def _sleepers(seconds: str = "987") -> list[str]:
    import pathlib

    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            is_ours = bool(words) and entry.stat().st_uid == __import__("os").getuid()
        except OSError:
            continue
        if is_ours and words[:2] == [b"sleep", seconds.encode()]:
            found.append(entry.name)
    return found
