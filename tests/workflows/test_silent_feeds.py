"""Feeds of which nothing comes any more: watched for a while, and then no more."""

from datetime import datetime, timedelta
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.training import TrainingRef
from domain.configuration.changes import FeedEntry
from domain.ids import FeedName, RunId
from domain.ports.run_intake import RunEvent
from domain.running.runs import Outcome, Run
from storage.feed_health import SqlFeedHealth
from tests.workflows.watch_house import FX, WatchHouse


def test_a_feed_that_nobody_named_and_that_has_stopped_is_watched_no_more(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    now = house.clock.now()
    gone, named, quarterly, imported = (FeedName(name) for name in ("gone", "named", "quarterly", "imported"))

    def run(feed: FeedName, days: int) -> Run:
        at = now - timedelta(days=days)
        return Run(feed, RunId("r"), at, Outcome.OK, finished_at=at)

    with house.transactions.writing() as uow:
        uow.watched.begin([gone, named, quarterly], now - timedelta(days=130))
        uow.feeds.save(FeedEntry(name=named, updated_at=now))
        uow.runs.add_history([run(gone, 125), run(quarterly, 100), run(imported, 300)], now)

    ActivityEnvironment().run(house.training.learn_calendars, TrainingRef())

    with house.transactions.reading() as uow:
        assert uow.watched.names() & {gone, named, quarterly, imported} == {named, quarterly, imported}
    (line,) = [one for one in SqlFeedHealth(house.stores.database).scorecard().log if one.subject == gone]
    assert "watched no more" in line.sentence
    house.report(Outcome.OK, feed=gone, finished_at=now)
    with house.transactions.reading() as uow:
        assert gone in uow.watched.names(), "its next report begins anew"


def test_the_end_of_a_run_does_not_bring_back_a_feed_that_was_taken_away_meanwhile(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    now = house.clock.now()

    def told(run: str, outcome: Outcome, **facts: datetime) -> None:
        found = Run(FX, RunId(run), now, outcome, started_at=now - timedelta(minutes=5), **facts)
        house.intake.take([RunEvent(found, source="test", dialect="json")])

    told("under-way", Outcome.RUNNING)
    with house.transactions.writing() as uow:
        uow.watched.end(FX)
    told("under-way", Outcome.OK, finished_at=now)
    with house.transactions.reading() as uow:
        after_its_end = FX in uow.watched.names()
    told("the-next-one", Outcome.RUNNING)

    assert not after_its_end
    with house.transactions.reading() as uow:
        assert FX in uow.watched.names()
