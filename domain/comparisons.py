"""What earlier comparisons of a feed tell about a new one: is it unusual, and what was it the last time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.feed_health import ReconciliationPoint
from domain.fixes import Fix, FixState
from domain.incidents import Incident

_UNUSUAL_DEVIATIONS = 4.0
_LEAST_BEFORE = 5
_NEAR = timedelta(days=3)
_MENDED = frozenset({FixState.VERIFIED})


@dataclass(frozen=True, slots=True)
class Earlier:
    """One kind of difference as it was met before: how often, when last, what it was, what mended it."""

    times: int
    last: str
    cause: str = ""
    mended_by: str = ""

    def sentence(self) -> str:
        """Return it in words."""
        often = "once" if self.times == 1 else f"{self.times} times"
        told = f"seen {often} before, last for {self.last}"
        if self.cause:
            told += f"; it was: {self.cause}"
        return f"{told}; mended by: {self.mended_by}" if self.mended_by else told


def is_unusual(found: ReconciliationPoint, before: Sequence[ReconciliationPoint]) -> bool:
    """Return whether so much differs as it never did: far above the median of earlier comparisons."""
    rates = sorted(rate_of(one) for one in before if one.state == "done")
    if len(rates) < _LEAST_BEFORE:
        return False
    middle = rates[len(rates) // 2]
    spread = sorted(abs(rate - middle) for rate in rates)[len(rates) // 2]
    return rate_of(found) > middle + _UNUSUAL_DEVIATIONS * max(1.4826 * spread, 0.0005)


def rate_of(one: ReconciliationPoint) -> float:
    """Return the share of rows that differ, of the larger side."""
    return min(sum(kind.rows for kind in one.mismatches) / max(one.source_rows, one.target_rows, 1), 1.0)


def earlier_of(
    found: ReconciliationPoint,
    before: Sequence[ReconciliationPoint],
    incidents: Iterable[Incident],
    fixes: Iterable[Fix],
) -> dict[str, Earlier]:
    """Return, per kind of difference that was met before, what is known of it.

    Args:
        found: The new comparison.
        before: Earlier ones of the same feed.
        incidents: Those about the feed; one counts whose beginning lies near an earlier difference.
        fixes: Attempts on the feed; one counts that succeeded soon after an earlier difference.
    """
    told_incidents = [one for one in incidents if one.cause]
    mended = [one for one in fixes if one.state in _MENDED and one.title]
    known: dict[str, Earlier] = {}
    for kind in dict.fromkeys(one.kind for one in found.mismatches):
        met = [one for one in before if any(other.kind == kind for other in one.mismatches)]
        if not met:
            continue
        times = [one.at for one in met]
        causes = [(one.began_at, one.cause) for one in told_incidents if _is_near(one.began_at, times)]
        fix = [(one.opened_at, one.title) for one in mended if _is_near(one.opened_at, times)]
        known[kind] = Earlier(
            times=len(met),
            last=max(met, key=lambda one: one.at).business_date,
            cause=max(causes)[1] if causes else "",
            mended_by=max(fix)[1] if fix else "",
        )
    return known


def _is_near(moment: datetime, times: Iterable[datetime]) -> bool:
    return any(abs(moment - at) <= _NEAR for at in times)
