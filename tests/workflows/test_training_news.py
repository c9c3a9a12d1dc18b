"""Operators hear once that trainings fail, and once that they work again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowFailureError

from activities.training import Training
from activities.training_news import TrainingNews
from domain.errors import BadInput
from domain.ports.forecaster import Trainer, TrainingReport
from domain.stories import StoryCall, StoryKind
from tests.workflows.house import server
from tests.workflows.watch_house import PLACE, WatchHouse, watch_workers
from workflows import names
from workflows.gateway import WorkflowGateway


@dataclass
class _TrainsLater:
    """A trainer whose folder can't be written at first."""

    then: Trainer
    is_broken: bool = True

    def train(self, now: datetime, beat: Callable[[str], None]) -> TrainingReport:
        """Train, or say what is wrong."""
        if self.is_broken:
            raise BadInput("the folder of models can't be written", say="The folder can't be written.")
        return self.then.train(now, beat)

    def drift(self, now: datetime) -> str:
        """Return nothing: nothing has moved."""
        return ""


async def test_operators_hear_once_of_failed_trainings_and_once_of_the_next_that_works(
    tmp_path: Path,
) -> None:
    house = WatchHouse(tmp_path)
    trains = _TrainsLater(house.training._trainer)
    house.training = Training(
        trains,
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        keep=timedelta(days=400),
        news=TrainingNews((PLACE,), lambda title, text, called=(): f"{title}: {text}"),
    )

    async with server() as environment:
        with environment.with_time_skipping_disabled():
            async with watch_workers(environment.client, house):
                for is_broken in (True, True, False, False):
                    trains.is_broken = is_broken
                    await _trained(environment.client, house, fails=is_broken)

    told = _told(house)
    assert [said.partition(":")[0] for said in told] == ["Training failed", "Training works again"]
    assert "(train: BadInput)" in told[0]


async def _trained(client: Client, house: WatchHouse, *, fails: bool) -> None:
    async def connect() -> Client:
        return client

    call = StoryCall(key="k", kind=StoryKind.TRAINING, subject_id="failures", at=house.clock.now())
    await WorkflowGateway(connect).deliver(call)
    handle = client.get_workflow_handle(names.training_id("failures"))
    if fails:
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    else:
        await handle.result()


def _told(house: WatchHouse) -> list[str]:
    with house.stores.database.reading() as connection:
        rows = connection.execute(
            text("SELECT card_json FROM postings WHERE key LIKE 'training#%' ORDER BY created_at")
        )
        return [str(card) for (card,) in rows]
