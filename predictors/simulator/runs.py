"""Let the feeds of a world run: what each run reports, and what gets lost on the way to us.

Signs of an episode grow from its begin to its failure. Reports are lost, late, doubled, a clock is off, and
a metric stops for a day, because that is what a watch has to live with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.ids import RunId
from domain.runs import Outcome, Run
from predictors.history import DAY_SECONDS
from predictors.run_table import SPAN
from predictors.simulator.world import HIT, PASSED_ON, Kind, World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_LAYERS = 6
_TROUBLE_WARNINGS = ("disk space on <db> below <n> percent", "certificate expires in <n> days")
_NOISE_WARNING = "slow query <n> ms"


@dataclass(frozen=True)
class History:
    """Runs in order of (feed, due): what happened (`failed`) and what was reported (`columns`, some lost)."""

    feed: Whole
    due: Floats
    started: Floats
    finished: Floats
    failed: NDArray[np.bool_]
    columns: dict[str, Floats]
    reported: NDArray[np.bool_]

    def reports(self) -> dict[str, Floats]:
        """Return the columns of the runs that reached us, as `run_table.from_columns` takes them."""
        return {name: values[self.reported] for name, values in self.columns.items()}


def simulate(world: World) -> History:
    """Return the history of a world; the same world gives the same history."""
    random = np.random.default_rng([world.seed, 1])
    scene = world.scene
    inside = (scene.due_key % SPAN >= world.start) & (scene.due_key % SPAN < world.end)
    feed = (scene.due_key[inside] // SPAN).astype(np.intp)
    due = scene.due_key[inside] % SPAN
    count = len(due)
    sign = _signs(world, feed, due)
    usual = np.exp(random.normal(np.log(np.minimum(scene.interval * 0.15, 1_200.0)), 0.4))
    volume = np.exp(random.normal(10.0, 1.5, len(scene.feeds)))
    busy = _busy(due)
    queue = random.exponential(20.0, count) * (1.0 + 25.0 * sign[:, Kind.POOL_BUSY] + busy)
    delay = queue + sign[:, Kind.FILE_SMALL] * random.uniform(0.0, 2_400.0, count)
    slow = (
        1.0 + 1.5 * sign[:, Kind.SOURCE_SLOW] + 0.8 * sign[:, Kind.POOL_BUSY] + 0.7 * sign[:, Kind.DEPLOYMENT]
    )
    duration = usual[feed] * slow * np.exp(random.normal(0.0, 0.12, count)) * (1.0 + 0.3 * busy)
    started = due + delay
    finished = started + duration
    failed = _outcomes(world, random, feed, started, finished)
    rows = volume[feed] * np.exp(random.normal(0.0, 0.15, count)) * (1.0 + busy)
    rows *= 1.0 - 0.7 * sign[:, Kind.FILE_SMALL]
    retries = random.poisson(0.03 + 2.5 * sign[:, Kind.SOURCE_SLOW])
    warns = random.random(count) < 0.01 + 0.9 * np.maximum(
        sign[:, Kind.DATABASE_FULL], sign[:, Kind.CERTIFICATE]
    )
    rejected = random.poisson(np.minimum(0.5 + rows * 0.02 * sign[:, Kind.SCHEMA_DRIFT], 1e6))
    columns = {
        "feed": feed.astype(np.float64),
        "seen": finished,
        "started": started,
        "finished": finished,
        "rows": rows,
        "rejected": rejected.astype(np.float64),
        "retries": retries.astype(np.float64),
        "queue": queue,
        "warnings": warns.astype(np.float64),
        "bad": failed.astype(np.float64),
        "open": np.zeros(count),
    }
    reported = _spoil(world, random, columns)
    return History(feed, due, started, finished, failed, columns, reported)


def domain_runs(world: World, history: History) -> Iterator[Run]:
    """Yield the reported runs as the domain speaks of them, in the order in which they reached us."""
    order = np.flatnonzero(history.reported)
    order = order[np.argsort(history.columns["seen"][order], kind="stable")]
    columns = history.columns
    for place in order.tolist():
        rows = columns["rows"][place]
        yield Run(
            feed=world.scene.feeds[history.feed[place]].name,
            run=RunId(f"{int(history.due[place])}"),
            seen_at=_moment(columns["seen"][place]),
            outcome=Outcome.FAILED if history.failed[place] else Outcome.OK,
            scheduled_at=_moment(history.due[place]),
            started_at=_moment(columns["started"][place]),
            finished_at=_moment(columns["finished"][place]),
            rows_written=None if np.isnan(rows) else int(rows),
            rows_rejected=int(columns["rejected"][place]),
            retries=int(columns["retries"][place]),
            queue_seconds=float(columns["queue"][place]),
            warnings=(_TROUBLE_WARNINGS[0],) if columns["warnings"][place] else (),
        )


def _signs(world: World, feed: Whole, moment: Floats) -> Floats:
    """Return the strength of each mechanism's signs, 0 to 1, per run (runs x mechanisms)."""
    episodes = world.episodes
    sign = np.zeros((len(feed), len(Kind)))
    for column in range(world.places.shape[1]):
        place = world.places[feed, column]
        last = np.searchsorted(episodes.key, place * SPAN + moment, "right") - 1
        for back in range(4):
            one = np.maximum(last - back, 0)
            ours = (last - back >= 0) & (episodes.place[one] == place) & (moment < episodes.ends[one])
            grown = np.clip((moment - episodes.begin[one]) / (0.5 * episodes.low[one] + 1.0), 0.0, 1.0)
            rows = np.flatnonzero(ours)
            np.maximum.at(sign, (rows, episodes.kind[one[rows]]), grown[rows])
    return sign


def _outcomes(
    world: World, random: np.random.Generator, feed: Whole, started: Floats, finished: Floats
) -> NDArray[np.bool_]:
    """Decide which runs fail: struck by an episode, by chance, or by what an upstream did before they
    started."""
    episodes = world.episodes
    failed = random.random(len(feed)) < world.sudden
    for column in range(world.places.shape[1]):
        place = world.places[feed, column]
        last = np.searchsorted(episodes.key, place * SPAN + started, "right") - 1
        for back in range(4):
            one = np.maximum(last - back, 0)
            struck = (last - back >= 0) & (episodes.place[one] == place)
            struck &= (started >= episodes.fails[one]) & (started < episodes.ends[one])
            failed |= struck & (random.random(len(feed)) < HIT)
    passes = [random.random(len(feed)) < PASSED_ON for _ in range(world.scene.upstream.shape[1])]
    key = feed * SPAN + finished
    order = np.argsort(key, kind="stable")
    for _ in range(_LAYERS):
        before = failed.copy()
        for column, passed in enumerate(passes):
            failed |= passed & parent_failed(world, key[order], before[order], feed, started, column)
        if (failed == before).all():
            break
    return failed


def parent_failed(
    world: World, key: Floats, failed: NDArray[np.bool_], feed: Whole, moment: Floats, column: int
) -> NDArray[np.bool_]:
    """Return whether the parent's newest finished run (within six hours) failed, at each moment."""
    parent = world.scene.upstream[feed, column]
    last = np.searchsorted(key, np.maximum(parent, 0) * SPAN + moment, "right") - 1
    safe = np.maximum(last, 0)
    ended = key[safe] - np.maximum(parent, 0) * SPAN
    known = (
        (parent >= 0) & (last >= 0) & (np.floor(key[safe] / SPAN) == parent) & (moment - ended < 6 * 3_600.0)
    )
    return np.asarray(known & failed[safe], dtype=bool)


def _busy(due: Floats) -> Floats:
    """Return how much more there is to do: month end brings up to three times the volume, lunch a little
    less."""
    day = (due / DAY_SECONDS).astype("datetime64[D]")
    of_month = (day - day.astype("datetime64[M]")).astype(np.float64)
    hour = due % DAY_SECONDS / 3_600.0
    month_end = np.where((of_month >= 29) | (of_month < 1), 2.0, 0.0)
    return np.asarray(month_end - 0.2 * ((hour >= 12) & (hour < 13)), dtype=np.float64)


def _spoil(world: World, random: np.random.Generator, columns: dict[str, Floats]) -> NDArray[np.bool_]:
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
    return reported


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
