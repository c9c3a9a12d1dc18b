"""From the telling report to the card, the acknowledgement, and what became of it; in a running house."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.feeds import Feed, Rhythm, Schedule
from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.runs import Outcome, Run
from domain.watching import Threshold
from runtime.settings import Settings
from runtime.wiring.stores import Stores, SystemClock, open_stores
from storage.run_intake import SqlRunIntake
from tests.journeys.house import House, house
from tests.journeys.visitor import Visitor, words

FX = FeedName("fx_trades")

pytestmark = pytest.mark.timeout(240)


def _history(now: datetime) -> list[Run]:
    found = []
    for hour in range(1, 120):
        due = now - timedelta(hours=hour)
        end = due + timedelta(minutes=4 + hour % 3)
        found.append(Run(FX, RunId(f"h{hour}"), end, Outcome.OK, due, due, end, rows_written=1_000))
    return found


def _stores(running: House) -> Stores:
    settings = Settings(data_dir=running.data)
    stores = open_stores(settings)
    now = stores.clock.now()
    # Due half a day from now, so that it is not late by itself, whatever the hour.
    daily = Schedule(Rhythm.DAILY, at_minute=(now.hour + 12) % 24 * 60)
    with stores.transactions.writing() as uow:
        uow.watched.keep([Feed(FX, TeamId("desk"), daily)], now)
        uow.runs.add_history(_history(now), now)
        uow.watched.set_thresholds([Threshold(FX, TeamId("desk"), 0.45, 5, 5, True)], now)
    return stores


def _report(stores: Stores, outcome: Outcome, run: str = "now", **facts: object) -> None:
    told = {"feed": FX, "run": RunId(run), "seen_at": datetime.now(UTC), "outcome": outcome, **facts}
    event = RunEvent(Run(**told), source="test", dialect="json")  # type: ignore[arg-type]
    SqlRunIntake(stores.transactions, SystemClock()).take([event])


@pytest.mark.proves("F2", "F3")
def test_a_late_run_is_told_acknowledged_and_back_on_track_and_the_next_one_happens(tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DOGWATCH_")]:
        os.environ.pop(name)
    with house(tmp_path / "data") as running:
        stores = _stores(running)
        erin = Visitor(running.url, "erin")
        begun = datetime.now(UTC) - timedelta(minutes=12)
        _report(stores, Outcome.RUNNING, scheduled_at=begun, started_at=begun)

        card = erin.wait_for("data-feeds", "such time is on record", seconds=90)
        assert "usual time" in words(card)
        answer = erin.press(card, "Acknowledge")
        assert "You have the alert" in words(answer["whispers"][0])
        erin.wait_for("data-feeds", "has it")

        _report(stores, Outcome.OK, finished_at=datetime.now(UTC))
        erin.wait_for("data-feeds", "back on track")
        posted = running.rows("SELECT count(*) FROM postings WHERE view = 'alert'")
        assert posted == [(1,)]

        again = datetime.now(UTC) - timedelta(minutes=12)
        _report(stores, Outcome.RUNNING, "next", started_at=again)
        erin.wait_for("data-feeds", "About")
        _report(stores, Outcome.FAILED, "next", finished_at=datetime.now(UTC))
        erin.wait_for("data-feeds", "It happened")

        erin.say("data-feeds", "feed fx_trades")
        shown = erin.wait_for("data-feeds", "its last run failed", thread=_newest_thread(erin), seconds=60)
        assert "/pictures/" in shown["html"]
        stores.database.close()


def _newest_thread(visitor: Visitor) -> str:
    return str(visitor.messages("data-feeds")[-1]["id"])
