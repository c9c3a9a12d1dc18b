"""A feed as the watch sees it: who owns it, how much it matters, when it is due, and what it waits for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.clock.wall_clock import clock_in
from domain.ids import FeedName, PersonId, TeamId


class Criticality(StrEnum):
    """What a miss costs the business, from nothing that anybody would notice to a stopped business."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


_DAY_MINUTES = 1_440
_LONGEST_REST_DAYS = 32
_EARLY_START = timedelta(minutes=5)
"""From so long before its due time on a start is that of the due run."""

# How many false alarms one missed failure is worth.
COST_OF_A_MISS = {
    Criticality.LOW: 1.0,
    Criticality.NORMAL: 3.0,
    Criticality.HIGH: 10.0,
    Criticality.CRITICAL: 30.0,
}


class Rhythm(StrEnum):
    """How often a feed runs."""

    INTERVAL = "interval"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MONTH_END = "month_end"


@dataclass(frozen=True)
class Schedule:
    """When a feed is due.

    Attributes:
        rhythm: Interval feeds are due every `every_minutes`; the others at `at_minute` of local time.
        every_minutes: Length of the interval, counted from midnight UTC.
        at_minute: Minute of the local day, 0 to 1439; of an interval that divides the day, minutes by which
            it is shifted against midnight.
        weekdays: Days it runs on, Monday = 0; weekly feeds name one.
        month_day: Day of the month on which a monthly feed runs; months without it have no run.
        zone: IANA name of the local time zone; clock changes move the run with the wall clock.
        grace_minutes: How late it may finish beyond its usual duration before it counts as late.
        promised_minute: Minute of the local day by which readers were promised its data; it counts as late
            from then, whatever is usual. None where nobody promised.
        promised_zone: IANA zone of that time, where it is not `zone`.
    """

    rhythm: Rhythm
    every_minutes: int = 60
    at_minute: int = 0
    weekdays: frozenset[int] = frozenset(range(7))
    zone: str = "UTC"
    grace_minutes: int = 30
    promised_minute: int | None = None
    promised_zone: str = ""
    month_day: int = 1

    @property
    def is_promised(self) -> bool:
        """Return whether readers were promised a time; of a feed that runs many times a day none is told."""
        return self.promised_minute is not None and self.rhythm is not Rhythm.INTERVAL

    @property
    def due_alone(self) -> "Schedule":
        """Return it without what says how late is late."""
        return replace(self, grace_minutes=0, promised_minute=None, promised_zone="")

    @property
    def rests(self) -> bool:
        """Return whether the feed runs on business days."""
        return self.rhythm is Rhythm.DAILY and len(self.weekdays) < 7

    @property
    def shift_minutes(self) -> int:
        """Return by how much an interval is shifted against midnight."""
        return 0 if _DAY_MINUTES % self.every_minutes else self.at_minute % self.every_minutes

    def next_due(self, after: datetime) -> datetime:
        """Return the first due time strictly after a moment, in UTC."""
        if self.rhythm is Rhythm.INTERVAL:
            midnight = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            first = midnight + timedelta(minutes=self.shift_minutes)
            passed = (after - first) // timedelta(minutes=self.every_minutes)
            return first + (passed + 1) * timedelta(minutes=self.every_minutes)
        local_zone = ZoneInfo(self.zone)
        day = after.astimezone(local_zone).date()
        for ahead in range(64):
            date = day + timedelta(days=ahead)
            if not self._runs_on(datetime(date.year, date.month, date.day, tzinfo=UTC)):
                continue
            hour, minute = divmod(self.at_minute, 60)
            local = datetime(date.year, date.month, date.day, hour, minute, tzinfo=local_zone)
            due = local.astimezone(UTC)
            if due > after:
                return due
        return after + timedelta(days=64)

    def promised_after(
        self, due: datetime, is_free: Callable[[date], bool] = lambda day: False
    ) -> datetime | None:
        """Return the promised time that follows a due time, in UTC; None where nobody promised.

        Of a feed that runs on business days only such days count; `is_free` says which others are holidays.
        """
        if self.promised_minute is None or self.rhythm is Rhythm.INTERVAL:
            return None
        zone = ZoneInfo(self.promised_zone or self.zone)
        hour, minute = divmod(self.promised_minute, 60)
        day = due.astimezone(zone).date()
        for ahead in range(_LONGEST_REST_DAYS):
            local = day + timedelta(days=ahead)
            by = datetime(local.year, local.month, local.day, hour, minute, tzinfo=zone).astimezone(UTC)
            if by > due and not (self.rests and (local.weekday() not in self.weekdays or is_free(local))):
                return by
        return None

    def clock(self, moment: datetime) -> str:
        """Return a time of day as people of the schedule's zone read it, with the name of the zone."""
        return clock_in(self.zone, moment)

    def _runs_on(self, date: datetime) -> bool:
        if self.rhythm is Rhythm.MONTH_END:
            return (date + timedelta(days=1)).month != date.month
        if self.rhythm is Rhythm.MONTHLY:
            return date.day == self.month_day
        return date.weekday() in self.weekdays


UNKNOWN_SCHEDULE = Schedule(Rhythm.INTERVAL, every_minutes=_DAY_MINUTES)
"""Until its runs have shown a calendar, a feed is taken to run once a day; nothing is late by it."""


NEVER = Schedule(Rhythm.DAILY, weekdays=frozenset())
"""By which nothing is due: as between an imported history and the first live report."""


@dataclass(frozen=True)
class Feed:
    """One feed under watch; it reads the output of its `upstreams` and writes to its `databases`."""

    name: FeedName
    team: TeamId
    schedule: Schedule
    criticality: Criticality = Criticality.NORMAL
    upstreams: tuple[FeedName, ...] = ()
    source: str = ""
    pool: str = ""
    impact: str = ""
    databases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extension:
    """People gave the runs of a feed that are due by `until` time until then; `plan` is what did it."""

    feed: FeedName
    until: datetime
    given_at: datetime
    by: PersonId
    plan: str = ""


def is_moved(before: Schedule, after: Schedule) -> bool:
    """Return whether a feed is due at other times than before; while its calendar was unknown nothing was."""
    return before != UNKNOWN_SCHEDULE and before.due_alone != after.due_alone


@dataclass(frozen=True)
class ScheduleChange:
    """From `at` on a feed keeps its present schedule; until then it kept `before`."""

    feed: FeedName
    at: datetime
    before: Schedule


def moved_from(before: Schedule, after: Schedule, begun: datetime | None, now: datetime) -> datetime:
    """Return from when on a schedule holds that is agreed on now; `begun` is the start of the newest run.

    A run that was due shortly before and has not begun moves along, while it is within its grace: whoever
    moves a schedule at 06:50 does not want to hear at 07:00 that the run of 06:30 is late. Where the new one
    asks for a run that day that should have come before and has not, the former one stands until now.
    """
    last = begun or datetime.min.replace(tzinfo=UTC)
    due = before.next_due(max(now - timedelta(minutes=before.grace_minutes), last + _EARLY_START))
    if due > now:
        return now
    midnight = due.astimezone(ZoneInfo(after.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    instead = after.next_due(midnight.astimezone(UTC) - timedelta(seconds=1))
    return now if last + _EARLY_START < instead <= due else due
