"""Change windows: when plans may start, on the clock of the people who live with the consequences."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.clock.wall_clock import first_moment

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD_DAYS = 15


class Window(BaseModel):
    """Hours of some days of the week; an end before the start lies on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Day, ...] = _DAYS
    opens: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    closes: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    time_zone: str = "UTC"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is no time zone") from error
        return name


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """Tell whether a plan may start now; no windows means always."""
    return not windows or any(begin <= now < end for begin, end in _spans(windows, now))


def next_opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """Return when the next window opens, in UTC; now when one is open, None when none comes in two weeks."""
    if is_open(windows, now):
        return now
    return min((begin for begin, _ in _spans(windows, now) if begin > now), default=None)


def _spans(windows: Sequence[Window], now: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the windows are open around now; each end is found on the wall clock of its own zone."""
    spans = []
    for window in windows:
        zone = ZoneInfo(window.time_zone)
        today = now.astimezone(zone).date()
        opens, closes = time.fromisoformat(window.opens), time.fromisoformat(window.closes)
        for ahead in range(-1, _LOOK_AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            if _DAYS[day.weekday()] in window.days:
                last = day if closes > opens else day + timedelta(days=1)
                spans.append((first_moment(day, opens, zone), first_moment(last, closes, zone)))
    return spans
