"""Scores of deliveries, comparisons with the source, and errands in SQL."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, update

from domain.data_quality.comparisons import rate_of
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import NotFound
from domain.ids import FeedName
from domain.watch.data_facts import NO_ROWS, Compared, FeedRows, Scored
from domain.watch.feed_health import QualityPoint, ReconciliationPoint
from storage.forgetting import forget
from storage.statements import put, table_of
from storage.tables.rows import DeliveryRow, ReconciliationRow
from storage.tables.watch import ErrandRow

_DELIVERIES = table_of(DeliveryRow)
_RECONCILIATIONS = table_of(ReconciliationRow)
_ERRANDS = table_of(ErrandRow)
_NAMES_AT_ONCE = 500
_ANSWERED = tuple(kind.value for kind in ErrandKind if kind is not ErrandKind.SCORE_DELIVERY)
"""Of these nothing is left once they are answered."""


class SqlQuality:
    """Implements `QualityStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_score(
        self, delivery: str, feed: FeedName, score: QualityPoint, state: DeliveryState, now: datetime
    ) -> None:
        """Add or replace the score of a delivery."""
        put(
            self._connection,
            _DELIVERIES,
            {
                "id": delivery,
                "feed": feed,
                "measured_at": score.measured_at,
                "state": state.value,
                "overall": score.overall,
                "document": score.model_dump_json(),
                "changed_at": now,
            },
        )

    def take_turns(self, feed: FeedName) -> None:
        """Wait until no other transaction decides about rows of the feed; SQLite has one writer anyway."""
        if self._connection.dialect.name != "sqlite":
            key = int.from_bytes(hashlib.sha256(f"rows/{feed}".encode()).digest()[:8], signed=True)
            self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    def set_state(self, delivery: str, state: DeliveryState, now: datetime) -> None:
        """Release or refuse a delivery that is held back."""
        held = (_DELIVERIES.c.id == delivery) & (_DELIVERIES.c.state == DeliveryState.HELD.value)
        self._connection.execute(update(_DELIVERIES).where(held).values(state=state.value, changed_at=now))

    def hold_again(self, delivery: str, now: datetime) -> None:
        """Hold a delivery back once more that was refused."""
        refused = (_DELIVERIES.c.id == delivery) & (_DELIVERIES.c.state == DeliveryState.REFUSED.value)
        held = {"state": DeliveryState.HELD.value, "changed_at": now}
        self._connection.execute(update(_DELIVERIES).where(refused).values(**held))

    def state_of(self, delivery: str) -> tuple[DeliveryState, QualityPoint] | None:
        """Return what became of a delivery and its score; None while it has none."""
        row = self._connection.execute(
            select(_DELIVERIES.c.state, _DELIVERIES.c.document).where(_DELIVERIES.c.id == delivery)
        ).first()
        return None if row is None else (DeliveryState(row[0]), QualityPoint.model_validate_json(row[1]))

    def released(self, feed: str, limit: int) -> list[str]:
        """Return the newest released deliveries of a feed, oldest first."""
        is_good = (_DELIVERIES.c.feed == feed) & (_DELIVERIES.c.state == DeliveryState.RELEASED.value)
        newest = select(_DELIVERIES.c.id).where(is_good).order_by(_DELIVERIES.c.measured_at.desc())
        return list(self._connection.execute(newest.limit(limit)).scalars())[::-1]

    def delivered(self, feeds: Sequence[FeedName]) -> set[FeedName]:
        """Return those of the feeds of which a delivery was ever released."""
        found: set[FeedName] = set()
        is_good = _DELIVERIES.c.state == DeliveryState.RELEASED.value
        for first in range(0, len(feeds), _NAMES_AT_ONCE):
            some = _DELIVERIES.c.feed.in_(feeds[first : first + _NAMES_AT_ONCE])
            found.update(
                self._connection.execute(select(_DELIVERIES.c.feed).where(some, is_good).distinct()).scalars()
            )
        return found

    def held(self, feed: str) -> list[str]:
        """Return the deliveries of a feed that are held back, oldest first."""
        is_held = (_DELIVERIES.c.feed == feed) & (_DELIVERIES.c.state == DeliveryState.HELD.value)
        asked = select(_DELIVERIES.c.id).where(is_held).order_by(_DELIVERIES.c.measured_at)
        return list(self._connection.execute(asked).scalars())

    def scores(self, feed: str, limit: int) -> list[QualityPoint]:
        """Return the newest scores of a feed, oldest first."""
        rows = self._connection.execute(
            select(_DELIVERIES.c.document, _DELIVERIES.c.state)
            .where(_DELIVERIES.c.feed == feed)
            .order_by(_DELIVERIES.c.measured_at.desc())
            .limit(limit)
        )
        found = [QualityPoint.model_validate_json(d).model_copy(update={"state": s}) for d, s in rows]
        return found[::-1]

    def rows_changed_since(self, moment: datetime) -> set[FeedName]:
        """Return the feeds of whose rows anything was written at or after a moment."""
        found: set[FeedName] = set()
        for table in (_DELIVERIES, _RECONCILIATIONS):
            asked = select(table.c.feed).where(table.c.changed_at >= moment).distinct()
            found.update(self._connection.execute(asked).scalars())
        return found

    def rows_of(self, feeds: Sequence[FeedName], since: datetime, *, most: int) -> dict[FeedName, FeedRows]:
        """Return what is known of the rows of feeds after a moment, by at most so many deliveries of each."""
        found: dict[FeedName, FeedRows] = {}
        for first in range(0, len(feeds), _NAMES_AT_ONCE):
            some = feeds[first : first + _NAMES_AT_ONCE]
            scores: dict[FeedName, list[Scored]] = {}
            for name, at, overall, state in self._connection.execute(_newest_scores(some, since, most)):
                scores.setdefault(FeedName(name), []).append(Scored(at, overall, state))
            found |= {feed: FeedRows(tuple(told)) for feed, told in scores.items()}
            for name, document in self._connection.execute(_newest_comparisons(some, since)):
                one = ReconciliationPoint.model_validate_json(document)
                compared = Compared(one.at, rate_of(one), one.business_date, one.is_unusual)
                found[FeedName(name)] = replace(found.get(FeedName(name), NO_ROWS), compared=compared)
        return found

    def save_reconciliation(self, feed: FeedName, found: ReconciliationPoint, now: datetime) -> None:
        """Add or replace a comparison."""
        document = found.model_dump_json()
        row = {"id": found.id, "feed": feed, "at": found.at, "state": found.state, "document": document}
        put(self._connection, _RECONCILIATIONS, row | {"changed_at": now})

    def reconciliations(self, feed: str, limit: int) -> list[ReconciliationPoint]:
        """Return the newest comparisons of a feed, newest first."""
        rows = self._connection.execute(
            select(_RECONCILIATIONS.c.document)
            .where(_RECONCILIATIONS.c.feed == feed)
            .order_by(_RECONCILIATIONS.c.at.desc())
            .limit(limit)
        )
        return [ReconciliationPoint.model_validate_json(document) for (document,) in rows]

    def forget_before(self, moment: datetime, troubled: Collection[str], *, newest: int, most: int) -> int:
        """Remove comparisons, scores and errands from before a moment: so many of each at most.

        So many of a feed's newest released deliveries stay, those that are held back, and those of feeds that
        people look at: their files are there.
        """
        is_looked_at = _DELIVERIES.c.feed.in_(sorted(troubled))
        held = _DELIVERIES.c.state == DeliveryState.HELD.value
        superfluous = (_DELIVERIES.c.state != DeliveryState.RELEASED.value) | _has_newer(newest)
        old = (_DELIVERIES.c.changed_at < moment) & ~held & ~is_looked_at & superfluous
        errands = (_ERRANDS.c.at < moment) & (_ERRANDS.c.state != ErrandState.WANTED.value)
        scored = _ERRANDS.c.kind == ErrandKind.SCORE_DELIVERY.value
        of_kept = exists().where(_DELIVERIES.c.id == _ERRANDS.c.id)
        return (
            forget(self._connection, _RECONCILIATIONS, _RECONCILIATIONS.c.at < moment, most)
            + forget(self._connection, _DELIVERIES, old, most)
            + forget(self._connection, _ERRANDS, _ERRANDS.c.kind.in_(_ANSWERED) & errands, most)
            + forget(self._connection, _ERRANDS, scored & errands & ~of_kept, most)
        )


def _has_newer(newest: int) -> ColumnElement[bool]:
    """Return whether so many deliveries of the same feed were released after one."""
    other = _DELIVERIES.alias()
    return (
        select(other.c.id)
        .where(
            other.c.feed == _DELIVERIES.c.feed,
            other.c.state == DeliveryState.RELEASED.value,
            other.c.measured_at > _DELIVERIES.c.measured_at,
        )
        .offset(newest - 1)
        .limit(1)
        .exists()
    )


def _newest_scores(
    feeds: Sequence[FeedName], since: datetime, most: int
) -> Select[str, datetime, float, str]:
    """Return the question for the newest scores of feeds after a moment, oldest first."""
    of = _DELIVERIES.c
    place = func.row_number().over(partition_by=of.feed, order_by=of.measured_at.desc())
    ranked = (
        select(of.feed, of.measured_at, of.overall, of.state, place.label("place"))
        .where(of.feed.in_(feeds), of.measured_at > since)
        .subquery()
    )
    told = select(ranked.c.feed, ranked.c.measured_at, ranked.c.overall, ranked.c.state)
    return told.where(ranked.c.place <= most).order_by(ranked.c.feed, ranked.c.measured_at)


def _newest_comparisons(feeds: Sequence[FeedName], since: datetime) -> Select[str, str]:
    """Return the question for the newest comparison of each feed that came to its end after a moment."""
    of = _RECONCILIATIONS.c
    place = func.row_number().over(partition_by=of.feed, order_by=of.at.desc())
    ranked = (
        select(of.feed, of.document, place.label("place"))
        .where(of.feed.in_(feeds), of.at > since, of.state == "done")
        .subquery()
    )
    return select(ranked.c.feed, ranked.c.document).where(ranked.c.place == 1)


class SqlErrands:
    """Implements `ErrandStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, errand: str) -> Errand | None:
        """Return the errand, or None."""
        row = self._connection.execute(select(_ERRANDS.c.document).where(_ERRANDS.c.id == errand)).scalar()
        return None if row is None else Errand.model_validate_json(row)

    def get(self, errand: str) -> Errand:
        """Return the errand; raises `NotFound`."""
        found = self.find(errand)
        if found is None:
            raise NotFound(f"errand {errand}", say="I don't know what I was asked to do.")
        return found

    def save(self, errand: Errand) -> None:
        """Add or replace an errand."""
        put(
            self._connection,
            _ERRANDS,
            {
                "id": errand.id,
                "kind": errand.kind.value,
                "state": errand.state.value,
                "at": errand.at,
                "document": errand.model_dump_json(),
            },
        )

    def several(self, errands: Sequence[str]) -> dict[str, Errand]:
        """Return those errands of the names that are known."""
        found: dict[str, Errand] = {}
        for first in range(0, len(errands), _NAMES_AT_ONCE):
            some = errands[first : first + _NAMES_AT_ONCE]
            for (document,) in self._connection.execute(
                select(_ERRANDS.c.document).where(_ERRANDS.c.id.in_(some))
            ):
                errand = Errand.model_validate_json(document)
                found[errand.id] = errand
        return found

    def wanted(self) -> list[Errand]:
        """Return what is not done yet, oldest first."""
        rows = self._connection.execute(
            select(_ERRANDS.c.document)
            .where(_ERRANDS.c.state == ErrandState.WANTED.value)
            .order_by(_ERRANDS.c.at)
        )
        return [Errand.model_validate_json(document) for (document,) in rows]
