"""What a morning leaves on the scorecard: the card that people read, its trouble, and the estimates."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from activities.training import TrainingRef
from domain.running.runs import Outcome
from runtime.wiring.watch import training_of
from storage.feed_health import SqlFeedHealth
from tests.runtime.dawn import DAILY, LOAD, SIX_THIRTY, Dawn, FixedClock, a_run


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    return Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]


def test_one_card_and_one_trouble_are_counted_however_many_estimates_were_made(dawn: Dawn) -> None:
    dawn.know(DAILY)
    for minutes in (-30, 0, 25, 31, 36, 61):
        dawn.at(minutes)
        for alert in dawn.open_alerts():
            if alert.announced_at is None:
                told = alert.model_copy(update={"announced_at": dawn.clock.now()})
                with dawn.transactions.writing() as uow:
                    uow.alerts.save(told)
    slow = a_run(SIX_THIRTY, late=70)
    dawn.report(Outcome.OK, LOAD, "slow", started_at=slow.started_at, finished_at=slow.finished_at)
    dawn.at(80)
    dawn.at(300)

    training_of(dawn.settings, replace(dawn.stores, clock=dawn.clock)).review(TrainingRef())

    row = SqlFeedHealth(dawn.stores.database).scorecard().overall
    assert row is not None
    told_ones = row.told
    assert (told_ones.cards, told_ones.right, told_ones.precision) == (1, 1, 1.0)
    assert (told_ones.troubles, told_ones.foretold, told_ones.lead_minutes) == (1, 1, (10.0, 10.0, 10.0))
    assert row.shadow.cards == 0
    assert row.questions > 2
    assert row.came_true >= 2
