"""Find the worth from which a team's alerts fit its budget, by counting the cards that people would get.

An alert is worth the odds of its trouble times what missing it costs. For each worth, the cards of the tested
hours are counted as they are raised in service: one stands until its estimate is well below its level, a feed
whose upstream has one joins it, and so do feeds of one source that are many at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted
from domain.feeds import COST_OF_A_MISS, Criticality, Feed
from predictors.backtest import Backtest

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

_LEAST_LEVEL = 0.02
_RELEASE = 0.6
_SHARED_BY = 3
_HALVINGS = 24


@dataclass(frozen=True)
class Cut:
    """From which worth a team's alerts are told; `words` say what decided it."""

    worth: float
    words: str

    def level(self, criticality: Criticality) -> float:
        """Return the estimate from which a feed alerts: the lower, the more a miss of it costs."""
        if self.worth == np.inf:
            return 1.0
        return max(_LEAST_LEVEL, self.worth / (self.worth + COST_OF_A_MISS[criticality]))


@dataclass(frozen=True)
class TeamHours:
    """What was told of a team's feeds hour by hour (feeds x hours; 0 where nothing was asked)."""

    told: Floats
    criticality: tuple[Criticality, ...]
    upstreams: Mapping[int, tuple[int, ...]]
    sources: tuple[tuple[int, ...], ...]

    @property
    def most(self) -> float:
        """Return a worth that no alert reaches."""
        cost = np.array([COST_OF_A_MISS[one] for one in self.criticality])
        odds = self.told.max(axis=1, initial=0.0) / np.maximum(1.0 - self.told.max(axis=1, initial=0.0), 1e-6)
        return 2.0 * float((cost * odds).max(initial=1.0))

    def cards(self, worth: float) -> int:
        """Return how many cards people would get from a worth on."""
        level = np.array([Cut(worth, "").level(one) for one in self.criticality])[:, None]
        high, on = self.told >= level, self.told >= _RELEASE * level
        begins = on & ~np.pad(on, ((0, 0), (1, 0)))[:, :-1]
        count = np.cumsum(high, axis=1)
        before = np.maximum.accumulate(np.where(begins, count - high, 0), axis=1)
        stands = on & (count > before)
        raised = high & (count - before == 1) & stands
        for feed, above in self.upstreams.items():
            raised[feed] &= ~stands[list(above)].any(axis=0)
        cards = int(raised.sum())
        for members in self.sources:
            mine, standing = raised[list(members)].sum(axis=0), stands[list(members)].sum(axis=0)
            shared = standing >= _SHARED_BY
            # The first of them is a card of its own unless others stood already.
            cards -= int(np.where(shared, mine - ((standing == mine) & (mine > 0)), 0).sum())
        return cards


def hours_of(test: Backtest, feeds: Sequence[Feed], numbers: Sequence[int]) -> TeamHours:
    """Return what a test told of some feeds, given by their numbers."""
    hours, at = np.unique(test.now, return_inverse=True)
    place = np.full(len(feeds), -1, dtype=np.intp)
    place[list(numbers)] = np.arange(len(numbers))
    told = np.zeros((len(numbers), len(hours)))
    mine = place[test.feed] >= 0
    told[place[test.feed[mine]], at[mine]] = test.told[mine]
    named = {feeds[number].name: row for row, number in enumerate(numbers)}
    upstreams: dict[int, tuple[int, ...]] = {}
    sources: dict[str, list[int]] = {}
    for row, number in enumerate(numbers):
        above = tuple(named[name] for name in feeds[number].upstreams if name in named)
        if above:
            upstreams[row] = above
        if feeds[number].source:
            sources.setdefault(feeds[number].source, []).append(row)
    shared = tuple(tuple(rows) for rows in sources.values() if len(rows) >= _SHARED_BY)
    return TeamHours(told, tuple(feeds[number].criticality for number in numbers), upstreams, shared)


def cut_of(team: TeamHours, affordable: float) -> Cut:
    """Return from which worth to alert: the budget buys the alerts of a team that save most.

    An alert that costs more in false alarms than it saves is not told, however much budget is left.

    Args:
        team: What was told of its feeds.
        affordable: How many cards its budget allows in that time.
    """
    count = int(affordable)
    if not count:
        return Cut(np.inf, "the budget allows no alert")
    low, high, all_of_them = 1.0, max(team.most, 1.0), team.cards(1.0)
    if all_of_them > count:
        for _ in range(_HALVINGS):
            middle = (low * high) ** 0.5
            low, high = (middle, high) if team.cards(middle) > count else (low, middle)
    worth = high if all_of_them > count else 1.0
    told = team.cards(worth)
    return Cut(worth, f"{told} of the {counted(all_of_them, 'card')} of the tested time pass, {count} may")
