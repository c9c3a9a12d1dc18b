"""The question for the cards that are to be posted or drawn anew now, asked by every front all the time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from domain.identity.chat import Platform
from domain.telling.postings import Delivery
from storage.prepared import Prepared
from storage.statements import table_of
from storage.tables.chat import PostingRow
from storage.tables.columns import Moment

_POSTINGS = table_of(PostingRow)
_LONGEST_WAIT = timedelta(minutes=6)
"""No card waits longer for its next try: what seems to was put off before our clock was set back."""
WAITS_FROM_THE_BEGINNING = and_(
    _POSTINGS.c.message == "",
    _POSTINGS.c.next_attempt_at > _POSTINGS.c.created_at,
    _POSTINGS.c.attempts == 0,
    _POSTINGS.c.last_trouble == "",
)
"""Nobody tried it, and whoever wrote it said when it may be: at the end of the quiet hours."""


def due_rows(
    connection: Connection,
    now: datetime,
    limit: int,
    posts: Collection[Platform],
    updates: Collection[Platform],
) -> Sequence[Sequence[Any]]:  # Any: column values of several types
    """Return the rows that are due on platforms that take posts, or updates, longest due first."""
    where = {f"post_{at}": platform.value for at, platform in enumerate(posts)}
    where |= {f"update_{at}": platform.value for at, platform in enumerate(updates)}
    due = _due(len(posts), len(updates))
    return due.rows(connection, now=now, to_come=now + _LONGEST_WAIT, most=limit, **where)


@lru_cache(maxsize=100)
def _due(posts: int, updates: int) -> Prepared:
    """Return the question for what is due on the platforms that take so many posts and updates."""
    is_new = _POSTINGS.c.message == ""
    takes_post = or_(False, *(_POSTINGS.c.platform == bindparam(f"post_{at}") for at in range(posts)))
    takes_update = or_(False, *(_POSTINGS.c.platform == bindparam(f"update_{at}") for at in range(updates)))
    return Prepared(
        lambda _: (
            select(_POSTINGS)
            .where(
                _POSTINGS.c.is_due.is_(True),
                or_(
                    _POSTINGS.c.next_attempt_at <= bindparam("now", type_=Moment()),
                    # What is called at this moment is left alone: another machine's clock may be ahead.
                    and_(
                        _POSTINGS.c.next_attempt_at > bindparam("to_come", type_=Moment()),
                        _POSTINGS.c.state != Delivery.SENDING.value,
                        ~WAITS_FROM_THE_BEGINNING,
                    ),
                ),
                or_(is_new & takes_post, ~is_new & takes_update),
            )
            .order_by(_POSTINGS.c.next_attempt_at, _POSTINGS.c.created_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
