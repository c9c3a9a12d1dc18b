"""The stores of what is known of rows: scores of deliveries, comparisons, differences; and of errands."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.data_quality.discrepancies import Discrepancy
from domain.data_quality.publications import Publication
from domain.data_quality.row_care import RowCare
from domain.errands import DeliveryState, Errand
from domain.ids import FeedName
from domain.watch.data_facts import FeedRows
from domain.watch.feed_health import QualityPoint, ReconciliationPoint


class QualityStore(Protocol):
    """Scores of deliveries and comparisons with the source."""

    def save_score(
        self, delivery: str, feed: FeedName, score: QualityPoint, state: DeliveryState, now: datetime
    ) -> None:
        """Add or replace the score of a delivery; `now` is the moment of writing."""
        ...

    def take_turns(self, feed: FeedName) -> None:
        """Wait until no other transaction decides about rows of the feed; let none until this one ends."""
        ...

    def set_state(self, delivery: str, state: DeliveryState, now: datetime) -> None:
        """Release or refuse a delivery that is held back."""
        ...

    def hold_again(self, delivery: str, now: datetime) -> None:
        """Hold a delivery back once more that was refused."""
        ...

    def state_of(self, delivery: str) -> tuple[DeliveryState, QualityPoint] | None:
        """Return what became of a delivery and its score; None while it has none."""
        ...

    def released(self, feed: str, limit: int) -> list[str]:
        """Return the newest released deliveries of a feed, oldest first."""
        ...

    def delivered(self, feeds: Sequence[FeedName]) -> set[FeedName]:
        """Return those of the feeds of which a delivery was ever released."""
        ...

    def held(self, feed: str) -> list[str]:
        """Return the deliveries of a feed that are held back, oldest first."""
        ...

    def scores(self, feed: str, limit: int) -> list[QualityPoint]:
        """Return the newest scores of a feed, oldest first."""
        ...

    def rows_changed_since(self, moment: datetime) -> set[FeedName]:
        """Return the feeds of whose rows anything was written at or after a moment."""
        ...

    def rows_of(self, feeds: Sequence[FeedName], since: datetime, *, most: int) -> dict[FeedName, FeedRows]:
        """Return what is known of the rows of feeds after a moment, by at most so many deliveries of each."""
        ...

    def save_reconciliation(self, feed: FeedName, found: ReconciliationPoint, now: datetime) -> None:
        """Add or replace a comparison; `now` is the moment of writing."""
        ...

    def reconciliations(self, feed: str, limit: int) -> list[ReconciliationPoint]:
        """Return the newest comparisons of a feed, newest first."""
        ...

    def forget_before(self, moment: datetime, troubled: Collection[str], *, newest: int, most: int) -> int:
        """Remove comparisons, scores and errands from before a moment: so many of each at most.

        So many of a feed's newest released deliveries stay, those that are held back, and those of feeds that
        people look at: their files are there.
        """
        ...


class PublicationStore(Protocol):
    """Days whose rows were released to readers or are held back from them."""

    def find(self, name: str) -> Publication | None:
        """Return it, locked for this transaction, or None."""
        ...

    def save(self, one: Publication) -> None:
        """Add or replace it."""
        ...

    def held(self) -> list[Publication]:
        """Return all that are held back, oldest first."""
        ...

    def held_days(self) -> dict[FeedName, tuple[str, ...]]:
        """Return the days of feeds that are held back, oldest first."""
        ...

    def kept_out(self, since: str) -> list[Publication]:
        """Return those from a day on that are held back or were refused, oldest first."""
        ...

    def forget_before(self, moment: datetime) -> int:
        """Remove what was decided before a moment; return how many."""
        ...


class ErrandStore(Protocol):
    """Work that was asked for."""

    def find(self, errand: str) -> Errand | None:
        """Return the errand, or None."""
        ...

    def get(self, errand: str) -> Errand:
        """Return the errand; raises `NotFound`."""
        ...

    def save(self, errand: Errand) -> None:
        """Add or replace an errand."""
        ...

    def several(self, errands: Sequence[str]) -> dict[str, Errand]:
        """Return those errands of the names that are known."""
        ...

    def wanted(self) -> list[Errand]:
        """Return what is not done yet, oldest first."""
        ...


class DiscrepancyStore(Protocol):
    """Feeds whose rows differ from their source far more than usual."""

    def get(self, name: str) -> Discrepancy:
        """Return it, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, one: Discrepancy) -> None:
        """Add or replace it."""
        ...

    def open_of(self, feed: str) -> Discrepancy | None:
        """Return the open one of a feed, locked for this transaction, or None."""
        ...

    def every_open(self) -> list[Discrepancy]:
        """Return all open ones, oldest first."""
        ...

    def of_names(self, names: Sequence[str]) -> list[Discrepancy]:
        """Return those of the names that are known."""
        ...


class RowCareStore(Protocol):
    """In whose hands troubles of rows are."""

    def find(self, subject: str) -> RowCare | None:
        """Return it, locked for this transaction, or None."""
        ...

    def save(self, care: RowCare) -> None:
        """Add or replace it."""
        ...

    def every_open(self) -> list[RowCare]:
        """Return those whose trouble is not known to be over, locked for this transaction."""
        ...

    def seen_open(self) -> list[RowCare]:
        """Return the same, as somebody else may be changing them."""
        ...

    def forget_closed_before(self, moment: datetime) -> int:
        """Remove those whose trouble was over before a moment; return how many."""
        ...
