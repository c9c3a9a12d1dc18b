"""What runs say of their work, and what of it is lost, late, doubled or wrong when it reaches us."""

import numpy as np
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import SPAN
from predictors.simulator.mechanisms import LOOK_BACK, Kind, active
from predictors.simulator.world import World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Flags = NDArray[np.bool_]


def report_columns(
    world: World,
    random: np.random.Generator,
    feed: Whole,
    sign: Floats,
    busy: Floats,
    silent: NDArray[np.int8],
) -> dict[str, Floats]:
    """Return what runs say of their work: rows and bytes, retries, effort, and log lines as counts."""
    count = len(feed)
    volume = np.exp(random.normal(10.0, 1.5, len(world.scene.feeds)))
    growth = random.normal(0.15, 0.1, len(world.scene.feeds))
    age = (world.scene.due_key[world.inside] % SPAN - world.start) / (180.0 * DAY_SECONDS)
    rows = volume[feed] * np.exp(growth[feed] * age + random.normal(0.0, 0.15, count)) * (1.0 + busy)
    rows *= 1.0 - 0.7 * sign[:, Kind.FILE_LATE]
    written = rows * np.select([silent == 1, silent == 2, silent == 5], [0.7, 1.4, 0.95], 1.0)
    drift = sign[:, Kind.SCHEMA_DRIFT]
    slow = np.maximum(sign[:, Kind.SOURCE_SLOW], sign[:, Kind.NETWORK_SLOW])
    warns = random.random(count) < 0.01 + 0.9 * np.maximum(
        sign[:, Kind.DATABASE_FULL] > 0.5, sign[:, Kind.CERTIFICATE]
    )
    columns = {
        "rows": written,
        "rows_read": rows,
        "bytes": rows * 180.0,
        "rejected": random.poisson(np.minimum(0.5 + rows * 0.02 * drift, 1e6)).astype(np.float64),
        "retries": random.poisson(0.03 + 2.5 * slow).astype(np.float64),
        "connections": 1.0 + random.poisson(0.02 + 1.5 * slow),
        "cpu_share": np.clip(random.normal(0.35, 0.1, count) + 0.5 * sign[:, Kind.POOL_BUSY], 0.01, 1.0),
        "memory_mib": 200.0 + rows * 0.002,
    }
    drifted = (random.random(count) < 0.9 * (drift > 0.3)) * _new_columns(world, feed)
    # Each set of lines has a number of its own, as in service: a new one is news once.
    return columns | {"warnings": (warns | (drifted > 0)).astype(np.float64), "lines": 2.0 * drifted + warns}


def _new_columns(world: World, feed: Whole) -> Whole:
    """Return the number of the column that is new in what each run reads, 0 without one."""
    due, found = world.scene.due_key[world.inside] % SPAN, np.zeros(len(feed), dtype=np.intp)
    for back in range(LOOK_BACK):
        one, is_on = active(world.episodes, world.places[feed, -1], due, back)
        drifts = is_on & (world.episodes.kind[one] == Kind.SCHEMA_DRIFT)
        found = np.where(drifts, one + 1, found)
    return found


def spoil(world: World, random: np.random.Generator, columns: dict[str, Floats]) -> tuple[Flags, Flags]:
    """Lose one report in a hundred, delay two, double two in a thousand, set one source's clock wrong."""
    count = len(columns["seen"])
    reported = random.random(count) >= 0.01
    late = random.random(count) < 0.02
    columns["seen"] = columns["seen"] + late * random.uniform(120.0, 4 * 3_600.0, count)
    off = world.scene.source[columns["feed"].astype(np.intp)] == 0
    for name in ("started", "finished"):
        columns[name] = columns[name] + off * 180.0
    silent = random.uniform(world.start, world.end)
    gap = (columns["finished"] >= silent) & (columns["finished"] < silent + DAY_SECONDS)
    columns["rows"] = np.where(gap, np.nan, columns["rows"])
    return reported, random.random(count) < 0.002
