"""An estimate that counts lateness: its chance, and the record of such estimates."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.predictions import Prediction, SuchMornings
from predictors.timeliness.late_reasons import with_lateness
from tests.predictors.test_late_law import _owed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEED = Feed(FeedName("fx_trades"), TeamId("desk"), Schedule(Rhythm.DAILY))


def _record(probability: float) -> tuple[int, int]:
    return round(100 * probability), 100


@pytest.mark.parametrize(("late", "record"), [(0.81, (81, 100)), (0.01, (0, 29_000))])
def test_the_record_is_that_of_the_estimate_that_is_told(late: float, record: tuple[int, int]) -> None:
    failing = Prediction(
        FEED.name, NOW, ((30, 0.01), (45, 0.01), (60, 0.02)), None, (), SuchMornings(0, 29_000), "m1"
    )
    at = np.array([NOW.timestamp()])

    told = with_lateness(failing, FEED, _owed(at, at + 1_800.0), 0, (late / 2, late, late), _record)

    assert told.probability == max(late, 0.02)
    assert (told.record.wrong, told.record.asked) == record


@pytest.mark.parametrize(
    ("hides", "said"),
    [
        (False, "its 11:50 UTC run should have started 10 minutes ago, and counts as late at 12:30 UTC"),
        (
            True,
            "its 11:50 UTC run was due 10 minutes ago, no end was told, and it counts as late at 12:30 UTC",
        ),
    ],
)
def test_nobody_says_that_a_run_has_not_started_whose_start_nobody_would_tell(hides: bool, said: str) -> None:
    calm = Prediction(
        FEED.name, NOW, ((30, 0.01), (45, 0.01), (60, 0.02)), None, (), SuchMornings(0, 29_000), "m1"
    )
    at = np.array([NOW.timestamp()])
    owed = replace(_owed(at, at + 1_800.0, running=False), hides=np.array([hides]))

    told = with_lateness(calm, FEED, owed, 0, (0.2, 0.4, 0.4))

    assert told.reasons[0].fact == said
