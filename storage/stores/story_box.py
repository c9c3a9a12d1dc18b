"""Calls to stories, written with the act that needs them and delivered later by the courier."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from domain.stories import StoryCall, StoryKind
from storage.prepared import Prepared
from storage.statements import put, table_of
from storage.tables.columns import Moment
from storage.tables.stories import StoryCallRow

_CALLS = table_of(StoryCallRow)
_LONGEST_WAIT = timedelta(minutes=5)
"""No call waits longer: what seems to was put off before our clock was set back, and is due."""
_DUE = Prepared(
    lambda _: (
        select(_CALLS.c.key, _CALLS.c.kind, _CALLS.c.subject_id, _CALLS.c.at)
        .where(
            or_(
                _CALLS.c.next_attempt_at <= bindparam("now", type_=Moment()),
                _CALLS.c.next_attempt_at > bindparam("to_come", type_=Moment()),
            )
        )
        .order_by(_CALLS.c.at, _CALLS.c.key)
        .limit(bindparam("most"))
    )
)
_DELIVERED = Prepared(
    lambda _: delete(_CALLS).where(
        _CALLS.c.key == bindparam("call"), _CALLS.c.at == bindparam("written", type_=Moment())
    )
)


class SqlStoryBox:
    """Implements `StoryBox` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, call: StoryCall) -> None:
        """Store a call; one that waits under the same key is as new, and still to be delivered once."""
        # At one go: between looking and writing the courier may let go of it.
        put(
            self._connection,
            _CALLS,
            {
                "key": call.key,
                "kind": call.kind.value,
                "subject_id": call.subject_id,
                "at": call.at,
                "next_attempt_at": call.at,
                "attempts": 0,
                "last_trouble": "",
            },
            only=("at",),
        )

    def due(self, now: datetime, limit: int) -> list[StoryCall]:
        """Return undelivered calls, oldest first."""
        rows = _DUE.rows(self._connection, now=now, to_come=now + _LONGEST_WAIT, most=limit)
        return [
            StoryCall(key=key, kind=StoryKind(kind), subject_id=subject, at=at)
            for key, kind, subject, at in rows
        ]

    def delivered(self, call: StoryCall) -> None:
        """Forget a delivered call, unless it was written once more while it was on its way."""
        _DELIVERED.run(self._connection, call=call.key, written=call.at)

    def postpone(self, key: str, until: datetime, trouble: str) -> None:
        """Try again later."""
        self._connection.execute(
            update(_CALLS)
            .where(_CALLS.c.key == key)
            .values(next_attempt_at=until, attempts=_CALLS.c.attempts + 1, last_trouble=trouble[:300])
        )
