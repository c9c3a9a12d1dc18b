"""What earlier comparisons of a feed tell about a new one: is it unusual, and what was it the last time."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from types import MappingProxyType

from domain.counting import times
from domain.data_quality.quality import MismatchClass
from domain.investigation.incidents import Incident
from domain.remediation.fixes import Fix
from domain.watch.feed_health import ReconciliationPoint

_UNUSUAL_DEVIATIONS = 4.0
_LEAST_BEFORE = 5
_LEAST_SPREAD = 0.0005
_AT_FIRST = 0.05
"""While too few comparisons are known, from this share of the rows on a difference is no trickle."""
_ABOVE_THE_USUAL = 2.0
_ABOVE_THE_EXPECTED = 1.5
_A_HANDFUL = 3
_LOSS = MismatchClass.MISSING_ROWS.value
_ALIKE = 2.0
_NEAR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Earlier:
    """One kind of difference as it was met before: how often, when last, what it was, what mended it."""

    times: int
    last: str
    cause: str = ""
    mended_by: str = ""

    def sentence(self) -> str:
        """Return it in words."""
        told = f"seen {times(self.times)} before, last for {self.last}"
        if self.cause:
            told += f"; it was: {self.cause}"
        return f"{told}; mended by: {self.mended_by}" if self.mended_by else told


def is_unusual(
    found: ReconciliationPoint,
    before: Sequence[ReconciliationPoint],
    expected: Mapping[str, float] = MappingProxyType({}),
) -> bool:
    """Return whether so much differs as it usually does not, over all or of one kind.

    The bar lies far above the median of earlier comparisons, and above the largest that was not unusual.

    Args:
        found: The comparison.
        before: Earlier ones of the same feed; those that failed are left out.
        expected: By kind, the share of rows that people called expected; so much of it is left out.
    """
    done = [one for one in before if one.state == "done"]
    rates = {
        kind: rate
        for kind, rate in rates_by_kind(found).items()
        if rate > _ABOVE_THE_EXPECTED * expected.get(kind, 0.0)
    }
    if not rates or rate_of(found) <= found.tolerated:
        return False
    if len(done) < _LEAST_BEFORE:
        return min(sum(rates.values()), 1.0) >= _AT_FIRST
    earlier = [rates_by_kind(one) for one in done]
    usual = [not one.is_unusual for one in done]
    if sum(rates.values()) > _bar([sum(one.values()) for one in earlier], usual):
        return _are_many(found, rates)
    return any(
        rate > _bar([one.get(kind, 0.0) for one in earlier], usual) and _are_many(found, (kind,))
        for kind, rate in rates.items()
    )


def loses_rows(
    found: ReconciliationPoint,
    before: Sequence[ReconciliationPoint],
    expected: Mapping[str, float] = MappingProxyType({}),
    kept_out: Collection[str] = (),
) -> bool:
    """Return whether rows are missing that seldom are: what a reader lacks is asked about sooner than told.

    A loss is familiar once a published day has lost half as much: of a few rows, a few less.

    Args:
        found: The comparison.
        before: Earlier ones of the same feed, one a day.
        expected: By kind, the share of rows that people called expected.
        kept_out: Days that were not published: a loss that people refuse is not what they are used to.
    """
    lost = rates_by_kind(found).get(_LOSS, 0.0)
    if rate_of(found) <= found.tolerated or lost <= _ABOVE_THE_EXPECTED * expected.get(_LOSS, 0.0):
        return False
    known = [
        one
        for one in before
        if one.state == "done" and not one.is_unusual and one.business_date not in kept_out
    ]
    size = max(found.source_rows, found.target_rows, 1)
    earlier = max((rates_by_kind(one).get(_LOSS, 0.0) for one in known), default=0.0)
    return lost > 0.0 and not _is_alike(lost * size, earlier * size)


def _is_alike(lost: float, earlier: float) -> bool:
    """Return whether so many rows are no more than what an earlier day lost and chance: of few, a few."""
    return lost <= max(_ALIKE * earlier, earlier + 2.0 * math.sqrt(earlier))


def _bar(rates: Sequence[float], usual: Sequence[bool]) -> float:
    """Return the share of rows from which a difference is unusual; a past trouble does not raise it."""
    middle = median(rates)
    spread = median(abs(rate - middle) for rate in rates)
    largest = max((rate for rate, counts in zip(rates, usual, strict=True) if counts), default=0.0)
    above = _ABOVE_THE_USUAL * (1.0 + _LEAST_BEFORE / len(rates))  # few have not shown how large it gets
    return max(middle + _UNUSUAL_DEVIATIONS * max(1.4826 * spread, _LEAST_SPREAD), above * largest)


def _are_many(found: ReconciliationPoint, kinds: Collection[str]) -> bool:
    """Return whether more than a few rows differ: of a small table one row is a large share."""
    return sum(one.rows for one in found.mismatches if one.kind in kinds) >= _A_HANDFUL


def rates_by_kind(one: ReconciliationPoint) -> dict[str, float]:
    """Return the share of rows that differ, by kind of difference."""
    rows: dict[str, int] = {}
    for kind in one.mismatches:
        rows[kind.kind] = rows.get(kind.kind, 0) + kind.rows
    most = max(one.source_rows, one.target_rows, 1)
    return {kind: min(count / most, 1.0) for kind, count in rows.items()}


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
    mended = [one for one in fixes if one.has_helped and one.title]
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
