"""When nobody is called *most likely*, however plain the evidence: where as plain a cause could not be told
from the first.

The curve knows how plain a fault is. It does not know of what was never measured, and learned little of two
who look alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, IncidentCase
from rca.collect import Collected
from rca.culprits.neighbours import slow_apart
from rca.families import Family
from rca.findings import clean
from rca.verdict.alone_silent import only_unreported
from rca.verdict.confidence import felt
from rca.verdict.doubt import look_alike, unfelt, unseen_below
from rca.verdict.other_unit import takes_longer_than_its_callers
from rca.verdict.ranking import Ranked, Weights, is_far_end
from rca.verdict.shared_trouble import SharedTrouble, shared_trouble
from rca.verdict.used_up import used_up
from rca.verdict.who_asks import who_asks

_UNSEEN, _ALIKE = 0.69, 0.79
"""Of the firsts held back about seven in ten were right on made-up systems; of the labelled cases the three
too whom a second was so close to."""
_PLAIN = 0.45
_SAYS_WHERE = frozenset({"call_gap", "visit_lines", "visit_calls", "failed_spans"})
"""What is read off single calls tells the service from those that it calls."""
_SLOW = frozenset(
    {"latency", "client_latency", "own_time", "call_gap", "alerted", "entrance", "first", "load"}
)
_FAILS = frozenset({"errors", "success"})
_SEEN, _NOT_SEEN, _SHOWN = 6.0, 2.0, 0.1
_STEPS = frozenset({"visit_lines", "visit_calls"})
_SEVERAL, _MOST_NAMED = 2, 3
_UNFELT = 0.34
_UNSURE = 0.9
"""Of the confidence below which nobody is named."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What speaks against the first, and how sure one may be of it at most; `harmless` and `besides` are
    sentences."""

    shared: SharedTrouble
    harmless: str
    most_sure: float
    besides: str = ""


def held_back(
    case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights, abstain_below: float
) -> HeldBack:
    """Return what holds the first back, whatever the curve says of it."""
    shared = shared_trouble(case, seen, ranked, weights)
    harmless = (
        unfelt(case, seen, ranked, weights)
        or only_unreported(case, seen, ranked, weights)
        or takes_longer_than_its_callers(case, seen, ranked, weights)
    )
    besides = (
        used_up(seen, ranked)
        or who_asks(seen, ranked, case.changes)
        or _may_only_wait(seen, ranked)
        or _slow_beside(seen, ranked)
    )
    most = min(shared.most_sure, most_sure(seen, ranked, weights), _ALIKE if besides else 1.0)
    if case.reference is None and _tells_only_steps(ranked, weights):
        most = min(most, _ALIKE)
    if shared.is_nobodys or harmless:
        most = min(most, _UNSURE * abstain_below)
    return HeldBack(shared, harmless, most, besides)


def most_sure(seen: Collected, ranked: Sequence[Ranked], weights: Weights) -> float:
    """Return how sure one may be of the first at most."""
    if not ranked or ranked[0].score <= 0:
        return 1.0
    first = ranked[0]
    is_by_exclusion = first.service not in seen.services
    is_unfelt = felt(seen.findings, weights) < _UNFELT
    says_where = first.findings[0][1].family in _SAYS_WHERE or any(
        f.family in _SAYS_WHERE and weights.plainness(f) >= _PLAIN for _, f in first.findings
    )
    may_be_below = not says_where and bool(unseen_below(seen, ranked))
    if is_by_exclusion or is_unfelt or may_be_below or _is_slow_where_users_see_failures(seen, first):
        return _UNSEEN
    most = min(f.most_sure for _, f in first.findings) if first.findings else 1.0
    return min(most, _ALIKE if look_alike(ranked) else 1.0)


def _may_only_wait(seen: Collected, ranked: Sequence[Ranked]) -> str:
    """Return that the first is slow and no more where nothing tells who calls whom, as a sentence: who waits
    for somebody looks like that, too. Else empty."""
    if seen.calls or not ranked or ranked[0].score <= 0 or len(seen.services) < _SEVERAL:
        return ""
    shows = {f.family for points, f in ranked[0].findings if f.bad and points >= _SHOWN}
    if not shows <= _SLOW - {"own_time", "call_gap"} or Family.LATENCY not in shows:
        return ""
    name = clean(ranked[0].service, 60)
    return (
        f"{name} is slow and shows no more, and nothing tells whom it calls: it may wait for one of them. "
        "Traces or a map of the calls would tell."
    )


def _slow_beside(seen: Collected, ranked: Sequence[Ranked]) -> str:
    """Return who got slow as the first did, each for itself, as a sentence; else empty."""
    if not ranked or ranked[0].score <= 0:
        return ""
    slow = slow_apart(seen.metrics, seen.findings, seen.calls, ranked[0].service)
    others = [name for name in slow if not is_far_end(name)]  # measured by who calls it: that one's trouble
    if not others:
        return ""
    named = in_series([clean(name, 60) for name in (ranked[0].service, *others)], most=_MOST_NAMED)
    return f"{named} got slow each for itself: see what they share, such as a node."


def _tells_only_steps(ranked: Sequence[Ranked], weights: Weights) -> bool:
    """Return whether nothing but other steps of its visits speaks plainly for the first: where no older time
    is known, another mix of requests takes other steps, too."""
    found = ranked[0].findings if ranked else ()
    plain = {f.family for _, f in found if f.bad and weights.plainness(f) >= _PLAIN}
    return bool(plain) and plain <= _STEPS


def _is_slow_where_users_see_failures(seen: Collected, first: Ranked) -> bool:
    """Return whether calls fail for users, who wait no longer than ever, and the first is slow and no more: a
    few milliseconds are another matter."""
    told = {s.family for s in seen.metrics.series if s.service == ENTRY}
    users = [f for f in seen.findings if f.service == ENTRY and f.bad]
    fails = max((f.strength for f in users if f.family in _FAILS), default=0.0)
    waits = max((f.strength for f in users if f.family == Family.LATENCY), default=0.0)
    shows = {f.family for points, f in first.findings if f.bad and points >= _SHOWN}
    return fails >= _SEEN and Family.LATENCY in told and waits < _NOT_SEEN and shows <= _SLOW
