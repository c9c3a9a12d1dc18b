"""What is out of the ordinary in a feed's runs reaches people: as a reason, and as a mark on its page."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ids import RunId
from domain.running.feeds import Feed
from domain.watch.oddities import Series
from storage.feed_health import SqlFeedHealth
from tests.runtime.dawn import DAILY, DESK, LOAD, SIX_THIRTY, Dawn, FixedClock, a_run


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    return Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]


def test_rows_that_stay_away_are_a_reason_and_marked_on_the_feeds_page(dawn: Dawn) -> None:
    past = [a_run(SIX_THIRTY - timedelta(days=back)) for back in range(70, 0, -1)]
    runs = [
        replace(run, run=RunId(f"r{place}"), rows_written=1_000 + 40 * (place % 5))
        for place, run in enumerate(past)
    ]
    runs[-2:] = [replace(run, rows_written=250) for run in runs[-2:]]
    with dawn.transactions.writing() as uow:
        uow.watched.keep([Feed(LOAD, DESK, DAILY)], SIX_THIRTY - timedelta(days=90))
        uow.runs.add_history(runs, SIX_THIRTY)

    dawn.at(-30)

    reasons = [reason.fact for reason in dawn.told().prediction.reasons]
    page = SqlFeedHealth(dawn.stores.database).one(LOAD)
    assert reasons[-1] == "its runs bring 4.3 times fewer rows than usual since Sunday 06:35 UTC"
    assert page is not None
    assert page.odd[-1].series is Series.ROWS
    assert page.health.reasons[-1] == reasons[-1]
