"""Which feeds meet what a question asks of them, by what is configured, watched and known of their runs."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.feed_conditions import Conditions, Trait
from bot.presenters.alerts import moment
from bot.question_kinds import Question, Wanted
from domain.clock.day_words import Window
from domain.configuration.changes import FeedEntry
from domain.ports.transactions import UnitOfWork
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.running.schedule_words import is_known, promise_in_words, schedule_in_words
from domain.watch.feed_health import FeedHealth

_DAY_MINUTES, _HOUR_MINUTES = 1_440, 60
_HIGH = (Criticality.HIGH, Criticality.CRITICAL)
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class KnownFeed:
    """One feed with all that a question may ask of it; `health` is None until it was looked at."""

    name: str
    team: str
    criticality: str
    schedule: Schedule | None
    promised: str
    upstreams: tuple[str, ...]
    readers: int
    uses: frozenset[str]
    is_configured: bool
    runbook: str
    health: FeedHealth | None

    @property
    def zone(self) -> str:
        """Return by whose clock its times are read."""
        return self.health.zone if self.health else "UTC"


def known_feeds(uow: UnitOfWork, healths: Sequence[FeedHealth]) -> list[KnownFeed]:
    """Return every feed that is watched or configured, in the order of `healths`, then by name."""
    watched = {str(one.feed.name): one.feed for one in uow.watched.every()}
    entries = {one.name: one for one in uow.feeds.every()}
    looked_at = {one.name: one for one in healths}
    readers = Counter(str(up) for feed in watched.values() for up in feed.upstreams)
    names = [*looked_at, *sorted((watched.keys() | entries.keys()) - looked_at.keys())]
    return [
        _known(name, watched.get(name), entries.get(name), looked_at.get(name), readers[name])
        for name in names
    ]


def looks_at_health(asked: Question) -> bool:
    """Return whether a question asks how feeds are, not only how they are set up."""
    only = asked.only
    of_runs = {only.lacks, only.has} & {Trait.RUN, Trait.ALERT}
    is_of_last_run = only.has_not_run or only.has_run
    return bool(only.is_running or is_of_last_run or of_runs or asked.wanted is not Wanted.ANY)


def resources_of(feeds: Iterable[Feed]) -> frozenset[str]:
    """Return the names of sources, worker pools and databases that feeds use."""
    return frozenset(name for feed in feeds for name in _uses(feed, None))


def that_meet(
    feeds: Sequence[KnownFeed], asked: Question, teams: Collection[str], now: datetime
) -> list[tuple[KnownFeed, str]]:
    """Return the feeds that meet a question's conditions, each with the fact that shows it.

    Args:
        teams: Of the one who asks.
    """
    only = asked.only
    found = [
        one for one in feeds if asked.team in ("", one.team) and _meets(one, only, asked.window, teams, now)
    ]
    if only.due is not None:
        found.sort(key=lambda one: _next_due(one, only, now) or now)
    return [(one, _fact(one, only, now)) for one in found]


def _known(
    name: str, feed: Feed | None, entry: FeedEntry | None, health: FeedHealth | None, readers: int
) -> KnownFeed:
    schedule = feed.schedule if feed is not None and is_known(feed.schedule) else None
    promised = promise_in_words(schedule) if schedule is not None else ""
    return KnownFeed(
        name=name,
        team=(entry.owner if entry else "") or (str(feed.team) if feed else ""),
        criticality=(entry.criticality if entry else "") or (feed.criticality.value if feed else ""),
        schedule=schedule,
        promised=promised or (entry.facts.promised if entry else ""),
        upstreams=tuple(map(str, feed.upstreams)) if feed else (),
        readers=readers,
        uses=_uses(feed, entry),
        is_configured=entry is not None,
        runbook=entry.facts.runbook if entry else "",
        health=health,
    )


def _uses(feed: Feed | None, entry: FeedEntry | None) -> frozenset[str]:
    of_feed = (feed.source, feed.pool, *feed.databases) if feed else ()
    of_entry = (entry.facts.source, entry.facts.pool, *entry.facts.databases) if entry else ()
    return frozenset({*of_feed, *of_entry} - {""})


def _has(one: KnownFeed, trait: Trait) -> bool:
    is_run = one.health is not None and not one.health.has_not_run
    return {
        Trait.OWNER: bool(one.team),
        Trait.DEADLINE: bool(one.promised),
        Trait.SCHEDULE: one.schedule is not None,
        Trait.CONFIGURATION: one.is_configured,
        Trait.RUNBOOK: bool(one.runbook),
        Trait.UPSTREAM: bool(one.upstreams),
        Trait.READER: one.readers > 0,
        Trait.RUN: is_run,
        Trait.ALERT: one.health is not None and bool(one.health.alert),
    }[trait]


def _meets(
    one: KnownFeed, only: Conditions, window: Window | None, teams: Collection[str], now: datetime
) -> bool:
    health = one.health
    return (
        (only.lacks is None or not _has(one, only.lacks))
        and (only.has is None or _has(one, only.has))
        and (not only.rhythm or _runs(one.schedule, only.rhythm))
        and (not only.criticality or _matters(one.criticality, only.criticality))
        and (not only.uses or only.uses in one.uses)
        and (not only.is_mine or one.team in teams)
        and (not only.is_running or (health is not None and health.running_since is not None))
        and (not only.has_not_run or window is None or not _ran_since(health, window.since))
        and (not only.has_run or window is None or _ran_since(health, window.since))
        and (only.due is None or _next_due(one, only, now) is not None)
    )


def _matters(criticality: str, asked: str) -> bool:
    return criticality in _HIGH if asked == Criticality.HIGH else criticality == asked


def _runs(schedule: Schedule | None, rhythm: str) -> bool:
    if schedule is None:
        return False
    every = schedule.every_minutes if schedule.rhythm is Rhythm.INTERVAL else 0
    return {
        "hourly": every == _HOUR_MINUTES,
        "daily": schedule.rhythm is Rhythm.DAILY or every == _DAY_MINUTES,
        "weekly": schedule.rhythm is Rhythm.WEEKLY,
        "monthly": schedule.rhythm in (Rhythm.MONTHLY, Rhythm.MONTH_END),
    }[rhythm]


def _ran_since(health: FeedHealth | None, since: datetime) -> bool:
    last = health.last_run.at if health is not None and health.last_run is not None else None
    return last is not None and last >= since


def _next_due(one: KnownFeed, only: Conditions, now: datetime) -> datetime | None:
    if only.due is None or one.schedule is None:
        return None
    due = one.schedule.next_due(max(only.due.since, now) - _MOMENT)
    return due if due < only.due.until else None


def _fact(one: KnownFeed, only: Conditions, now: datetime) -> str:
    health = one.health
    if only.due is not None:
        return moment(_next_due(one, only, now), one.zone, now)
    if only.is_running and health is not None:
        return f"since {moment(health.running_since, one.zone, now)}"
    if only.has_not_run or only.has_run or only.lacks is Trait.RUN:
        last = health.last_run if health is not None else None
        return f"last {last.outcome}, {moment(last.at, one.zone, now)}" if last is not None else "no runs yet"
    if only.has is Trait.DEADLINE:
        return one.promised
    if only.rhythm or only.has is Trait.SCHEDULE:
        return schedule_in_words(one.schedule) if one.schedule is not None else ""
    if only.uses:
        return only.uses
    return one.criticality
