"""What the sign-in remembers for a while, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from domain.identity.web_access import MarkKind, SignInMark
from storage.statements import insert_once, put, table_of
from storage.tables.web_access import SignInMarkRow

_MARKS = table_of(SignInMarkRow)


class SqlSignInMarks:
    """Implements `SignInMarkStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, kind: MarkKind, key: str, now: datetime) -> SignInMark | None:
        """Return a mark that has not run out, or None."""
        fitting = select(_MARKS).where(_MARKS.c.kind == kind, _MARKS.c.key == key, _MARKS.c.until > now)
        row = self._connection.execute(fitting).mappings().first()
        return None if row is None else SignInMark.model_validate(dict(row))

    def live(self, kind: MarkKind, now: datetime) -> list[SignInMark]:
        """Return every mark of a kind that has not run out."""
        fitting = select(_MARKS).where(_MARKS.c.kind == kind, _MARKS.c.until > now).order_by(_MARKS.c.key)
        return [SignInMark.model_validate(dict(row)) for row in self._connection.execute(fitting).mappings()]

    def take(self, mark: SignInMark) -> bool:
        """Add a mark and return True; return False when it is there, even if two try at once."""
        return insert_once(self._connection, _MARKS, mark.model_dump())

    def save(self, mark: SignInMark) -> None:
        """Add or replace it."""
        put(self._connection, _MARKS, mark.model_dump())

    def drop(self, kind: MarkKind, key: str) -> None:
        """Forget one mark."""
        self._connection.execute(delete(_MARKS).where(_MARKS.c.kind == kind, _MARKS.c.key == key))

    def tidy(self, now: datetime) -> None:
        """Forget every mark that has run out."""
        self._connection.execute(delete(_MARKS).where(_MARKS.c.until <= now))
