"""A database that is away for a while ends no story, and a fault of our own ends in words, not in silence."""

import dataclasses
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities import policies
from activities.configuring import ChangeRef, Configuring
from config_gen.local_reviews import LocalReviews
from domain.changes import ChangeState
from domain.errors import OutsideTrouble
from domain.ports.transactions import Opening, UnitOfWork
from runtime.wiring.configurator import ChildSampleReader, EngineConfigurator
from storage.unit_of_work import SqlTransactions
from tests.workflows.house import Desk, server, workers
from workflows import names
from workflows.onboarding import OnboardingWorkflow


class Away:
    """Transactions of a database that is away at first."""

    def __init__(self, opening: Opening, times: int) -> None:
        self.opening, self.left = opening, times

    def __call__(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction, or be away."""
        if self.left:
            self.left -= 1
            raise OutsideTrouble("database: away", say="My database did not answer.")
        return self.opening()


class BrokenReader(ChildSampleReader):
    """A reader with a fault of our own."""

    def profile(self, files: Any, sheet: str = "") -> Any:
        """Fail."""
        raise ValueError("a fault of our own")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


@pytest.mark.proves("E12")
async def test_a_story_outlives_a_database_that_is_away_when_it_looks(desk: Desk) -> None:
    change, real = desk.open_change(), desk.transactions
    away = Away(real.reading, times=5)
    desk.transactions = cast(SqlTransactions, SimpleNamespace(reading=away, writing=real.writing))
    async with server() as environment, workers(environment.client, desk):
        desk.transactions = real
        await environment.client.start_workflow(
            OnboardingWorkflow.run,
            ChangeRef(id=change),
            id=names.onboarding_id(change),
            task_queue=names.FRONT_QUEUE,
        )

        await desk.until_state(ChangeState.ASKING)

    assert away.left == 0


def _read(desk: Desk, change: str, attempt: int) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    configuring = Configuring(
        BrokenReader(),
        EngineConfigurator(LocalReviews(desk.folder / "c.git", gate=lambda *_: None), "production"),
        desk.blobs,
        reading=desk.transactions.reading,
        writing=desk.transactions.writing,
        clock=desk.clock,
        wake=lambda: None,
    )
    environment.run(configuring.read_sample, ChangeRef(id=change))


def test_a_sample_that_our_own_code_fails_on_again_and_again_is_answered(desk: Desk) -> None:
    change = desk.open_change()
    with pytest.raises(ValueError, match="fault"):
        _read(desk, change, policies.SAMPLE_TRIES - 1)
    assert desk.change().state is ChangeState.READING

    _read(desk, change, policies.SAMPLE_TRIES)

    assert desk.change().state is ChangeState.UNREADABLE
    assert "wrong on my side" in desk.change().sentence
