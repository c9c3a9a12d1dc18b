"""Lay out a world: sources, databases, pools, feeds with calendars and lineage, and the episodes that
befall them.

An episode begins quietly, shows signs for a while, and then either fails for a while or fades: half of the
slow sources recover, and one episode in ten is mended by people. One seed is one world.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from domain.feeds import Criticality, Feed, Rhythm, Schedule
from domain.ids import FeedName, TeamId
from predictors.feed_features import Landscape, landscape
from predictors.history import DAY_SECONDS
from predictors.run_table import SPAN

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

SOURCES, DATABASES, POOLS = 30, 8, 12
FAILURE_RATE = 0.01
HIT = 0.85
_MENDED = 0.1
_HOUR = 3_600.0


class Kind(IntEnum):
    """Why runs fail; the order is that of `MECHANISMS`."""

    SOURCE_SLOW = 0
    FILE_SMALL = 1
    DATABASE_FULL = 2
    POOL_BUSY = 3
    SCHEMA_DRIFT = 4
    DEPLOYMENT = 5
    CERTIFICATE = 6


@dataclass(frozen=True)
class Mechanism:
    """Where a mechanism strikes, its share of failures, and how it unfolds (seconds; feed ones in
    intervals)."""

    place: str
    share: float
    lead: tuple[float, float]
    comes: float
    lasts: float


MECHANISMS = (
    Mechanism("source", 0.20, (40 * 60, 140 * 60), 0.5, 40 * 60),
    Mechanism("source", 0.15, (15 * 60, 60 * 60), 0.7, 60 * 60),
    Mechanism("database", 0.08, (6 * _HOUR, 40 * _HOUR), 0.7, 60 * 60),
    Mechanism("pool", 0.12, (30 * 60, 120 * 60), 0.6, 50 * 60),
    Mechanism("feed", 0.04, (0.2, 1.4), 0.8, 1.5),
    Mechanism("feed", 0.07, (0.2, 2.2), 0.7, 2.0),
    Mechanism("source", 0.03, (48 * _HOUR, 144 * _HOUR), 0.4, 3 * _HOUR),
)
# What has no sign: chance, and the half of schema drift that comes out of the blue.
SUDDEN_SHARE = 0.07 + 0.04
# What an upstream passes on; the share of failures that results is about a fifth.
PASSED_ON = 0.35


@dataclass(frozen=True)
class Episodes:
    """Episodes sorted by (place, begin): signs from `begin`, failures in [fails, ends); `fails` is inf if
    it fades."""

    kind: Whole
    place: Whole
    begin: Floats
    fails: Floats
    ends: Floats
    low: Floats
    high: Floats
    lasts: Floats

    @property
    def key(self) -> Floats:
        """Return the sorted key of (place, begin)."""
        return self.place * SPAN + self.begin


@dataclass(frozen=True)
class World:
    """Feeds with their landscape, the four places each depends on, the episodes, and the span in epoch
    seconds."""

    scene: Landscape
    places: Whole
    episodes: Episodes
    start: float
    end: float
    sudden: float
    seed: int


def make_world(seed: int, feeds: int = 400, days: int = 180, start: float = 1_735_689_600.0) -> World:
    """Return the world of one seed; `start` is midnight UTC of its first day."""
    random = np.random.default_rng(seed)
    end = start + days * DAY_SECONDS
    scene = landscape(_feeds(random, feeds), start, end)
    offset = np.array([0, SOURCES, SOURCES + DATABASES, SOURCES + DATABASES + POOLS])
    own = [random.integers(0, many, feeds) for many in (DATABASES,)]
    places = np.column_stack(
        [scene.source, offset[1] + own[0], offset[2] + scene.pool, offset[3] + np.arange(feeds)]
    )
    episodes = _episodes(random, scene, places, offset, start, end)
    return World(scene, places, episodes, start, end, FAILURE_RATE * SUDDEN_SHARE, seed)


def _feeds(random: np.random.Generator, count: int) -> list[Feed]:
    names = [FeedName(f"feed_{number:05d}") for number in range(count)]
    hubs = max(count // 40, 1)
    feeds = []
    for number, name in enumerate(names):
        parents: list[FeedName] = []
        if number >= hubs and random.random() < 0.6:
            chosen = {int(random.integers(0, hubs if random.random() < 0.6 else number))}
            if random.random() < 0.3:
                chosen.add(int(random.integers(0, number)))
            parents = [names[parent] for parent in sorted(chosen)]
        feeds.append(
            Feed(
                name=name,
                team=TeamId(f"team_{number % 12}"),
                schedule=_schedule(random, hub=number < hubs),
                criticality=list(Criticality)[int(random.choice(4, p=[0.3, 0.4, 0.2, 0.1]))],
                upstreams=tuple(parents),
                source=f"source_{int(random.integers(0, SOURCES)):02d}",
                pool=f"pool_{int(random.integers(0, POOLS)):02d}",
            )
        )
    return feeds


def _schedule(random: np.random.Generator, *, hub: bool) -> Schedule:
    kind = random.choice(5, p=[0.10, 0.30, 0.50, 0.06, 0.04]) if not hub else 1
    zone = ("Europe/London", "America/New_York", "Asia/Tokyo")[int(random.integers(0, 3))]
    minute = int(random.integers(2 * 60, 22 * 60))
    if kind < 2:
        return Schedule(Rhythm.INTERVAL, every_minutes=(15, 60)[int(kind)])
    if kind == 2:
        days = frozenset(range(5)) if random.random() < 0.7 else frozenset(range(7))
        return Schedule(Rhythm.DAILY, at_minute=minute, weekdays=days, zone=zone)
    if kind == 3:
        return Schedule(
            Rhythm.WEEKLY, at_minute=minute, weekdays=frozenset({int(random.integers(0, 5))}), zone=zone
        )
    return Schedule(Rhythm.MONTH_END, at_minute=minute, zone=zone)


def _episodes(
    random: np.random.Generator, scene: Landscape, places: Whole, offset: Whole, start: float, end: float
) -> Episodes:
    """Draw episodes until each mechanism is expected to cause its share of failures."""
    inside = (scene.due_key % SPAN >= start) & (scene.due_key % SPAN < end)
    feed, due = (scene.due_key[inside] // SPAN).astype(np.intp), scene.due_key[inside] % SPAN
    column = {"source": 0, "database": 1, "pool": 2, "feed": 3}
    drawn: dict[str, list[Floats]] = {name: [] for name in Episodes.__dataclass_fields__}
    for kind, mechanism in enumerate(MECHANISMS):
        at = column[mechanism.place]
        many = np.bincount(places[feed, at] - offset[at], minlength=(places[:, at] - offset[at]).max() + 1)
        rate = many / (end - start)
        wanted = FAILURE_RATE * mechanism.share * len(due)
        used = np.flatnonzero(many)
        # The mean of many episodes is what counts: runs hit in an episode = rate x length x chance to fail.
        scale = scene.interval if at == 3 else np.ones(len(many))
        lasts = mechanism.lasts * scale[: len(many)] if at == 3 else np.full(len(many), mechanism.lasts)
        hit = rate * lasts * mechanism.comes * (1.0 - _MENDED) * HIT
        count = max(round(wanted / max(float(hit[used].mean()), 1e-9)), 1)
        place = random.choice(used, count)
        unit = scale[place] if at == 3 else np.ones(count)
        low, high = mechanism.lead[0] * unit, mechanism.lead[1] * unit
        begin = random.uniform(start, end, count)
        lead = random.uniform(low, high)
        comes = random.random(count) < mechanism.comes * (1.0 - _MENDED)
        fails = np.where(comes, begin + lead, np.inf)
        ends = begin + lead + np.where(comes, random.exponential(1.0, count) * lasts[place], 0.0)
        values = (
            np.full(count, float(kind)),
            place + float(offset[at]),
            begin,
            fails,
            ends,
            low,
            high,
            lasts[place],
        )
        for name, part in zip(drawn, values, strict=True):
            drawn[name].append(part)
    columns = {name: np.concatenate(parts) for name, parts in drawn.items()}
    order = np.lexsort((columns["begin"], columns["place"]))
    ordered = {name: values[order] for name, values in columns.items()}
    kinds, spots = ordered["kind"].astype(np.intp), ordered["place"].astype(np.intp)
    times = (ordered[name] for name in ("begin", "fails", "ends", "low", "high", "lasts"))
    return Episodes(kinds, spots, *times)
