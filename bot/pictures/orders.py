"""What is to be drawn."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.feed_health import FeedPage, ScoreRow


class Chart(StrEnum):
    """Which chart."""

    FEED = "feed"
    QUALITY = "quality"
    RELIABILITY = "reliability"


class Order(BaseModel):
    """One chart with its data."""

    model_config = ConfigDict(frozen=True)

    chart: Chart
    page: FeedPage | None = None
    row: ScoreRow | None = None
