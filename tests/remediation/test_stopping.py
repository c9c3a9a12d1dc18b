"""Stop means that nothing begins any more: before the first step, and while no runner was there."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from activities.running import Running
from domain.remediation.parcels import OrderParcel, RunAnswer
from domain.remediation.plans import plan_bytes
from domain.remediation.run_reports import RunState
from remediation.journal import Act, Place
from tests.remediation.contained import contained
from tests.remediation.plans import a_plan, an_order
from tests.remediation.test_executor import lines
from tests.remediation.world import World

pytestmark = [pytest.mark.proves("A16"), pytest.mark.usefixtures("on_any_word")]


@pytest.mark.proves("E5")
@contained
async def test_a_stop_before_the_first_step_lets_none_begin(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    order = an_order(plan, await runner.preview(plan))
    running = asyncio.ensure_future(runner.execute(order, plan))
    await asyncio.sleep(0)  # it looks at the world once more now

    stopped = await runner.stop(order.order.id)
    report = await running

    assert stopped is not None
    assert (report.state, lines(world)) == (RunState.STOPPED, [])
    assert report.say == "Stopped before its first step; nothing was changed."
    assert runner._journal.find(_first(order.order.id)) is not None, "no other process can begin it either"


@pytest.mark.proves("E5")
@contained
async def test_an_order_that_was_stopped_while_no_runner_was_there_begins_nothing(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    order = an_order(plan, await runner.preview(plan))
    parcel = OrderParcel(order=order.model_dump_json(), plan=plan_bytes(plan).decode(), is_stopping=True)

    answer = await ActivityEnvironment().run(Running(runner).execute, parcel)

    assert isinstance(answer, RunAnswer)
    assert (answer.report.state, lines(world)) == (RunState.STOPPED, [])
    assert await runner.stop(order.order.id) is None, "it is over"


def _first(order_id: str) -> Place:
    return Place(order_id, 1, Act.DO, 1)
