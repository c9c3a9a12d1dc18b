"""Find the worth from which a team's alerts fit its budget, by counting the cards that people would get.

An alert is worth the odds of its trouble times what missing it costs. For each worth, the cards of the tested
time are counted as they are raised in service: one stands until its estimate is well below its level, a feed
whose upstream has one joins it, and so do feeds of one source or worker pool that are many at once. Feeds of
other teams count for nothing but what they join: three feeds that wait for another team's are one card.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted
from domain.running.feeds import COST_OF_A_MISS, Criticality, Feed
from predictors.backtesting.backtest import Backtest, cards_of

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

_LEAST_LEVEL = 0.02
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
class Shared:
    """Feeds of a team that rest on one source or pool, and how many of other teams have a card by hour."""

    members: tuple[int, ...]
    others: Whole | int = 0


@dataclass(frozen=True)
class Outside:
    """Feeds of a team that wait for one of another team, and in which hours that one has a card."""

    members: tuple[int, ...]
    stands: Truths


@dataclass(frozen=True)
class TeamHours:
    """What was told of a team's feeds hour by hour (feeds x hours; 0 where nothing was asked)."""

    told: Floats
    criticality: tuple[Criticality, ...]
    upstreams: Mapping[int, tuple[int, ...]]
    shared: tuple[Shared, ...] = ()
    outside: tuple[Outside, ...] = ()

    @property
    def most(self) -> float:
        """Return a worth that no alert reaches."""
        cost = np.array([COST_OF_A_MISS[one] for one in self.criticality])
        odds = self.told.max(axis=1, initial=0.0) / np.maximum(1.0 - self.told.max(axis=1, initial=0.0), 1e-6)
        return 2.0 * float((cost * odds).max(initial=1.0))

    def cards(self, worth: float) -> int:
        """Return how many cards people would get from a worth on."""
        level = np.array([Cut(worth, "").level(one) for one in self.criticality])[:, None]
        begun, stands = cards_of(self.told, level)
        before = stands & ~begun
        raised = begun.copy()
        for feed, above in self.upstreams.items():
            raised[feed] &= ~stands[list(above)].any(axis=0)
        for outside in self.outside:
            _keep_first(raised, before, outside.members, outside.stands)
        for one in self.shared:
            _keep_first(
                raised, before, one.members, stands[list(one.members)].sum(axis=0) + one.others >= _SHARED_BY
            )
        return int(raised.sum())


def standing(test: Backtest, feeds: int, levels: Floats) -> Truths:
    """Return in which of the tested hours each feed would have a card of its own level (feeds x hours)."""
    hours, at = np.unique(test.now, return_inverse=True)
    told = np.zeros((feeds, len(hours)))
    told[test.feed, at] = test.told
    return cards_of(told, levels[:, None])[1]


def hours_of(
    test: Backtest, feeds: Sequence[Feed], numbers: Sequence[int], stands: Truths | None = None
) -> TeamHours:
    """Return what a test told of some feeds, given by their numbers.

    Args:
        test: What the model says.
        feeds: All feeds.
        numbers: Those of the team.
        stands: In which hours each of all feeds has a card; without it other teams are left out.
    """
    hours, at = np.unique(test.now, return_inverse=True)
    place = np.full(len(feeds), -1, dtype=np.intp)
    place[list(numbers)] = np.arange(len(numbers))
    told = np.zeros((len(numbers), len(hours)))
    mine = place[test.feed] >= 0
    told[place[test.feed[mine]], at[mine]] = test.told[mine]
    named = {feeds[number].name: row for row, number in enumerate(numbers)}
    upstreams: dict[int, tuple[int, ...]] = {}
    for row, number in enumerate(numbers):
        above = tuple(named[name] for name in feeds[number].upstreams if name in named)
        if above:
            upstreams[row] = above
    return TeamHours(
        told,
        tuple(feeds[number].criticality for number in numbers),
        upstreams,
        tuple(_shared(feeds, numbers, stands)),
        tuple(_outside(feeds, numbers, stands)) if stands is not None else (),
    )


def _shared(feeds: Sequence[Feed], numbers: Sequence[int], stands: Truths | None) -> Iterator[Shared]:
    """Yield the sources, then the pools, that three feeds or more rest on, of this team or of all."""
    for kind in ("source", "pool"):
        mine: dict[str, list[int]] = {}
        for row, number in enumerate(numbers):
            mine.setdefault(getattr(feeds[number], kind), []).append(row)
        own = set(numbers)
        every: dict[str, list[int]] = {name: [] for name in mine}
        for number, feed in enumerate(feeds) if stands is not None else ():
            if number not in own and getattr(feed, kind) in every:
                every[getattr(feed, kind)].append(number)
        for name, rows in mine.items():
            if name and len(rows) + len(every[name]) >= _SHARED_BY:
                others = stands[every[name]].sum(axis=0) if stands is not None and every[name] else 0
                yield Shared(tuple(rows), others)


def _outside(feeds: Sequence[Feed], numbers: Sequence[int], stands: Truths) -> Iterator[Outside]:
    """Yield the feeds of other teams that feeds of this one wait for."""
    own, known = set(numbers), {feed.name: number for number, feed in enumerate(feeds)}
    waiting: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        for name in feeds[number].upstreams:
            if name in known and known[name] not in own:
                waiting.setdefault(known[name], []).append(row)
    for number, rows in waiting.items():
        yield Outside(tuple(rows), stands[number])


def _keep_first(raised: Truths, before: Truths, members: Sequence[int], together: Truths) -> None:
    """Leave one card of those that feeds raise together; none where one of them has one already."""
    rows = list(members)
    mine = raised[rows]
    is_first = mine & (np.cumsum(mine, axis=0) == 1) & ~before[rows].any(axis=0)
    raised[rows] = np.where(together, is_first, mine)


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
