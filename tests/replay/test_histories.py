"""Every stored history replays on the code of today: an open story goes on after an upgrade."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workflows.registry import FRONT_WORKFLOWS, RUNNER

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def test_every_story_has_a_history() -> None:
    kept = {path.name.split("-")[0] for path in HISTORIES}

    assert kept == {workflow.__name__.removesuffix("Workflow").lower() for workflow in FRONT_WORKFLOWS}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_history_replays(path: Path) -> None:
    history = WorkflowHistory.from_json(f"replay/{path.stem}", path.read_text())  # noqa: ASYNC240  a small file
    replayer = Replayer(
        workflows=list(FRONT_WORKFLOWS), workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )

    await replayer.replay_workflow(history)
