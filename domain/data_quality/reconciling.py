"""When a feed owes a comparison with its source, for which day, and as which errand: always the same one."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.data_quality.discrepancies import Discrepancy
from domain.data_quality.publications import Publication
from domain.errands import Errand, ErrandState
from domain.ids import FeedName, TeamId
from domain.running.feeds import Criticality, Rhythm, Schedule
from domain.running.runs import EndedRun, Run

LOOKED_BACK = timedelta(days=3)
"""Good runs of so long ago are still followed by a comparison, when nobody could make it before."""
_MOST_TRIES = 4
_FIRST_WAIT = timedelta(hours=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Comparable:
    """A feed whose tables are known, or would be: `lacks` says in words why it can't be compared.

    Attributes:
        days_back: How many days the rows of a run lie behind its due time.
        by: Who named the tables: the setting or the feed's configuration.
    """

    feed: FeedName
    tables: Mapping[str, str] = field(default_factory=dict)
    lacks: str = ""
    days_back: int = 1
    by: str = "watch.reconciliations"


@dataclass(frozen=True)
class Owner:
    """Whose feed it is, and by which calendar it runs."""

    team: TeamId
    criticality: Criticality = Criticality.NORMAL
    schedule: Schedule | None = None


@dataclass(frozen=True)
class Owed:
    """A comparison that is due: of a feed, for a day, as an errand of this name."""

    feed: FeedName
    day: str
    name: str
    tries: tuple[str, ...]
    """Names of all tries, this being the first: the next is due some hours after one failed."""


def owed_now(
    feeds: Sequence[Comparable],
    owners: Mapping[FeedName, Owner],
    ended_well: Mapping[FeedName, Sequence[Run | EndedRun]],
    open_ones: Iterable[Discrepancy],
    now: datetime,
    daily_at: time,
    kept_out: Iterable[Publication] = (),
) -> list[Owed]:
    """Return every comparison that is due now, done or not, what matters most first.

    Args:
        feeds: Feeds that can be compared.
        owners: What is known of them.
        ended_well: Their good runs of the last days that ended longer ago than the delay.
        open_ones: Discrepancies that people were told of: their days are looked at again.
        now: The moment.
        daily_at: When the day's safety net falls due, UTC.
        kept_out: Days that readers don't get: they are looked at again, for they may agree by now.
    """
    found: dict[str, Owed] = {}
    by_feed = {one.feed: one for one in open_ones if one.is_open}
    waiting: dict[FeedName, list[Publication]] = {}
    for one_day in kept_out:
        waiting.setdefault(one_day.feed, []).append(one_day)
    newest = _newest_due(now, daily_at)
    for one in feeds:
        runs = list(ended_well.get(one.feed, ()))
        schedule = owners[one.feed].schedule if one.feed in owners else None
        days = {day_of(_due_of(run), schedule, one.days_back) for run in runs}
        # A feed that reports its runs has a day more: its run may be late, and then that is told already.
        days.add(day_of(newest, schedule, one.days_back + (1 if runs else 0)))
        for day in sorted(days):
            owed = _owed(one.feed, day, "")
            found[owed.name] = owed
        mark_at, mark = _newest_event(runs, newest)
        again = [*_again(by_feed.get(one.feed), mark_at, mark)]
        again += [_owed(one.feed, w.business_date, mark) for w in waiting.get(one.feed, ()) if w.at < mark_at]
        for owed in again:
            found.setdefault(owed.name, owed)
    return sorted(
        found.values(),
        key=lambda owed: (-_rank(owners.get(owed.feed)), owed.day, owed.feed, owed.name),
    )


def next_try(owed: Owed, known: Mapping[str, Errand], now: datetime) -> str:
    """Return the name of the errand to open, empty when it is done, under way, given up or resting."""
    for number, name in enumerate(owed.tries):
        errand = known.get(name)
        if errand is None:
            return name
        if errand.state is not ErrandState.FAILED:
            return ""
        if now < errand.at + _FIRST_WAIT * 2**number:
            return ""
    return ""


def day_of(due: datetime, schedule: Schedule | None, days_back: int) -> str:
    """Return the day whose rows a run brings that was due at a moment.

    A feed that runs from Monday on but not at weekends brings Friday's rows on Monday.
    """
    known = schedule if schedule is not None and schedule.rhythm is not Rhythm.INTERVAL else None
    day = due.astimezone(ZoneInfo(known.zone) if known else UTC).date()
    for _ in range(days_back):
        day -= timedelta(days=1)
        while known is not None and _is_weekend_off(known, day):
            day -= timedelta(days=1)
    return day.isoformat()


def errand_name(*parts: str) -> str:
    """Return the name of a comparison that nobody asked for; the same parts are the same comparison."""
    return "r" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:14]


def is_last_of_day(errand: Errand) -> bool:
    """Return whether a comparison that nobody asked for is the last try of its day."""
    return errand.id == _owed(FeedName(errand.feed), errand.business_date, "").tries[-1]


def _owed(feed: FeedName, day: str, mark: str) -> Owed:
    names = tuple(errand_name(feed, day, mark, str(number)) for number in range(_MOST_TRIES))
    return Owed(feed, day, names[0], names)


def _newest_event(runs: Sequence[Run | EndedRun], newest: datetime) -> tuple[datetime, str]:
    """Return after what days are looked at again: each further good run, and once a day."""
    events = [(run.finished_at or run.seen_at, f"run {run.run}") for run in runs]
    events.append((newest, f"daily {newest:%Y-%m-%d}"))
    return max(events)


def _again(open_one: Discrepancy | None, at: datetime, mark: str) -> list[Owed]:
    """Return the days of an open discrepancy once more, when something came after it was opened."""
    if open_one is None or at <= open_one.opened_at:
        return []
    return [_owed(open_one.feed, day.business_date, mark) for day in open_one.differing]


def _newest_due(now: datetime, daily_at: time) -> datetime:
    today = datetime.combine(now.astimezone(UTC).date(), daily_at, UTC)
    return today if today <= now else today - timedelta(days=1)


def _due_of(run: Run | EndedRun) -> datetime:
    return run.scheduled_at or run.started_at or run.finished_at or run.seen_at


def _is_weekend_off(schedule: Schedule, day: date) -> bool:
    return day.weekday() >= _SATURDAY and day.weekday() not in schedule.weekdays and 0 in schedule.weekdays


def _rank(owner: Owner | None) -> int:
    order = tuple(Criticality)
    return order.index(owner.criticality) if owner is not None else order.index(Criticality.NORMAL)
