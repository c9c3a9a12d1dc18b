"""A runner that lacks something when it starts takes work as soon as that is there."""

import asyncio
import json

import pytest

from domain.errors import BadInput
from remediation.runner import RemediationRunner
from remediation.runner_main import RunnerSettings
from runtime.wiring.runner import OffRunner, opened_runner
from tests.remediation.contained import a_room, contained
from tests.remediation.plans import a_plan


@pytest.mark.proves("S1")
@contained
async def test_a_runner_that_is_off_refuses_and_looks_again_until_it_can_stand() -> None:
    with a_room() as room:
        targets = room / "targets.yaml"
        targets.write_text("- kind: [")
        settings = RunnerSettings(
            environment="test",
            audience="runner-test",
            folder=room,
            targets_file=targets,
            credentials_folder=room / "credentials",
            public_keys={},
        )
        runner = await opened_runner(settings)
        assert isinstance(runner, OffRunner)
        with pytest.raises(BadInput, match="targets"):
            await runner.preview(a_plan())
        heard: list[tuple[str, ...]] = []
        on = asyncio.Event()

        def changed(faults: tuple[str, ...]) -> None:
            heard.append(faults)
            on.set()

        keeping = asyncio.ensure_future(runner.keep_testing_walls(changed, pause_seconds=0.05))
        targets.write_text(json.dumps([]))
        await asyncio.wait_for(on.wait(), 120)
        keeping.cancel()

        assert heard[-1] == runner.health() == ()
        assert isinstance(runner._on(), RemediationRunner)
        runner.close()
