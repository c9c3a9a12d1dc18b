"""Port: draw what words say worse; away from whoever asks, because drawing takes a second."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.watch.feed_health import FeedPage, ScoreRow, TimelineEntry


class PictureMaker(Protocol):
    """Draws pictures and keeps them where chats can fetch them.

    Every method that draws returns the picture's path below our public address, or an empty string when it
    could not be drawn: a picture is never worth failing an answer for.
    """

    def expect(self) -> None:
        """Get ready: somebody may ask for a picture next, and getting ready takes longer than drawing."""
        ...

    async def of_feed(self, page: FeedPage) -> str:
        """Draw runs with their usual band, estimates against outcomes, and the forecast of the next run."""
        ...

    async def of_quality(self, page: FeedPage) -> str:
        """Draw the scores of deliveries with their forecast."""
        ...

    async def of_scorecard(self, row: ScoreRow) -> str:
        """Draw the reliability diagram."""
        ...

    async def of_hours_ahead(self, entries: Sequence[TimelineEntry], now: datetime) -> str:
        """Draw what is likely to fail next: one lane each, with its deadline and when it should finish."""
        ...
