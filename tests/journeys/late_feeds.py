"""Feeds with an hourly history that a journey lets be late, and a look at what the house keeps of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.stories import StoryCall, StoryKind
from domain.watch.alerts import Alert
from domain.watch.watching import Threshold
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, SystemClock, open_stores
from storage.run_intake import SqlRunIntake
from tests.journeys.house import House, wait_until

_DESK = TeamId("desk")


class LateFeeds:
    """What a scheduler reports, straight into the house's store."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._runs: dict[str, int] = {}

    def know(self, *names: str) -> None:
        """Put feeds under watch, each with five days of good hourly runs, allowed to alert."""
        now = self._stores.clock.now()
        # Due half a day from now, so that none is late by itself, whatever the hour.
        daily = Schedule(Rhythm.DAILY, at_minute=(now.hour + 12) % 24 * 60)
        with self._stores.transactions.writing() as uow:
            uow.watched.keep([Feed(FeedName(name), _DESK, daily) for name in names], now)
            for name in names:
                uow.runs.add_history(_history(FeedName(name), now), now)
            # They were told of as they ran: a feed that is first heard of later is read anew only in a while.
            uow.watched.hear({FeedName(name): now - timedelta(days=5) for name in names})
            told = [Threshold(FeedName(name), _DESK, 0.45, 5, 5, True) for name in names]
            uow.watched.set_thresholds(told, now)

    def begin(self, *names: str) -> None:
        """Report runs that have lasted twice as long as any before."""
        begun = datetime.now(UTC) - timedelta(minutes=12)
        for name in names:
            self._runs[name] = self._runs.get(name, 0) + 1
            self._report(name, Outcome.RUNNING, scheduled_at=begun, started_at=begun)

    def end(self, name: str, outcome: Outcome) -> None:
        """Report the end of the run that was begun last."""
        self._report(name, outcome, finished_at=datetime.now(UTC))

    def alerts(self, name: str) -> list[Alert]:
        """Return the open alerts of a feed."""
        with self._stores.transactions.reading() as uow:
            return [alert for alert in uow.alerts.every_open() if alert.root == name]

    def as_if(self, name: str, **facts: object) -> None:
        """Change what is known of a feed's open alert, as passing time would, and let its story look."""
        with self._stores.transactions.writing() as uow:
            (alert,) = [one for one in uow.alerts.every_open() if one.root == name]
            uow.alerts.save(alert.model_copy(update=facts))
            now = datetime.now(UTC)
            key = f"journey/{alert.id}@{now.timestamp()}"
            uow.stories.add(StoryCall(key=key, kind=StoryKind.ALERT, subject_id=alert.id, at=now))

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something."""
        wait_until(is_so, 60)

    def _report(self, name: str, outcome: Outcome, **facts: object) -> None:
        run = RunId(f"{name}-{self._runs[name]}")
        told = {"feed": FeedName(name), "run": run, "seen_at": datetime.now(UTC), "outcome": outcome, **facts}
        event = RunEvent(Run(**told), source="test", dialect="json")  # type: ignore[arg-type]
        SqlRunIntake(self._stores.transactions, SystemClock()).take([event])


@contextmanager
def store_of(running: House) -> Iterator[Stores]:
    """Open the store of a running house beside it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DOGWATCH_")]:
            patch.delenv(name)
        stores = open_stores(Settings(data_dir=running.data))
    try:
        yield stores
    finally:
        stores.database.close()


@contextmanager
def late_feeds(running: House) -> Iterator[LateFeeds]:
    """Open the feeds of a running house."""
    with store_of(running) as stores:
        yield LateFeeds(stores)


def _history(name: FeedName, now: datetime) -> list[Run]:
    found = []
    for hour in range(1, 120):
        due = now - timedelta(hours=hour)
        end = due + timedelta(minutes=4 + hour % 3)
        found.append(Run(name, RunId(f"h{hour}"), end, Outcome.OK, due, due, end, rows_written=1_000))
    return found
