"""Notice when the world has left the model: estimates that no longer come true, or signs that moved away.

How each main sign was distributed when the model was made is kept beside the model: ten steps of about equal
mass, and where most values are the same, the rest apart, or a rare sign that becomes common would not show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.watch.predictions import JudgedQuarter

Floats = NDArray[np.float64]

_BINS = 10
_MOVED = 0.25
# With few feeds, weeks differ by more than that though nothing changed.
_BEYOND_USUAL = 2.0
_MANY = 3
_DEVIATIONS = 3.0
_LEAST_BLOCKS = 4
_MOST = 0.5
_RARE = 1e-3
_NAMED = 4

SIGNS = {
    "retried": "retries",
    "warned": "warnings",
    "slower": "durations",
    "fewer_rows": "row counts",
    "queued": "time that runs waited for a worker",
    "rejecting": "rejected rows",
    "overrun": "how long runs under way have taken",
    "not_started": "how late runs start",
    "upstream_slow": "durations of upstreams",
    "source_slow": "durations on the same source",
    "pool_slow": "durations on the same worker pool",
    "response": "response times of sources",
    "refused": "connections that sources refuse",
    "file_late": "how late source files are",
    "file_small": "sizes of source files",
    "queue": "waiting times of worker pools",
    "free_hours": "free space of databases",
}
"""The main signs that estimates go by, and what people call them.

Signs made of failures are not among them: failures come in bursts, so these move by half an index from week
to week in a simulated world that never changes. Whether estimates come true speaks for them.
"""


@dataclass(frozen=True)
class Spread:
    """How a sign was distributed over some weeks.

    Attributes:
        edges: Upper edges of its steps but the last; shares: the share of values in each step.
        usual: The farthest that one of these weeks was from the others, as a stability index.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    usual: float


@dataclass(frozen=True)
class DriftReport:
    """How far promises and outcomes, and each sign's distribution, have come apart.

    Attributes:
        promised: Mean of the estimates; happened: how often they came true; deviations: the difference, in
            standard deviations.
        moved: Signs that moved, with their stability index, the farthest first.
    """

    promised: float
    happened: float
    deviations: float
    moved: tuple[tuple[str, float], ...]

    @property
    def is_off(self) -> bool:
        """Return whether estimates come true no longer."""
        return abs(self.deviations) > _DEVIATIONS

    @property
    def has_moved(self) -> bool:
        """Return whether several signs moved away."""
        return len(self.moved) >= _MANY

    @property
    def calls_for_training(self) -> bool:
        """Return whether a new model should be trained now rather than on schedule."""
        return self.is_off or self.has_moved

    def moved_in_words(self) -> str:
        """Return which signs moved, and how far."""
        named = ", ".join(f"{SIGNS.get(name, name)} ({by:.2f})" for name, by in self.moved[:_NAMED])
        more = len(self.moved) - _NAMED
        return f"{named} and {more} more" if more > 0 else named


def drift(
    quarters: Sequence[JudgedQuarter], before: Mapping[str, Spread], lately: Mapping[str, Floats]
) -> DriftReport:
    """Return the drift of recent estimates and signs.

    Args:
        quarters: Recent estimates and what became of them.
        before: How signs were distributed when the model was made; lately: the same signs in the newest days.
    """
    moved = [
        (name, one, stability_index(one, lately[name])) for name, one in before.items() if name in lately
    ]
    beyond = [(name, by) for name, one, by in moved if by > max(_MOVED, _BEYOND_USUAL * one.usual)]
    far = sorted(beyond, key=lambda pair: -pair[1])
    asked = max(sum(one.asked for one in quarters), 1)
    promised = sum(one.promised for one in quarters) / asked
    happened = sum(one.happened for one in quarters) / asked
    return DriftReport(promised, happened, _deviations(quarters), tuple(far))


def _deviations(quarters: Sequence[JudgedQuarter]) -> float:
    """Return how many standard deviations outcomes are off (Spiegelhalter's z, 1986).

    Estimates of one trouble fail together, so quarters of days are what varies, where they vary more than
    single estimates would.
    """
    by_begin: dict[int, float] = {}
    for one in quarters:
        by_begin[one.begin] = by_begin.get(one.begin, 0.0) + one.off
    sums = np.array(list(by_begin.values()))
    alone = sum(one.variance for one in quarters) ** 0.5
    together = float(np.std(sums, ddof=1)) * len(sums) ** 0.5 if len(sums) >= _LEAST_BLOCKS else 0.0
    spread = max(alone, together)
    return float(sums.sum()) / spread if spread > 0 else 0.0


def spread_of(values: Floats, week: NDArray[np.intp]) -> Spread:
    """Return how values are distributed, and how far one week is usually from the others."""
    whole = _spread(values)
    usual = 0.0
    for one in np.unique(week).tolist():
        mine = week == one
        if not mine.all():
            usual = max(usual, stability_index(_spread(values[~mine]), values[mine]))
    return replace(whole, usual=round(usual, 4))


def _spread(values: Floats) -> Spread:
    edges = np.quantile(values, np.linspace(0.0, 1.0, _BINS + 1)[1:-1], method="nearest")
    usual, count = np.unique(values, return_counts=True)
    most = int(np.argmax(count))
    if count[most] > _MOST * len(values):
        above = values[values > usual[most]]
        apart = np.quantile(above, (0.0, 0.5), method="nearest") if len(above) else np.zeros(0)
        edges = np.r_[edges, usual[most], apart]
    edges = np.unique(edges)
    return Spread(tuple(edges.tolist()), tuple(np.round(_shares(edges, values), 5).tolist()), 0.0)


def stability_index(before: Spread, lately: Floats) -> float:
    """Return the population stability index; above 0.25 is another population by common practice."""
    old, new = np.asarray(before.shares), _shares(np.asarray(before.edges), lately)
    return float(np.sum((new - old) * np.log((new + _RARE) / (old + _RARE))))


def _shares(edges: Floats, values: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values, "right"), minlength=len(edges) + 1)
    return np.asarray(counts / max(len(values), 1), dtype=np.float64)
