"""A database that is away for a while ends no story, and a fault of our own ends in words, not in silence."""

import asyncio
import dataclasses
import json
import threading
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
from domain.configuration.changes import ChangeState, Proposal
from domain.errors import OutsideTrouble
from domain.ports.language_model import ModelReply, ModelRequest
from domain.ports.transactions import Opening, UnitOfWork
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.sample_reader import ChildSampleReader
from storage.unit_of_work import SqlTransactions
from tests.workflows.house import Desk, server, workers
from workflows import names
from workflows.onboarding import OnboardingWorkflow

ANSWERS = {"feed": "fx_trades", "owner_team": "market-data"}


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


class SlowModel:
    """A model that answers when it is let."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.askers: list[str] = []

    def complete(self, request: ModelRequest) -> ModelReply:
        """Describe one column, at last."""
        self.askers.append(request.on_behalf_of)
        assert self.may_answer.wait(60)
        said = {"columns": [{"name": "amount", "description": "What was paid"}]}
        return ModelReply(text=json.dumps(said), model="slow")


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


def _with_model(desk: Desk, model: SlowModel) -> Configuring:
    reviews = LocalReviews(desk.folder / "c.git", gate=lambda *_: None)
    return Configuring(
        ChildSampleReader(),
        EngineConfigurator(reviews, "production", model),
        desk.blobs,
        reading=desk.transactions.reading,
        writing=desk.transactions.writing,
        clock=desk.clock,
        wake=lambda: None,
    )


def _proposal(desk: Desk) -> Proposal:
    return Proposal.model_validate_json(desk.blobs.get(desk.change().proposal))


async def test_a_person_who_has_answered_waits_for_no_model_and_is_told_so(desk: Desk) -> None:
    ref, model = ChangeRef(id=desk.open_change()), SlowModel()
    configuring = _with_model(desk, model)

    reading = asyncio.create_task(asyncio.to_thread(configuring.read_sample, ref))
    await desk.until_state(ChangeState.ASKING)
    assert not reading.done(), "it asks while the person answers"
    desk.move(ref.id, answers=ANSWERS, state=ChangeState.BUILDING, revision=1)
    await asyncio.wait_for(reading, 30)
    configuring.build(ref)

    assert not model.may_answer.is_set()
    assert "had not answered" in _proposal(desk).summary[-1]
    model.may_answer.set()


async def test_what_a_model_says_in_time_describes_the_columns(desk: Desk) -> None:
    ref, model = ChangeRef(id=desk.open_change()), SlowModel()
    configuring = _with_model(desk, model)
    model.may_answer.set()

    await asyncio.to_thread(configuring.read_sample, ref)
    desk.move(ref.id, answers=ANSWERS, state=ChangeState.BUILDING, revision=1)
    configuring.build(ref)

    assert "What was paid (guess)" in _proposal(desk).yaml
    assert model.askers == ["sam"], "what it costs is theirs who dropped the sample"
