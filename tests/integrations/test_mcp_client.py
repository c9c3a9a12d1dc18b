"""Tools of other servers: only those allowed, bounded in time, resting after failures."""

import sys

import pytest

from domain.errors import NotAllowed, NotNow, OutsideTrouble
from integrations.mcp_client import Condition, OutsideServer, OutsideTools


def a_server(code: str = "raise SystemExit(1)", timeout_seconds: float = 10.0) -> OutsideServer:
    return OutsideServer(
        name="peer",
        tools=frozenset({"look"}),
        command=(sys.executable, "-c", code),
        timeout_seconds=timeout_seconds,
    )


@pytest.mark.parametrize(("server", "tool"), [("stranger", "look"), ("peer", "delete_everything")])
async def test_what_is_not_listed_is_never_called(server: str, tool: str) -> None:
    tools = OutsideTools([a_server()])

    with pytest.raises(NotAllowed):
        await tools.call(server, tool, {})

    assert tools.health()[0].condition is Condition.UNTRIED


async def test_a_server_that_dies_is_trouble_and_rests_after_three_failures() -> None:
    clock = [0.0]
    tools = OutsideTools([a_server()], now=lambda: clock[0])

    for _ in range(3):
        with pytest.raises(OutsideTrouble):
            await tools.call("peer", "look", {})
    with pytest.raises(NotNow):
        await tools.call("peer", "look", {})
    resting = tools.health()[0].condition
    clock[0] = 6.0

    with pytest.raises(OutsideTrouble):
        await tools.call("peer", "look", {})
    assert resting is Condition.RESTING


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    tools = OutsideTools([a_server("import time; time.sleep(60)", timeout_seconds=0.5)])

    with pytest.raises(OutsideTrouble):
        await tools.call("peer", "look", {})

    assert tools.health()[0].failures_in_a_row == 1


async def test_probing_names_what_is_wrong() -> None:
    health = await OutsideTools([a_server()]).probe()

    assert health[0].condition is Condition.FAILING
    assert health[0].last_error
