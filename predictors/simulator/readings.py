"""Say what the places of a world report between runs, every five minutes, with noise and gaps.

A source tells how long it takes to answer, how many connections it refuses, and how late and small its file
is; a database its free space; a pool its queue; a feed that something about it was changed.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from domain.running.readings import Sign
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import SPAN
from predictors.known.signals import Signals, signals_from
from predictors.simulator.mechanisms import Kind, signs
from predictors.simulator.mends import mends_of
from predictors.simulator.runs import busyness, queue_seconds
from predictors.simulator.world import DATABASES, NETWORKS, POOLS, SOURCES, World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Columns = tuple[list[tuple[str, Sign]], Whole, Floats, Floats]

_STEP = 300.0
# For each change that breaks something there are some that do not.
_HARMLESS_CHANGES = 3.0


def readings_of(world: World) -> Columns:
    """Return the series (resource and sign), and per reading its series, moment known, and value."""
    random = np.random.default_rng([world.seed, 2])
    moments = np.arange(world.start, world.end, _STEP)
    names: list[tuple[str, Sign]] = []
    parts: list[tuple[Whole, Floats, Floats]] = []
    first = SOURCES + DATABASES + POOLS
    for place in range(first):
        network = first + place % NETWORKS if place < SOURCES else -1
        for resource, sign, values in _place(world, random, place, network, moments):
            kept = random.random(len(moments)) >= 0.01
            late = (random.random(len(moments)) < 0.02) * random.uniform(120.0, 3_600.0, len(moments))
            # A metric that stops for a day.
            silent = float(random.uniform(world.start, world.end))
            kept &= (moments < silent) | (moments >= silent + DAY_SECONDS)
            seen = moments + random.uniform(5.0, 60.0, len(moments)) + late
            series = np.full(int(kept.sum()), len(names), dtype=np.intp)
            names.append((resource, sign))
            parts.append((series, seen[kept], values[kept]))
    for resource, when in _changes(world, random):
        names.append((resource, Sign.CHANGE))
        parts.append((np.full(len(when), len(names) - 1, dtype=np.intp), when, np.ones(len(when))))
    series, seen, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return names, series, seen, value


def world_signals(world: World) -> Signals:
    """Return the readings of a world as the predictor takes them."""
    names, series, seen, value = readings_of(world)
    return signals_from({name: place for place, name in enumerate(names)}, series, seen, value)


def _place(
    world: World, random: np.random.Generator, place: int, network: int, moments: Floats
) -> Iterator[tuple[str, Sign, Floats]]:
    count = len(moments)
    own = np.tile(np.array([[place, network]], dtype=np.intp), (count, 1))
    sign, failing = signs(world.episodes, own, moments)
    noise = np.exp(random.normal(0.0, 0.1, count))
    busy = busyness(moments)
    if place < SOURCES:
        name = f"source_{place:02d}"
        slow = np.maximum(sign[:, Kind.SOURCE_SLOW], sign[:, Kind.NETWORK_SLOW])
        down = failing[:, Kind.SOURCE_SLOW] | failing[:, Kind.NETWORK_SLOW]
        base = np.exp(random.normal(-1.0, 0.5))
        yield name, Sign.RESPONSE, base * (1.0 + 0.1 * busy) * (1.0 + 3.0 * slow + 9.0 * down) * noise
        refused = random.beta(1.0, 60.0, count)
        refuses = down | failing[:, Kind.CERTIFICATE]
        yield name, Sign.REFUSED, np.where(refuses, random.beta(12.0, 2.0, count), refused)
        late = random.gamma(2.0, 1.0, count)
        grown = sign[:, Kind.FILE_LATE]
        more = 45.0 * grown + 45.0 * failing[:, Kind.FILE_LATE]
        yield name, Sign.FILE_LATE, late + more * noise
        yield name, Sign.FILE_SIZE, np.exp(random.normal(0.0, 0.15, count)) * (1.0 - 0.7 * grown)
    elif place < SOURCES + DATABASES:
        free = 0.5 * (1.0 - sign[:, Kind.DATABASE_FULL]) + random.normal(0.0, 0.002, count)
        yield f"database_{place - SOURCES}", Sign.FREE, np.clip(free, 0.0, 1.0)
    else:
        wait = queue_seconds(sign, busy) * (1.0 + 2.0 * failing[:, Kind.POOL_BUSY])
        yield f"pool_{place - SOURCES - DATABASES:02d}", Sign.QUEUE, wait * noise


def _changes(world: World, random: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    """Yield the moments of changes per feed: those that begin a bad deployment, those by which people meant
    to end a trouble, and harmless ones."""
    first = SOURCES + DATABASES + POOLS + NETWORKS
    bad = world.episodes.kind == Kind.DEPLOYMENT
    harmful = np.sort(world.episodes.key[bad])
    rate = _HARMLESS_CHANGES * len(harmful) / len(world.scene.feeds)
    mends = mends_of(world.episodes, world.seed, world.end)
    for number, feed in enumerate(world.scene.feeds):
        low, high = np.searchsorted(harmful, [(first + number) * SPAN, (first + number + 1) * SPAN])
        own = harmful[low:high] - (first + number) * SPAN
        others = random.uniform(world.start, world.end, int(random.poisson(rate)))
        when = np.sort(np.r_[np.r_[own, others] + random.uniform(1.0, 30.0), mends.of(first + number)])
        if len(when):
            yield feed.name, when
