"""Who tells of which feed, in SQL, and when each was last heard."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, text

from domain.ids import FeedName
from domain.watch.watching import Heard
from storage.bulk_statements import put_all
from storage.statements import table_of
from storage.tables.watch import FeedSenderRow

_SENDERS = table_of(FeedSenderRow)
_FORMER_MICROSECONDS = 7 * 24 * 3_600 * 1_000_000
"""Behind the newest word on a feed; the rules believe no sender for so long."""


class SqlSenders:
    """Implements `SenderStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, heard: Iterable[Heard]) -> None:
        """Keep when senders told of feeds."""
        # In one order, so that two deliveries at once do not wait for each other in a circle.
        rows = sorted((one.feed, one.sender, one.at) for one in heard)
        named = [{"feed": feed, "sender": sender, "heard_at": at} for feed, sender, at in rows]
        put_all(self._connection, _SENDERS, named, changing=("heard_at",))

    def every(self) -> list[Heard]:
        """Return when each sender was last heard on each feed."""
        rows = self._connection.execute(select(_SENDERS.c.feed, _SENDERS.c.sender, _SENDERS.c.heard_at))
        return [Heard(FeedName(feed), sender, at) for feed, sender, at in rows]

    def forget_before(self, moment: datetime) -> int:
        """Remove what was last heard before a moment, and who has no say any more; return how many."""
        other = _SENDERS.alias()
        newest = select(func.max(other.c.heard_at)).where(other.c.feed == _SENDERS.c.feed).scalar_subquery()
        is_former = _SENDERS.c.heard_at < newest - text(str(_FORMER_MICROSECONDS))
        gone = delete(_SENDERS).where(or_(_SENDERS.c.heard_at < moment, is_former))
        return self._connection.execute(gone).rowcount
