"""What is out of the ordinary in the series that runs make: duration, rows, rejected share, warnings."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.clock.wall_clock import clock_in, local
from domain.ids import FeedName
from domain.watch.predictions import Reason

_A_WEEK = timedelta(days=6)
_PRESENT = {"took": "take", "brought": "bring", "rejected": "reject", "logged": "log"}


class Series(StrEnum):
    """One figure of each run."""

    DURATION = "duration"
    ROWS = "rows"
    REJECTED = "rejected"
    WARNINGS = "warnings"


class OddPoint(BaseModel):
    """A run whose figure went beyond the feed's own habits, or the first of those that have stayed unusual.

    Attributes:
        at: When the run ended.
        times: Its figure over the usual one; below 1 where it is less.
    """

    model_config = ConfigDict(frozen=True)

    series: Series
    at: datetime
    times: float

    @property
    def fact(self) -> str:
        """Return it in words and numbers."""
        more, less = self.times, 1.0 / max(self.times, 1e-6)
        return {
            Series.DURATION: f"took {more:.1f} times its usual time"
            if more >= 1.0
            else f"took {less:.1f} times less than its usual time",
            Series.ROWS: f"brought {more:.1f} times more rows than usual"
            if more >= 1.0
            else f"brought {less:.1f} times fewer rows than usual",
            Series.REJECTED: f"rejected {more:.1f} times more rows than usual",
            Series.WARNINGS: f"logged {more:.1f} times more warnings than usual",
        }[self.series]


class FeedOddities(BaseModel):
    """What is unusual of one feed.

    Attributes:
        until: When the newest run that was looked at ended.
        points: Runs that went beyond the feed's habits, oldest first.
        lasting: What has been unusual ever since a run that broke a record, one at most a series.
    """

    model_config = ConfigDict(frozen=True)

    feed: FeedName
    until: datetime
    points: tuple[OddPoint, ...] = ()
    lasting: tuple[OddPoint, ...] = ()

    def reasons(self, zone: str, now: datetime) -> tuple[Reason, ...]:
        """Return what lasts, as people should know it beside an estimate; it moves no probability."""
        return tuple(
            Reason(f"its runs {_now(one)} since {_since(one.at, zone, now)}", 0.0) for one in self.lasting
        )


def _now(one: OddPoint) -> str:
    past, _, rest = one.fact.partition(" ")
    return f"{_PRESENT[past]} {rest}".replace("its usual", "their usual")


def _since(at: datetime, zone: str, now: datetime) -> str:
    if now - at > _A_WEEK:
        return f"{local(zone, at):%d %b}"
    return f"{local(zone, at):%A} {clock_in(zone, at)}"
