"""Port: read what the watch knows of feeds. Reads only, each call one short transaction of its own.

Every method is blocking (call it in a thread from async code) and quick: under 100 ms with 400 feeds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.running.feed_troubles import FeedTroubles
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, FeedPage, IntakeHealth, ScorecardView, TimelineEntry

A_FEW_HOURS = timedelta(hours=8)


class FeedHealthReader(Protocol):
    """What is to be seen of feeds under watch."""

    def version(self) -> str:
        """Return a short text that changes whenever anything of the below may have; cheap, for live pages."""
        ...

    def every(self) -> Sequence[FeedHealth]:
        """Return all feeds under watch, the most urgent first (light, then probability times cost)."""
        ...

    def one(self, name: str, *, runs: int = 90) -> FeedPage | None:
        """Return everything about a feed, None when it is not under watch."""
        ...

    def timeline(self, now: datetime, ahead: timedelta = A_FEW_HOURS) -> Sequence[TimelineEntry]:
        """Return what is likely to fail in the next hours, in order of time."""
        ...

    def troubles(self, since: datetime, until: datetime) -> Sequence[FeedTroubles]:
        """Return the feeds whose runs ended in trouble in [since, until), the most often first."""
        ...

    def intake(self) -> IntakeHealth:
        """Return what came in and what was refused."""
        ...


class AlertReader(Protocol):
    """Alerts and how good they were."""

    def open_alerts(self, *, with_shadow: bool = False) -> Sequence[Alert]:
        """Return open alerts, the most urgent first."""
        ...

    def alert(self, alert: str) -> Alert | None:
        """Return one alert, open or closed."""
        ...

    def alerts(
        self, *, feed: str = "", team: str = "", limit: int = 100, before: datetime | None = None
    ) -> Sequence[Alert]:
        """Return alerts opened before a moment, the newest first."""
        ...

    def scorecard(self) -> ScorecardView:
        """Return the newest scorecard; empty before the first."""
        ...


class FeedWatch(FeedHealthReader, AlertReader, Protocol):
    """Both together, as one object gives them."""
