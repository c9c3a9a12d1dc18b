"""Lay out a world: sources, databases, pools, networks, and feeds with calendars, lineage and owners.

One seed is one world. Feeds on business days rest on the holidays of their region, and schedules change now
and then, as they do.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule, ScheduleChange
from predictors.known.due_times import Changes, is_holiday
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import Landscape, landscape
from predictors.known.run_table import SPAN
from predictors.simulator.mechanisms import FAILURE_RATE, SUDDEN_SHARE, Episodes, Places, draw_episodes

Whole = NDArray[np.intp]

SOURCES, DATABASES, POOLS, NETWORKS = 30, 8, 12, 3
ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo")
_DEEPEST = 6
_MOST_UPSTREAMS = 3
_FEEDS_PER_HUB = 80
_CHANGES_A_DAY_AND_FEED = 2.0 / 100.0 / 91.0
_BUSINESS_DAYS = frozenset(range(5))


@dataclass(frozen=True)
class World:
    """Feeds with their landscape, the places each depends on, the episodes, and the span in epoch seconds.

    Attributes:
        scene: Feeds, lineage, and due times as they really were.
        places: Per feed: source, first and second database (-1 for none), pool, network, the feed itself.
        episodes: What befalls the places.
        start: Midnight UTC of the first day.
        end: Midnight UTC behind the last day.
        sudden: Chance per run to fail without any sign.
        changes: Schedules that held before the feeds' present ones.
        seed: Of everything.
    """

    scene: Landscape
    places: Whole
    episodes: Episodes
    start: float
    end: float
    sudden: float
    changes: Changes
    seed: int

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Return which due times of the landscape lie in the world's span."""
        due = self.scene.due_key % SPAN
        return np.asarray((due >= self.start) & (due < self.end), dtype=bool)


def make_world(seed: int, feeds: int = 400, days: int = 180, start: float = 1_735_689_600.0) -> World:
    """Return the world of one seed; `start` is midnight UTC of its first day."""
    random = np.random.default_rng(seed)
    end = start + days * DAY_SECONDS
    listed, databases = _feeds(random, feeds)
    changes = _changes(random, listed, start, end)
    scene = _rested(landscape(listed, start, end, changes))
    first = np.cumsum([0, SOURCES, DATABASES, POOLS, NETWORKS])
    places = np.column_stack(
        [
            scene.source,
            np.where(databases >= 0, databases + first[1], -1),
            scene.pool + first[2],
            scene.source % NETWORKS + first[3],
            np.arange(feeds) + first[4],
        ]
    ).astype(np.intp)
    world = World(scene, places, _nothing(), start, end, FAILURE_RATE * SUDDEN_SHARE, changes, seed)
    feed = (scene.due_key[world.inside] // SPAN).astype(np.intp)
    used = _used(scene, places, feed, first)
    return replace(world, episodes=draw_episodes(random, used, len(feed), start, end))


def _nothing() -> Episodes:
    whole, none = np.zeros(0, dtype=np.intp), np.zeros(0)
    return Episodes(whole, whole, none, none, none, none, none, none, none)


def _used(scene: Landscape, places: Whole, feed: Whole, first: NDArray[np.int_]) -> dict[str, Places]:
    """Count the runs of each place."""
    many = {"source": SOURCES, "database": DATABASES, "pool": POOLS, "network": NETWORKS}
    columns = {"source": (0,), "database": (1, 2), "pool": (3,), "network": (4,), "feed": (5,)}
    used = {}
    for number, (name, at) in enumerate(columns.items()):
        count = many.get(name, len(scene.feeds))
        runs = np.zeros(count)
        for column in at:
            place = places[feed, column]
            runs += np.bincount(place[place >= 0] - first[number], minlength=count)
        unit = scene.interval if name == "feed" else np.ones(count)
        used[name] = Places(int(first[number]), runs, unit)
    return used


def _rested(scene: Landscape) -> Landscape:
    """Take out due times on public holidays of feeds that run on business days."""
    feed, due = (scene.due_key // SPAN).astype(np.intp), scene.due_key % SPAN
    keep = np.ones(len(due), dtype=bool)
    rests = np.array([one.schedule.weekdays == _BUSINESS_DAYS for one in scene.feeds])
    zone = np.array([one.schedule.zone for one in scene.feeds], dtype=object)
    for name in ZONES:
        mine = np.flatnonzero((rests & (zone == name))[feed])
        keep[mine] = ~is_holiday(name, due[mine])
    return replace(scene, due_key=scene.due_key[keep])


def _feeds(random: np.random.Generator, count: int) -> tuple[list[Feed], Whole]:
    """Return the feeds, and their databases as numbers (feeds x 2, -1 for none)."""
    names = [FeedName(f"feed_{number:05d}") for number in range(count)]
    hubs = max(count // _FEEDS_PER_HUB, 1)
    depth = np.zeros(count, dtype=int)
    databases = np.full((count, 2), -1, dtype=np.intp)
    feeds = []
    for number, name in enumerate(names):
        parents = _parents(random, number, hubs, depth)
        depth[number] = max((depth[parent] + 1 for parent in parents), default=0)
        chosen = random.choice(DATABASES, 2 if random.random() < 0.3 else 1, replace=False)
        databases[number, : len(chosen)] = chosen
        feeds.append(
            Feed(
                name=name,
                team=TeamId(f"team_{number % 12}"),
                schedule=_schedule(random, hub=number < hubs),
                criticality=list(Criticality)[int(random.choice(4, p=[0.3, 0.4, 0.2, 0.1]))],
                upstreams=tuple(names[parent] for parent in parents),
                # The first feeds go round all sources and pools, so that every number is in use.
                source=f"source_{number if number < SOURCES else int(random.integers(0, SOURCES)):02d}",
                pool=f"pool_{number if number < POOLS else int(random.integers(0, POOLS)):02d}",
                databases=tuple(f"database_{place}" for place in chosen),
            )
        )
    return feeds, databases


def _parents(random: np.random.Generator, number: int, hubs: int, depth: NDArray[np.int_]) -> list[int]:
    """Return up to three upstreams, often a hub, never closing a circle or going deeper than six."""
    if number < hubs or random.random() >= 0.6:
        return []
    chosen = {int(random.integers(0, hubs if random.random() < 0.6 else number))}
    for chance in (0.3, 0.1):
        if random.random() < chance:
            chosen.add(int(random.integers(0, number)))
    return sorted(parent for parent in chosen if depth[parent] < _DEEPEST)[:_MOST_UPSTREAMS]


def _schedule(random: np.random.Generator, *, hub: bool) -> Schedule:
    kind = random.choice(5, p=[0.10, 0.30, 0.50, 0.06, 0.04]) if not hub else 1
    zone = ZONES[int(random.integers(0, 3))]
    minute = int(random.integers(2 * 60, 22 * 60))
    if kind < 2:
        return Schedule(Rhythm.INTERVAL, every_minutes=(15, 60)[int(kind)])
    if kind == 2:
        days = _BUSINESS_DAYS if random.random() < 0.7 else frozenset(range(7))
        return Schedule(Rhythm.DAILY, at_minute=minute, weekdays=days, zone=zone)
    if kind == 3:
        day = frozenset({int(random.integers(0, 5))})
        return Schedule(Rhythm.WEEKLY, at_minute=minute, weekdays=day, zone=zone)
    return Schedule(Rhythm.MONTH_END, at_minute=minute, zone=zone)


def _changes(random: np.random.Generator, feeds: list[Feed], start: float, end: float) -> Changes:
    """Move the daily schedules of a few feeds by up to three hours at some moment."""
    daily = [feed for feed in feeds if feed.schedule.rhythm is Rhythm.DAILY]
    days = (end - start) / DAY_SECONDS
    count = min(int(random.poisson(_CHANGES_A_DAY_AND_FEED * days * len(feeds))), len(daily))
    found: dict[FeedName, tuple[ScheduleChange, ...]] = {}
    for place in random.choice(len(daily), count, replace=False) if count else []:
        feed = daily[int(place)]
        minute = int(np.clip(feed.schedule.at_minute + random.integers(-180, 181), 0, 1_439))
        at = datetime.fromtimestamp(float(random.uniform(start, end)), UTC)
        found[feed.name] = (ScheduleChange(feed.name, at, replace(feed.schedule, at_minute=minute)),)
    return found
