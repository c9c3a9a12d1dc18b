"""What is to be drawn."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.watch.feed_health import FeedPage, ScoreRow, TimelineEntry

MOST_LANES = 12


class Chart(StrEnum):
    """Which chart."""

    FEED = "feed"
    QUALITY = "quality"
    RELIABILITY = "reliability"
    AHEAD = "ahead"


class Order(BaseModel):
    """One chart with its data."""

    model_config = ConfigDict(frozen=True)

    chart: Chart
    page: FeedPage | None = None
    row: ScoreRow | None = None
    ahead: tuple[TimelineEntry, ...] = ()
    now: datetime | None = None
