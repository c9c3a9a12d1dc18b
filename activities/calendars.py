"""Read calendars and lineage off what feeds report, and say in words what was learned."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from domain.configuration.changes import FeedEntry
from domain.counting import counted
from domain.ports.transactions import Opening
from domain.running.calendar_learning import learned_schedule
from domain.running.cron_calendar import configured_calendar
from domain.running.feeds import UNKNOWN_SCHEDULE, Feed, Rhythm, Schedule

_RUNS_FOR_A_CALENDAR = 60
_FEEDS_AT_ONCE = 200
_WORDS = {
    Rhythm.INTERVAL: "several times a day",
    Rhythm.DAILY: "daily",
    Rhythm.WEEKLY: "weekly",
    Rhythm.MONTHLY: "on a date of the month",
    Rhythm.MONTH_END: "at the end of the month",
}


@dataclass(frozen=True)
class Learned:
    """What was read off the runs: calendars that are new or moved, and how all of them look now."""

    changed: int
    rhythms: Counter[Rhythm]
    unknown: int
    irregular: int
    with_upstreams: int

    def sentence(self) -> str:
        """Return it in words."""
        told = ", ".join(f"{count:,} {_WORDS[rhythm]}" for rhythm, count in self.rhythms.most_common())
        parts = [
            f"Learned {counted(sum(self.rhythms.values()), 'calendar')} ({told})"
            if told
            else "Learned no calendar"
        ]
        for count, one, many in (
            (self.unknown, "has too few runs to show one", "have too few runs to show one"),
            (
                self.irregular,
                "follows none that I know, so nothing of it is late",
                "follow none that I know, so nothing of them is late",
            ),
            (self.with_upstreams, "reads what others write", "read what others write"),
        ):
            if count:
                parts.append(counted(count, one, many))
        return "; ".join(parts) + "."


def _said(entry: FeedEntry) -> Schedule | None:
    return configured_calendar(entry.schedule) or configured_calendar(entry.facts.expected)


def _as_promised(schedule: Schedule | None, feed: Feed) -> Schedule:
    """Return a calendar with what is configured beside it: when a run is late is never read off the runs."""
    known = feed.schedule
    if schedule is None:
        return known
    if schedule == UNKNOWN_SCHEDULE:
        return schedule
    return replace(
        schedule,
        grace_minutes=known.grace_minutes,
        promised_minute=known.promised_minute,
        promised_zone=known.promised_zone,
    )


def learn_calendars(reading: Opening, writing: Opening, now: datetime) -> Learned:
    """Follow the runs of feeds that nobody configured: their calendars, and whose data they read."""
    with reading() as uow:
        learned = uow.watched.learned()
        watched = {one.feed.name: one.feed for one in uow.watched.every() if one.feed.name in learned}
        upstreams = uow.runs.upstreams()
        said = {one.name: _said(one) for one in uow.feeds.every()}
    names = sorted(watched)
    rhythms: Counter[Rhythm] = Counter()
    changed: list[Feed] = []
    unknown = irregular = 0
    for first in range(0, len(names), _FEEDS_AT_ONCE):
        with reading() as uow:
            runs = {
                name: uow.runs.of_feed(name, _RUNS_FOR_A_CALENDAR)
                for name in names[first : first + _FEEDS_AT_ONCE]
            }
        for name, some in runs.items():
            feed = watched[name]
            times = [at for run in some if (at := run.scheduled_at or run.started_at) is not None]
            # What somebody configured is not read off the runs.
            schedule = said.get(name) or learned_schedule(times)
            unknown += schedule is None
            irregular += schedule == UNKNOWN_SCHEDULE
            if schedule is not None and schedule != UNKNOWN_SCHEDULE:
                rhythms[schedule.rhythm] += 1
            after = replace(
                feed, schedule=_as_promised(schedule, feed), upstreams=upstreams.get(name, feed.upstreams)
            )
            if after != feed:
                changed.append(after)
    with writing() as uow:
        uow.watched.keep(changed, now, is_learned=True)
    return Learned(len(changed), rhythms, unknown, irregular, len(upstreams))
