"""Messages of ours: what should stand in a chat, and what stands there."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from domain.identity.chat import MessageRef, Place, Platform
from domain.telling.postings import Delivery, Posting, View
from storage.forgetting import forget
from storage.prepared import Prepared
from storage.statements import insert_once, table_of
from storage.stores.due_postings import WAITS_FROM_THE_BEGINNING, due_rows
from storage.tables.chat import PostingRow
from storage.tables.columns import Moment

_POSTINGS = table_of(PostingRow)
_COLUMNS = tuple(_POSTINGS.c.keys())
_NAMES_AT_ONCE = 500
_REFRESH = Prepared(
    lambda _: (
        update(_POSTINGS)
        .where(
            _POSTINGS.c.subject == bindparam("about"),
            _POSTINGS.c.view != View.MESSAGE.value,
            # What stands is tried again although it was given up: whatever refused it may be mended by now.
            (_POSTINGS.c.state != Delivery.GIVEN_UP.value) | (_POSTINGS.c.message != ""),
        )
        .values(
            wanted=_POSTINGS.c.wanted + 1,
            is_due=True,
            # What never stood keeps count: its platform is away, however often it changes meanwhile.
            attempts=case((_POSTINGS.c.message == "", _POSTINGS.c.attempts), else_=0),
            # What is due already keeps its place in the line, however often it changes meanwhile.
            next_attempt_at=case(
                # Somebody is drawing it at this moment: when they are done it is due again.
                (_POSTINGS.c.state == Delivery.SENDING.value, _POSTINGS.c.next_attempt_at),
                (WAITS_FROM_THE_BEGINNING, _POSTINGS.c.next_attempt_at),
                (
                    _POSTINGS.c.is_due & (_POSTINGS.c.next_attempt_at < bindparam("now", type_=Moment())),
                    _POSTINGS.c.next_attempt_at,
                ),
                else_=bindparam("now", type_=Moment()),
            ),
        )
    )
)
_CLAIM = Prepared(
    lambda _: (
        update(_POSTINGS)
        .where(_POSTINGS.c.key == bindparam("posting"))
        .values(state=Delivery.SENDING.value, next_attempt_at=bindparam("until"))
    )
)
_SHOWN = Prepared(
    lambda _: (
        update(_POSTINGS)
        .where(_POSTINGS.c.key == bindparam("posting"))
        .values(
            state=Delivery.STANDING.value,
            shown=bindparam("now_shown"),
            is_due=_POSTINGS.c.wanted > bindparam("now_shown"),
            next_attempt_at=bindparam("at"),
            message=bindparam("to_message"),
            message_thread=bindparam("to_thread"),
            message_channel=bindparam("to_channel"),
            attempts=0,
            last_trouble="",
        )
    )
)


class SqlPostings:
    """Implements `PostingStore` and `PostingLookup` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, posting: Posting) -> bool:
        """Store a posting; False when its key exists."""
        return insert_once(self._connection, _POSTINGS, _row(posting))

    def refresh(self, subject: str, now: datetime) -> None:
        """Ask for every message about the subject to be drawn again."""
        _REFRESH.run(self._connection, about=subject, now=now)

    def due(
        self,
        now: datetime,
        limit: int,
        platforms: Collection[Platform],
        updates: Collection[Platform] | None = None,
    ) -> list[Posting]:
        """Return postings that these platforms do not yet show as wanted, oldest first."""
        changed = platforms if updates is None else updates
        rows = due_rows(self._connection, now, limit, platforms, changed)
        return [_posting(dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def release_claims(self, now: datetime) -> None:
        """Make what a dead process had claimed due at once; only when no other front process runs."""
        self._connection.execute(
            update(_POSTINGS)
            .where(_POSTINGS.c.is_due.is_(True), _POSTINGS.c.state == Delivery.SENDING.value)
            .values(next_attempt_at=now)
        )

    def claim(self, key: str, until: datetime) -> None:
        """Note that the platform is being called; nobody else tries before `until`."""
        _CLAIM.run(self._connection, posting=key, until=until)

    def mark_shown(self, key: str, message: MessageRef, shown: int, now: datetime) -> None:
        """Note what the platform shows now, and end the claim."""
        _SHOWN.run(
            self._connection,
            posting=key,
            now_shown=shown,
            at=now,
            to_message=message.message,
            to_thread=message.place.thread,
            to_channel=message.place.channel,
        )

    def mark_trouble(self, key: str, trouble: str, next_attempt_at: datetime | None) -> None:
        """Note a failed call; None gives up."""
        values: dict[str, Any] = {"last_trouble": trouble[:500], "attempts": _POSTINGS.c.attempts + 1}
        if next_attempt_at is None:
            values |= {"state": Delivery.GIVEN_UP.value, "is_due": False}
        else:
            values |= {"state": Delivery.WAITING.value, "next_attempt_at": next_attempt_at}
        self._connection.execute(update(_POSTINGS).where(_POSTINGS.c.key == key).values(**values))

    def postpone(self, key: str, why: str, until: datetime) -> None:
        """Let a posting wait without counting a failed call: the platform is busy."""
        values = {"state": Delivery.WAITING.value, "next_attempt_at": until, "last_trouble": why[:500]}
        self._connection.execute(update(_POSTINGS).where(_POSTINGS.c.key == key).values(**values))

    def forget_before(self, before: datetime, about: Collection[str], most: int) -> int:
        """Forget at most so many messages that nothing was wanted of since a moment; return how many.

        Those about the subjects given, of articles, and what is still to be sent stay.
        """
        is_over = (
            (_POSTINGS.c.created_at < before)
            & (_POSTINGS.c.next_attempt_at < before)
            & _POSTINGS.c.is_due.is_(False)
            & (_POSTINGS.c.view != View.ARTICLE.value)
            & _POSTINGS.c.subject.not_in(sorted(about))
        )
        return forget(self._connection, _POSTINGS, is_over, most)

    def find(self, key: str) -> Posting | None:
        """Return the posting of that key, or None."""
        return self._first(_POSTINGS.c.key == key)

    def find_by_message(self, platform: str, channel: str, message: str) -> Posting | None:
        """Return the posting that a platform's message shows, or None."""
        return self._first(
            (_POSTINGS.c.platform == platform)
            & (_POSTINGS.c.message_channel == channel)
            & (_POSTINGS.c.message == message)
        )

    def about(self, subject: str) -> list[Posting]:
        """Return all postings about a subject."""
        rows = self._connection.execute(
            select(_POSTINGS).where(_POSTINGS.c.subject == subject).order_by(_POSTINGS.c.created_at)
        )
        return [_posting(dict(row)) for row in rows.mappings()]

    def subject_of_thread(self, place: Place, kind: str) -> str:
        """Return the newest subject of a kind posted in a thread, or an empty string."""
        statement = (
            select(_POSTINGS.c.subject)
            .where(
                _POSTINGS.c.platform == place.platform.value,
                _POSTINGS.c.channel == place.channel,
                _POSTINGS.c.thread == place.thread,
                _POSTINGS.c.subject.startswith(f"{kind}/", autoescape=True),
            )
            .order_by(_POSTINGS.c.created_at.desc())
            .limit(1)
        )
        return self._connection.execute(statement).scalar() or ""

    def posted_in(self, place: Place, subjects: Sequence[str]) -> set[str]:
        """Return those of the subjects that were posted in a channel or its threads."""
        found: set[str] = set()
        for first in range(0, len(subjects), _NAMES_AT_ONCE):
            statement = select(_POSTINGS.c.subject).where(
                _POSTINGS.c.subject.in_(subjects[first : first + _NAMES_AT_ONCE]),
                _POSTINGS.c.platform == place.platform.value,
                _POSTINGS.c.channel == place.channel,
            )
            found.update(self._connection.execute(statement).scalars())
        return found

    def subjects_since(self, prefix: str, moment: datetime) -> int:
        """Return how many subjects were posted since then under keys that begin so."""
        is_one = _POSTINGS.c.key.startswith(prefix, autoescape=True) & (_POSTINGS.c.created_at >= moment)
        counted = select(func.count(_POSTINGS.c.subject.distinct())).where(is_one)
        return self._connection.execute(counted).scalar() or 0

    def refused_since(self, moment: datetime) -> list[Posting]:
        """Return what was begun since then and given up, in channels, oldest first."""
        statement = (
            select(_POSTINGS)
            .where(
                _POSTINGS.c.state == Delivery.GIVEN_UP.value,
                _POSTINGS.c.created_at >= moment,
                _POSTINGS.c.is_private.is_(False),
                _POSTINGS.c.message == "",
            )
            .order_by(_POSTINGS.c.created_at)
        )
        return [_posting(dict(row)) for row in self._connection.execute(statement).mappings()]

    def _first(self, condition: Any) -> Posting | None:  # Any: a SQL expression
        row = self._connection.execute(select(_POSTINGS).where(condition).limit(1)).mappings().first()
        return None if row is None else _posting(dict(row))


def _row(posting: Posting) -> dict[str, Any]:
    return {
        "key": posting.key,
        "view": posting.view.value,
        "subject": posting.subject,
        "platform": posting.place.platform.value,
        "workspace": posting.place.workspace,
        "channel": posting.place.channel,
        "thread": posting.place.thread,
        "is_private": posting.place.is_private,
        "card_json": posting.card_json,
        "created_at": posting.created_at,
        "state": posting.state.value,
        "wanted": posting.wanted,
        "shown": posting.shown,
        "is_due": posting.wanted > posting.shown,
        "message": "",
        "message_thread": "",
        "message_channel": "",
        "attempts": 0,
        "next_attempt_at": posting.next_attempt_at,
        "last_trouble": "",
    }


def _posting(row: dict[str, Any]) -> Posting:  # Any: column values of several types
    place = Place(
        platform=Platform(row["platform"]),
        workspace=row["workspace"],
        channel=row["channel"],
        thread=row["thread"],
        is_private=row["is_private"],
    )
    sent = None
    if row["message"]:
        stands = place.model_copy(update={"channel": row["message_channel"], "thread": row["message_thread"]})
        sent = MessageRef(place=stands, message=row["message"])
    return Posting(
        key=row["key"],
        view=View(row["view"]),
        subject=row["subject"],
        place=place,
        card_json=row["card_json"],
        created_at=row["created_at"],
        state=Delivery(row["state"]),
        wanted=row["wanted"],
        shown=row["shown"],
        sent=sent,
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        last_trouble=row["last_trouble"],
    )
