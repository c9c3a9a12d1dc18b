"""Freezes, overrides and outcomes of runbooks in SQL."""

from datetime import datetime

from sqlalchemy import Connection, select

from domain.errors import NotFound
from domain.ids import PersonId
from domain.remediation.fixes import Freeze, Override
from domain.remediation.runbooks import IncidentType, Outcome
from storage.standing_in_line import stand_in_line
from storage.statements import insert_once, put, table_of
from storage.tables.remediation import FreezeRow, OutcomeRow, OverrideRow

_FREEZES = table_of(FreezeRow)
_OVERRIDES = table_of(OverrideRow)
_OUTCOMES = table_of(OutcomeRow)


class SqlGuards:
    """Implements `GuardStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold_freeze(self) -> None:
        """Let nobody else declare or lift a freeze, or pass the gate, until this transaction ends."""
        stand_in_line(self._connection, "freeze", {"house"})

    def freeze(self) -> Freeze | None:
        """Return the freeze that holds, or None."""
        row = self._connection.execute(
            select(_FREEZES.c.document).where(_FREEZES.c.holds.is_(True)).order_by(_FREEZES.c.id).limit(1)
        ).scalar()
        return None if row is None else Freeze.model_validate_json(row)

    def save_freeze(self, freeze: Freeze) -> None:
        """Add or replace a freeze."""
        holds = freeze.lifted_by is None
        put(
            self._connection,
            _FREEZES,
            {"id": freeze.id, "holds": holds, "document": freeze.model_dump_json()},
        )

    def override(self, override_id: str) -> Override:
        """Return the override of that id; raises `NotFound`."""
        row = self._connection.execute(
            select(_OVERRIDES.c.document).where(_OVERRIDES.c.id == override_id).with_for_update()
        ).scalar()
        if row is None:
            raise NotFound(f"override {override_id[:40]}", say="I know no override of that name.")
        return Override.model_validate_json(row)

    def save_override(self, override: Override) -> None:
        """Add or replace an override."""
        put(
            self._connection,
            _OVERRIDES,
            {
                "id": override.id,
                "person": override.person,
                "is_reviewed": override.reviewed_by is not None,
                "at": override.at,
                "document": override.model_dump_json(),
            },
        )

    def unreviewed(self, person: PersonId | None = None) -> list[Override]:
        """Return overrides, of one person or of everybody, that nobody has reviewed, oldest first."""
        statement = select(_OVERRIDES.c.document).where(_OVERRIDES.c.is_reviewed.is_(False))
        if person is not None:
            statement = statement.where(_OVERRIDES.c.person == person)
        rows = self._connection.execute(statement.order_by(_OVERRIDES.c.at))
        return [Override.model_validate_json(document) for (document,) in rows]


class SqlOutcomes:
    """Implements `OutcomeStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, order_id: str, outcomes: tuple[Outcome, ...], now: datetime) -> None:
        """Keep how an order's runbook ended, for each kind of trouble; the same order again is ignored."""
        for outcome in outcomes:
            values = {
                "order_id": order_id,
                "incident_type": outcome.incident_type.value,
                "runbook": outcome.runbook,
                "is_verified": outcome.is_verified,
                "ended_at": now,
            }
            insert_once(self._connection, _OUTCOMES, values)

    def every(self, limit: int) -> list[Outcome]:
        """Return outcomes, newest first."""
        rows = self._connection.execute(
            select(_OUTCOMES).order_by(_OUTCOMES.c.ended_at.desc()).limit(limit)
        ).mappings()
        return [
            Outcome(
                runbook=row["runbook"],
                incident_type=IncidentType(row["incident_type"]),
                is_verified=row["is_verified"],
            )
            for row in rows
        ]
