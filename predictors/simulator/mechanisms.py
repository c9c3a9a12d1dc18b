"""How things break: mechanisms with and without signs, and the episodes of them that befall a world's places.

An episode begins quietly, shows signs for a while, and then either fails for a while or fades: half of the
slow sources recover, and one episode in ten is mended by people.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from predictors.known.run_table import SPAN

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

FAILURE_RATE = 0.01
HIT = 0.85
MENDED = 0.1
# What an upstream passes on; the share of failures that results is about a fifth.
PASSED_ON = 0.35
# Failures without any sign: chance, and the half of schema drift that comes out of the blue.
SUDDEN_SHARE = 0.07 + 0.04
# An active episode is looked for among so many that began last at a place.
LOOK_BACK = 4
_HOUR = 3_600.0


class Kind(IntEnum):
    """Why runs fail; the order is that of `MECHANISMS`."""

    SOURCE_SLOW = 0
    FILE_LATE = 1
    DATABASE_FULL = 2
    POOL_BUSY = 3
    SCHEMA_DRIFT = 4
    DEPLOYMENT = 5
    CERTIFICATE = 6
    NETWORK_SLOW = 7


@dataclass(frozen=True)
class Mechanism:
    """Where a mechanism strikes, its share of failures, and how it unfolds.

    Attributes:
        place: Kind of place.
        share: Of all failures.
        lead: Least and most time from the first sign to the failing, seconds (for feeds: intervals).
        comes: Chance that the failing comes at all, before people mend.
        lasts: Mean length of the failing, in the same unit.
        at_month_end: How many times more often it begins in the last days of a month.
    """

    place: str
    share: float
    lead: tuple[float, float]
    comes: float
    lasts: float
    at_month_end: float = 1.0


MECHANISMS = (
    Mechanism("source", 0.18, (40 * 60, 140 * 60), 0.5, 40 * 60),
    Mechanism("source", 0.15, (15 * 60, 60 * 60), 0.7, 60 * 60),
    Mechanism("database", 0.08, (6 * _HOUR, 40 * _HOUR), 0.7, 60 * 60),
    Mechanism("pool", 0.12, (30 * 60, 120 * 60), 0.6, 50 * 60, at_month_end=3.0),
    Mechanism("feed", 0.04, (0.2, 1.4), 0.8, 1.5),
    Mechanism("feed", 0.07, (0.2, 2.2), 0.7, 2.0),
    Mechanism("source", 0.03, (48 * _HOUR, 144 * _HOUR), 0.4, 3 * _HOUR),
    Mechanism("network", 0.02, (40 * 60, 140 * 60), 0.5, 15 * 60),
)


@dataclass(frozen=True)
class Episodes:
    """Episodes sorted by (place, begin): signs from `begin`, failures in [fails, ends); `fails` is inf if it
    fades, `due` is when the failing comes or would have come."""

    kind: Whole
    place: Whole
    begin: Floats
    fails: Floats
    due: Floats
    ends: Floats
    low: Floats
    high: Floats
    lasts: Floats

    @property
    def key(self) -> Floats:
        """Return the sorted key of (place, begin)."""
        return self.place * SPAN + self.begin


@dataclass(frozen=True)
class Places:
    """The places of one kind: their first number, how often each is used, and their unit of time."""

    first: int
    runs: Floats
    unit: Floats


def draw_episodes(
    random: np.random.Generator, places: dict[str, Places], runs: int, start: float, end: float
) -> Episodes:
    """Draw episodes until each mechanism is expected to cause its share of failures.

    Args:
        random: Source of chance.
        places: Per kind of place.
        runs: How many runs the world has.
        start: Epoch seconds.
        end: Epoch seconds.
    """
    drawn: dict[str, list[Floats]] = {name: [] for name in Episodes.__dataclass_fields__}
    for kind, mechanism in enumerate(MECHANISMS):
        at = places[mechanism.place]
        used = np.flatnonzero(at.runs)
        # The mean of many episodes is what counts: runs hit in an episode = rate x length x chance to fail.
        lasts = mechanism.lasts * at.unit
        hit = at.runs / (end - start) * lasts * mechanism.comes * (1.0 - MENDED) * HIT
        wanted = FAILURE_RATE * mechanism.share * runs
        count = max(round(wanted / max(float(hit[used].mean()), 1e-9)), 1)
        place = random.choice(used, count)
        begin = _begins(random, count, start, end, mechanism.at_month_end)
        low, high = (edge * at.unit[place] for edge in mechanism.lead)
        due = begin + random.uniform(low, high)
        comes = random.random(count) < mechanism.comes * (1.0 - MENDED)
        fails = np.where(comes, due, np.inf)
        ends = due + np.where(comes, random.exponential(1.0, count) * lasts[place], 0.0)
        kinds = np.full(count, float(kind))
        values = (kinds, place + float(at.first), begin, fails, due, ends, low, high, lasts[place])
        for name, part in zip(drawn, values, strict=True):
            drawn[name].append(part)
    columns = {name: np.concatenate(parts) for name, parts in drawn.items()}
    order = np.lexsort((columns["begin"], columns["place"]))
    ordered = {name: values[order] for name, values in columns.items()}
    kinds, spots = ordered.pop("kind").astype(np.intp), ordered.pop("place").astype(np.intp)
    return Episodes(kinds, spots, **ordered)


def begun(episodes: Episodes, place: Whole, moment: Floats, back: int) -> tuple[Whole, NDArray[np.bool_]]:
    """Return the `back`-th last episode begun at each place by each moment, and whether there is one."""
    last = np.searchsorted(episodes.key, place * SPAN + moment, "right") - 1 - back
    one = np.maximum(last, 0)
    ours = (last >= 0) & (place >= 0) & (episodes.place[one] == place)
    return one, np.asarray(ours, dtype=bool)


def active(episodes: Episodes, place: Whole, moment: Floats, back: int) -> tuple[Whole, NDArray[np.bool_]]:
    """Return the `back`-th last episode begun at each place by each moment, and whether it is still on."""
    one, ours = begun(episodes, place, moment, back)
    return one, ours & (moment < episodes.ends[one])


def signs(episodes: Episodes, places: Whole, moment: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the strength of each mechanism's signs (0 to 1) and whether it fails now (both rows x kinds).

    Args:
        episodes: What befell the world.
        places: Rows x columns of place numbers, -1 for none.
        moment: One moment per row.
    """
    strength = np.zeros((len(moment), len(Kind)), dtype=np.float64)
    failing = np.zeros((len(moment), len(Kind)), dtype=bool)
    for column in range(places.shape[1]):
        for back in range(LOOK_BACK):
            one, ours = active(episodes, places[:, column], moment, back)
            rows = np.flatnonzero(ours)
            if not len(rows):
                continue
            mine, when = one[rows], moment[rows]
            grown = np.clip((when - episodes.begin[mine]) / (0.5 * episodes.low[mine] + 1.0), 0.0, 1.0)
            full = episodes.kind[mine] == Kind.DATABASE_FULL
            whole = (when - episodes.begin[mine]) / (episodes.due[mine] - episodes.begin[mine])
            # A database fills up in a line; other signs are plain half way to the earliest failure.
            grown = np.where(full, np.clip(whole, 0.0, 1.0), grown)
            np.maximum.at(strength, (rows, episodes.kind[mine]), grown)
            np.logical_or.at(failing, (rows, episodes.kind[mine]), when >= episodes.fails[mine])
    return strength, failing


def _begins(random: np.random.Generator, count: int, start: float, end: float, at_month_end: float) -> Floats:
    """Draw begins evenly, or thinned outside the last days of a month."""
    begin = random.uniform(start, end, count)
    if at_month_end == 1.0:
        return begin
    for _ in range(20):
        again = ~is_month_end(begin) & (random.random(count) > 1.0 / at_month_end)
        begin = np.where(again, random.uniform(start, end, count), begin)
    return begin


def is_month_end(moment: Floats) -> NDArray[np.bool_]:
    """Return whether each moment lies on the 29th or later, or on the first of a month."""
    day = (moment / 86_400.0).astype("datetime64[D]")
    of_month = (day - day.astype("datetime64[M]")).astype(np.float64)
    return np.asarray((of_month >= 28) | (of_month < 1), dtype=bool)
