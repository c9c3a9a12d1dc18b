"""Make one trouble of feeds that are in it together: by lineage, by what they rest on, by who reports them.

Feeds that rest on one source need not suffer together: only those are joined that have it among their
reasons.
"""

from collections.abc import Callable, Mapping, Sequence

from domain.ids import FeedName
from domain.running.feeds import COST_OF_A_MISS, Feed
from domain.watch.silent_senders import with_silent_senders
from domain.watch.watching import Estimate, SilentSender, Trouble
from predictors.backtesting.alerting import grouped

_SHARED_BY = 3
Places = Callable[[Feed], Sequence[str]]
_SHARED: tuple[tuple[Places, tuple[str, ...]], ...] = (
    (
        lambda feed: (feed.source,),
        ("on its source", "its source answers", "its source refuses", "its source file"),
    ),
    (lambda feed: (feed.pool,), ("on its worker pool", "for a worker")),
    (lambda feed: feed.databases, ("its database will be full",)),
)
"""What feeds may rest on together, and the words of the reasons that name it."""


def troubles_of(estimates: Sequence[Estimate], silent: Sequence[SilentSender] = ()) -> list[Trouble]:
    """Return feeds above their thresholds as troubles: by lineage, then by a source, pool or database they
    share, and those of a silent sender as one."""
    by_name = {one.name: one for one in estimates}
    raised = {one.name: one.prediction for one in estimates if one.is_high}
    feeds = {name: by_name[name].watched.feed for name in raised}
    cards = grouped(raised, feeds)
    troubles = [Trouble(card.root, (card.root, *card.dependants), card.priority) for card in cards]
    for places, words in _SHARED:
        troubles = _joined(troubles, by_name, places, words)
    return with_silent_senders(troubles, silent, by_name)


def _joined(
    troubles: Sequence[Trouble], by_name: Mapping[FeedName, Estimate], places: Places, words: Sequence[str]
) -> list[Trouble]:
    """Join troubles whose roots share one of their places and have it among their reasons."""
    left = {trouble.root: trouble for trouble in troubles}
    joined: list[Trouble] = []
    shared: dict[str, list[FeedName]] = {}
    for name in left:
        if any(word in reason.fact for reason in by_name[name].prediction.reasons for word in words):
            for place in filter(None, dict.fromkeys(places(by_name[name].watched.feed))):
                shared.setdefault(place, []).append(name)
    # A feed may rest on two databases: it is told with the one that most of them name.
    for _, names in sorted(shared.items(), key=lambda one: (-len(one[1]), one[0])):
        some = [left[name] for name in names if name in left]
        if len(some) < _SHARED_BY:
            continue
        first = max(some, key=lambda one: (_weight(by_name[one.root]), one.root))
        members = tuple(sorted({name for one in some for name in one.members} - {first.root}))
        for one in some:
            del left[one.root]
        priority = sum(one.priority for one in some)
        joined.append(Trouble(first.root, (first.root, *members), priority))
    return [*left.values(), *joined]


def _weight(one: Estimate) -> float:
    return one.prediction.probability * COST_OF_A_MISS[one.watched.feed.criticality]
