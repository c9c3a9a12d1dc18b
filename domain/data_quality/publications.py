"""Whether the rows of a feed's day may be published, by what reconciliation found and what people said of it.

A yes covers what differed when it was asked, and less; of more it is asked anew.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from domain.data_quality.quality import MismatchClass
from domain.errands import DeliveryState, Errand
from domain.ids import FeedName
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint

_YOUNG = timedelta(days=14)
"""A day older than this was published long ago: who compares it by hand asks for no decision."""

HOLD, HOLD_UNUSUAL = "hold", "hold_unusual"
_STRUCTURAL = frozenset(
    {
        MismatchClass.MISSING_PARTITION,
        MismatchClass.MISSING_FILE,
        MismatchClass.NOTHING_DECLARED,
        MismatchClass.KEY_FORMAT,
        MismatchClass.CONTROL_TOTAL,
    }
)
"""What no number of rows excuses: a part is gone, nothing matches, or the sender's own sum is another."""


class Publication(BaseModel):
    """The rows of one day, held back from readers or released to them.

    Attributes:
        errand: The comparison that said so last.
        differs: What was found to differ when it was held back; a decision covers as much.
        approval: The question that people were asked; empty without one.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    feed: FeedName
    business_date: str
    state: DeliveryState
    at: datetime
    errand: str
    differs: tuple[MismatchPoint, ...] = ()
    approval: str = ""
    sentence: str = ""

    @property
    def subject(self) -> str:
        """Return how postings, requests and the audit trail name it."""
        return f"publication/{self.id}"

    @property
    def rows(self) -> int:
        """Return how many rows differ."""
        return sum(one.rows for one in self.differs)


def publication_id(feed: str, business_date: str) -> str:
    """Return the name of a feed's day."""
    return "p" + hashlib.sha256(f"{feed}/{business_date}".encode()).hexdigest()[:14]


def is_gated(errand: Errand, found: ReconciliationPoint, before: Publication | None) -> bool:
    """Return whether a comparison decides about publication; one by hand of a day of long ago does not."""
    if before is not None:
        return True
    day = datetime.fromisoformat(found.business_date).replace(tzinfo=found.at.tzinfo)
    decides = found.on_break in (HOLD, HOLD_UNUSUAL) or _holds(found, errand)
    return decides and (errand.is_quiet or found.at - day <= _YOUNG)


def judged(before: Publication | None, found: ReconciliationPoint, errand: Errand) -> Publication:
    """Return how a day stands after a comparison; held without an `approval` has to be asked about."""
    differs = breaks_of(found)
    told = {"at": found.at, "errand": errand.id}
    if not differs or not _holds(found, errand):
        said = "Source and target agree."
        if differs:
            said = "What differs is no more than usual for the feed."
        elif found.mismatches:
            said = "What differs is within what the feed allows."
        return Publication(
            id=publication_id(errand.feed, found.business_date),
            feed=FeedName(errand.feed),
            business_date=found.business_date,
            state=DeliveryState.RELEASED,
            sentence=said,
            **told,
        )
    if before is not None and (before.state is DeliveryState.REFUSED or _covers(before.differs, differs)):
        return before.model_copy(update=told)
    return Publication(
        id=publication_id(errand.feed, found.business_date),
        feed=FeedName(errand.feed),
        business_date=found.business_date,
        state=DeliveryState.HELD,
        differs=differs,
        **told,
    )


def breaks_of(found: ReconciliationPoint) -> tuple[MismatchPoint, ...]:
    """Return what differs beyond the tolerance; rows that the source wrote later are not awaited yet."""
    differs = tuple(one for one in found.mismatches if one.kind != MismatchClass.LATE_ROWS)
    most = max(found.source_rows, found.target_rows, 1)
    return differs if sum(one.rows for one in differs) > found.tolerated * most else ()


def in_words(differs: Sequence[MismatchPoint]) -> str:
    """Return what differs, such as "90 of missing rows; 3 of rounding in amount"."""
    return "; ".join(
        f"{one.rows:,} of {one.kind}{f' in {one.column}' if one.column else ''}" for one in differs
    )


def _holds(found: ReconciliationPoint, errand: Errand) -> bool:
    """Return whether a difference holds back: as configured, else only from a program that asks first."""
    if found.on_break == HOLD_UNUSUAL:
        breaks = breaks_of(found)
        is_certain = any(one.is_declared or one.kind in _STRUCTURAL for one in breaks)
        return found.is_unusual or is_certain or (found.loses_rows and bool(breaks))
    return found.on_break == HOLD or (not found.on_break and errand.is_of_program)


def _covers(asked: Sequence[MismatchPoint], now: Sequence[MismatchPoint]) -> bool:
    known = {(one.kind, one.column): one.rows for one in asked}
    return all(one.rows <= known.get((one.kind, one.column), 0) for one in now)
