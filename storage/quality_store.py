"""Scores of deliveries, comparisons with the source, and errands in SQL."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from domain.comparisons import rate_of
from domain.data_facts import NO_DATA, DataFacts
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import NotFound
from domain.feed_health import QualityPoint, ReconciliationPoint
from domain.ids import FeedName
from storage.statements import put, table_of
from storage.tables.publications import PublicationRow
from storage.tables.watch import DeliveryRow, ErrandRow, ReconciliationRow

_DELIVERIES = table_of(DeliveryRow)
_PUBLICATIONS = table_of(PublicationRow)
_RECONCILIATIONS = table_of(ReconciliationRow)
_ERRANDS = table_of(ErrandRow)
_NAMES_AT_ONCE = 500


class SqlQuality:
    """Implements `QualityStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_score(self, delivery: str, feed: FeedName, score: QualityPoint, state: DeliveryState) -> None:
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
            },
        )

    def take_turns(self, feed: FeedName) -> None:
        """Wait until no other transaction decides about rows of the feed; SQLite has one writer anyway."""
        if self._connection.dialect.name != "sqlite":
            key = int.from_bytes(hashlib.sha256(f"rows/{feed}".encode()).digest()[:8], signed=True)
            self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    def set_state(self, delivery: str, state: DeliveryState) -> None:
        """Release or refuse a delivery that is held back."""
        held = (_DELIVERIES.c.id == delivery) & (_DELIVERIES.c.state == DeliveryState.HELD.value)
        self._connection.execute(update(_DELIVERIES).where(held).values(state=state.value))

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

    def data_facts(self, since: datetime) -> dict[str, DataFacts]:
        """Return what is known of the rows of feeds with deliveries or comparisons after a moment."""
        rows = self._connection.execute(
            select(_DELIVERIES.c.feed, _DELIVERIES.c.overall, _DELIVERIES.c.state)
            .where(_DELIVERIES.c.measured_at > since)
            .order_by(_DELIVERIES.c.feed, _DELIVERIES.c.measured_at)
        )
        scores: dict[str, list[tuple[float, str]]] = {}
        for feed, overall, state in rows:
            scores.setdefault(feed, []).append((overall, state))
        found = {
            feed: DataFacts(tuple(score for score, _ in some), tuple(state for _, state in some))
            for feed, some in scores.items()
        }
        compared = self._connection.execute(
            select(_RECONCILIATIONS.c.feed, _RECONCILIATIONS.c.document)
            .where(_RECONCILIATIONS.c.at > since, _RECONCILIATIONS.c.state == "done")
            .order_by(_RECONCILIATIONS.c.at)
        )
        newest: dict[str, str] = {feed: document for feed, document in compared}  # noqa: C416  rows are no pairs
        for feed, document in newest.items():
            one = ReconciliationPoint.model_validate_json(document)
            found[feed] = replace(
                found.get(feed, NO_DATA),
                differing=rate_of(one),
                compared=one.business_date,
                is_unusual=one.is_unusual,
            )
        held = _PUBLICATIONS.c.state == DeliveryState.HELD.value
        days = select(_PUBLICATIONS.c.feed, _PUBLICATIONS.c.business_date).where(held)
        for feed, day in self._connection.execute(days.order_by(_PUBLICATIONS.c.business_date)):
            known = found.get(feed, NO_DATA)
            found[feed] = replace(known, held_days=(*known.held_days, day))
        return found

    def save_reconciliation(self, feed: FeedName, found: ReconciliationPoint) -> None:
        """Add or replace a comparison."""
        document = found.model_dump_json()
        row = {"id": found.id, "feed": feed, "at": found.at, "state": found.state, "document": document}
        put(self._connection, _RECONCILIATIONS, row)

    def reconciliations(self, feed: str, limit: int) -> list[ReconciliationPoint]:
        """Return the newest comparisons of a feed, newest first."""
        rows = self._connection.execute(
            select(_RECONCILIATIONS.c.document)
            .where(_RECONCILIATIONS.c.feed == feed)
            .order_by(_RECONCILIATIONS.c.at.desc())
            .limit(limit)
        )
        return [ReconciliationPoint.model_validate_json(document) for (document,) in rows]

    def forget_before(self, moment: datetime) -> int:
        """Remove comparisons from before a moment, and that they were asked for; return how many."""
        of_comparisons = (_ERRANDS.c.kind == ErrandKind.RECONCILE.value) & (_ERRANDS.c.at < moment)
        over = _ERRANDS.c.state != ErrandState.WANTED.value
        self._connection.execute(delete(_ERRANDS).where(of_comparisons & over))
        old = delete(_RECONCILIATIONS).where(_RECONCILIATIONS.c.at < moment)
        return self._connection.execute(old).rowcount


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
