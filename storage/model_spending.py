"""What a language model costs in a day, for all processes together and across their restarts."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from domain.model_budget import Budget, Reservation, Spent, check_budget
from storage.engine import Database
from storage.statements import insert_once, table_of
from storage.tables.models import ModelDayRow

_DAYS = table_of(ModelDayRow)
_KEPT = timedelta(days=31)


class SqlSpending:
    """Implements `Spending`; every call is a transaction of its own.

    Args:
        database: Where the count is.
        budget: What may be spent.
        now: The clock for days.
    """

    def __init__(
        self, database: Database, budget: Budget, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database, self._budget, self._now = database, budget, now

    def reserve(self, person: str, tokens: int) -> Reservation:
        """Count a call that is about to begin, unless the budget is used up."""
        today = self._now().date()
        reserved = Reservation(today, _hash_of(person), tokens)
        with self._database.writing() as connection:
            check_budget(self._budget, _spent(connection, reserved), tokens)
            fresh = {
                "day": today.isoformat(),
                "person": reserved.person,
                "calls": 0,
                "tokens": 0,
                "micros": 0,
            }
            if insert_once(connection, _DAYS, fresh):
                oldest = (today - _KEPT).isoformat()
                connection.execute(delete(_DAYS).where(_DAYS.c.day < oldest))
            _add(connection, reserved, calls=1, tokens=tokens, micros=0)
        return reserved

    def settle(self, reserved: Reservation, used: int, micros: int) -> None:
        """Count what the call really cost instead of what was reserved."""
        with self._database.writing() as connection:
            _add(connection, reserved, calls=0, tokens=used - reserved.tokens, micros=micros)


def _spent(connection: Connection, reserved: Reservation) -> Spent:
    of_day = _DAYS.c.day == reserved.day.isoformat()
    sums = (func.coalesce(func.sum(column), 0) for column in (_DAYS.c.calls, _DAYS.c.tokens, _DAYS.c.micros))
    calls, tokens, micros = connection.execute(select(*sums).where(of_day)).one()
    mine = select(_DAYS.c.calls).where(of_day, _DAYS.c.person == reserved.person)
    of_person = connection.execute(mine).scalar() or 0
    return Spent(int(calls), int(of_person), int(tokens), int(micros))


def _add(connection: Connection, reserved: Reservation, *, calls: int, tokens: int, micros: int) -> None:
    connection.execute(
        update(_DAYS)
        .where(_DAYS.c.day == reserved.day.isoformat(), _DAYS.c.person == reserved.person)
        .values(
            calls=_DAYS.c.calls + calls,
            tokens=_DAYS.c.tokens + tokens,
            micros=_DAYS.c.micros + micros,
        )
    )


def _hash_of(person: str) -> str:
    return hashlib.sha256(f"dogwatch/model/1\0{person}".encode()).hexdigest()[:24]
