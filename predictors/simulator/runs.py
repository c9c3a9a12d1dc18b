"""Let the feeds of a world run: what each run does, what it reports, and what gets lost on the way to us.

Signs of an episode grow from its begin to its failure. Reports are lost, late, doubled, a clock is off, and
a metric stops for a day, because that is what a watch has to live with. An acknowledged alert may mend an
episode; what would have happened without it is kept beside what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import SPAN
from predictors.simulator.mechanisms import (
    HIT,
    LOOK_BACK,
    PASSED_ON,
    Episodes,
    Kind,
    active,
    is_month_end,
    signs,
)
from predictors.simulator.reporting import report_columns, spoil
from predictors.simulator.world import World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Flags = NDArray[np.bool_]

_LAYERS = 6
_FRESH = 6 * 3_600.0
_SILENT_RATE = 0.01
SILENT_KINDS = 5
_DOUBLED_AFTER = 300.0
_MENDED_BY_ACKNOWLEDGEMENT = 0.5


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody took an alert of a feed seriously at a moment (epoch seconds)."""

    feed: int
    at: float


@dataclass(frozen=True)
class History:
    """Runs in order of (feed, due): what happened and what was reported.

    Attributes:
        feed: Number of the feed.
        due: When the run was due.
        started: When it really started.
        finished: When it really ended.
        failed: Whether it failed.
        would_fail: Whether it would have failed had nobody acknowledged anything; forecasts are judged by it.
        silent: 0, or which silent trouble an ok run has: missing, doubled, stale, shifted, truncated rows.
        cause: Mechanism that struck a failed run, -1 for chance or an upstream.
        usual: Usual duration per feed in seconds.
        columns: What the run reports, one column per figure.
        reported: Whether the report reached us.
        doubled: Whether it reached us twice.
    """

    feed: Whole
    due: Floats
    started: Floats
    finished: Floats
    failed: Flags
    would_fail: Flags
    silent: NDArray[np.int8]
    cause: NDArray[np.int8]
    usual: Floats
    columns: dict[str, Floats]
    reported: Flags
    doubled: Flags

    def reports(self) -> dict[str, Floats]:
        """Return the columns of the runs that reached us, as `run_table.from_columns` takes them."""
        kept = np.flatnonzero(self.reported)
        again = np.flatnonzero(self.reported & self.doubled)
        order = np.r_[kept, again]
        later = np.r_[np.zeros(len(kept)), np.full(len(again), _DOUBLED_AFTER)]
        result = {name: values[order] for name, values in self.columns.items()}
        return result | {"seen": result["seen"] + later}


def simulate(world: World, acknowledged: Sequence[Acknowledgement] = ()) -> History:
    """Return the history of a world; the same world and acknowledgements give the same history."""
    random = np.random.default_rng([world.seed, 1])
    scene = world.scene
    feed = (scene.due_key[world.inside] // SPAN).astype(np.intp)
    due = scene.due_key[world.inside] % SPAN
    sign, _ = signs(world.episodes, world.places[feed], due)
    usual = np.exp(random.normal(np.log(np.minimum(scene.interval * 0.15, 1_200.0)), 0.4))
    usual = np.minimum(usual, 0.8 * scene.interval)
    busy = busyness(due)
    queue = random.exponential(1.0, len(due)) * queue_seconds(sign, busy)
    started = due + queue + sign[:, Kind.FILE_LATE] * random.uniform(0.0, 2_400.0, len(due))
    finished = started + usual[feed] * slowdown(sign, busy) * np.exp(random.normal(0.0, 0.12, len(due)))
    outcome = _Outcomes(world, random, feed, started, finished)
    would_fail, cause = outcome.of(world.episodes)
    failed = would_fail
    if acknowledged:
        failed, cause = outcome.of(_mended(world, acknowledged))
    silent = np.where(
        ~failed & (random.random(len(due)) < _SILENT_RATE), random.integers(1, SILENT_KINDS + 1, len(due)), 0
    ).astype(np.int8)
    columns = report_columns(world, random, feed, sign, busy, silent)
    columns |= {
        "feed": feed.astype(np.float64),
        "run": due,
        "seen": finished,
        "started": started,
        "finished": finished,
        "queue": queue,
        "bad": failed.astype(np.float64),
        "error": np.where(failed, cause + 2.0, 0.0),
        "open": np.zeros(len(due)),
    }
    reported, doubled = spoil(world, random, columns)
    return History(
        feed, due, started, finished, failed, would_fail, silent, cause, usual, columns, reported, doubled
    )


def busyness(due: Floats) -> Floats:
    """Return how much more there is to do: month end twice as much, quarter end four times, lunch a dip."""
    day = (due / DAY_SECONDS).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    hour = due % DAY_SECONDS / 3_600.0
    of_month = (day - day.astype("datetime64[M]")).astype(np.float64)
    closing = np.where(of_month < 1, (month + 11) % 12, month)
    more = np.where(closing % 3 == 2, 4.0, 2.0)
    lunch = 0.2 * ((hour >= 12) & (hour < 13))
    return np.asarray(np.where(is_month_end(due), more, 0.0) - lunch, dtype=np.float64)


def queue_seconds(sign: Floats, busy: Floats) -> Floats:
    """Return the mean wait for a worker."""
    return np.asarray(20.0 * (1.0 + 25.0 * sign[:, Kind.POOL_BUSY] + busy), dtype=np.float64)


def slowdown(sign: Floats, busy: Floats) -> Floats:
    """Return how many times longer than usual a run takes."""
    slow = 1.0 + 1.5 * np.maximum(sign[:, Kind.SOURCE_SLOW], sign[:, Kind.NETWORK_SLOW])
    slow = slow + 0.8 * sign[:, Kind.POOL_BUSY] + 0.7 * sign[:, Kind.DEPLOYMENT]
    return np.asarray(slow * (1.0 + 0.15 * busy), dtype=np.float64)


def parent_failed(
    world: World, key: Floats, failed: Flags, feed: Whole, moment: Floats, column: int
) -> Flags:
    """Return whether the parent's newest finished run (within six hours) failed, at each moment."""
    parent = world.scene.upstream[feed, column]
    last = np.searchsorted(key, np.maximum(parent, 0) * SPAN + moment, "right") - 1
    safe = np.maximum(last, 0)
    ended = key[safe] - np.maximum(parent, 0) * SPAN
    known = (parent >= 0) & (last >= 0) & (np.floor(key[safe] / SPAN) == parent) & (moment - ended < _FRESH)
    return np.asarray(known & failed[safe], dtype=bool)


class _Outcomes:
    """Decides which runs fail; asked twice, it throws the same dice."""

    def __init__(
        self, world: World, random: np.random.Generator, feed: Whole, started: Floats, finished: Floats
    ) -> None:
        self._world, self._feed, self._started = world, feed, started
        self._order = np.lexsort((finished, feed))
        self._key = (feed * SPAN + finished)[self._order]
        self._sudden = random.random(len(feed)) < world.sudden
        columns = world.places.shape[1]
        self._hit = random.random((columns, len(feed)), dtype=np.float32) < HIT
        upstreams = world.scene.upstream.shape[1]
        self._passed = random.random((upstreams, len(feed)), dtype=np.float32) < PASSED_ON

    def of(self, episodes: Episodes) -> tuple[Flags, NDArray[np.int8]]:
        """Return which runs fail and by which mechanism: an episode, chance, or what an upstream did."""
        failed = self._sudden.copy()
        cause = np.full(len(failed), -1, dtype=np.int8)
        for column in range(self._world.places.shape[1]):
            place = self._world.places[self._feed, column]
            for back in range(LOOK_BACK):
                one, ours = active(episodes, place, self._started, back)
                struck = ours & (self._started >= episodes.fails[one]) & self._hit[column]
                cause[struck] = episodes.kind[one[struck]]
                failed |= struck
        for _ in range(_LAYERS):
            before = failed.copy()
            ordered = before[self._order]
            for column, passed in enumerate(self._passed):
                failed |= passed & parent_failed(
                    self._world, self._key, ordered, self._feed, self._started, column
                )
            if (failed == before).all():
                break
        return failed, cause


def _mended(world: World, acknowledged: Sequence[Acknowledgement]) -> Episodes:
    """Return the episodes of a world in which acknowledged troubles that had not failed yet may be mended."""
    random = np.random.default_rng([world.seed, 3])
    fails, ends = world.episodes.fails.copy(), world.episodes.ends.copy()
    for one in acknowledged:
        for place in world.places[one.feed]:
            found, ours = active(world.episodes, np.array([place]), np.array([one.at]), 0)
            if ours[0] and fails[found[0]] > one.at and random.random() < _MENDED_BY_ACKNOWLEDGEMENT:
                fails[found[0]], ends[found[0]] = np.inf, max(one.at, world.episodes.begin[found[0]])
    return replace(world.episodes, fails=fails, ends=ends)
