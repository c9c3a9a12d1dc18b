"""A house at half past six in the morning: a feed that loads, and a clock that tests set."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from activities.watching import WatchRef
from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert
from domain.watch.feed_health import Light
from domain.watch.verdicts import Word
from domain.watch.watching import Estimate, Threshold
from storage.feed_health import SqlFeedHealth
from storage.stores.words_store import SqlWords
from tests.workflows.watch_house import WatchHouse

DESK = TeamId("desk")
LOAD = FeedName("gold_load")
SIX_THIRTY = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""A Tuesday."""


@dataclass
class FixedClock:
    """Shows what it is set to."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment."""
        return self.at


class Dawn(WatchHouse):
    """A house whose clock a test sets."""

    def at(self, minutes: float) -> datetime:
        """Move to so many minutes after half past six, and let a sweep take place."""
        self.clock.at = SIX_THIRTY + timedelta(minutes=minutes)  # type: ignore[attr-defined]
        self.watching.sweep(WatchRef())
        return self.clock.now()

    def know(self, schedule: Schedule, *, every: timedelta = timedelta(days=1), runs: int = 30) -> None:
        """Watch a feed whose runs took five minutes and came when they were due, until half past six."""
        past = [a_run(SIX_THIRTY - every * back) for back in range(runs, 0, -1)]
        with self.transactions.writing() as uow:
            uow.watched.keep([Feed(LOAD, DESK, schedule)], SIX_THIRTY - timedelta(days=90))
            uow.runs.add_history(past, SIX_THIRTY)
            uow.watched.set_thresholds([Threshold(LOAD, DESK, 0.4, 5, 5, True)], SIX_THIRTY)

    def told(self) -> Estimate:
        """Return what a new engine says now."""
        swept = self.forecaster().sweep(self.clock.now())
        return next(one for one in swept.estimates if one.name == LOAD)

    def open_alerts(self) -> list[Alert]:
        """Return the open alerts of the feed."""
        return [alert for alert in super().open_alerts() if alert.root == LOAD]

    def words(self) -> list[Word]:
        """Return what stands above the reports of the last days."""
        with self.stores.database.reading() as connection:
            return list(SqlWords(connection).since(SIX_THIRTY - timedelta(days=3)))

    def light(self) -> tuple[Light, str]:
        """Return what people see."""
        shown = {one.name: one for one in SqlFeedHealth(self.stores.database).every()}[LOAD]
        return shown.state, shown.why


def a_run(due: datetime, *, late: float = 0.0, outcome: Outcome = Outcome.OK) -> Run:
    begun = due + timedelta(minutes=late)
    end = begun + timedelta(minutes=5)
    return Run(LOAD, RunId(f"{due:%d%H%M}"), end, outcome, due, begun, end, rows_written=1_000)


DAILY = Schedule(Rhythm.DAILY, at_minute=390)
