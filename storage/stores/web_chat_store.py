"""The web chat's messages in SQL.

A number is taken by updating one row, whose lock is held until the commit: so numbers become visible in
their order, and a reader who has seen number n never finds a smaller one later.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, cast, exists, func, insert, or_, select, update

from domain.errors import NotFound
from domain.identity.chat import Platform
from domain.ports.web_chat import NewWebMessage, WebFile, WebMessage
from storage.engine import Database
from storage.forgetting import forget
from storage.statements import insert_once, table_of
from storage.tables.chat import PostingRow
from storage.tables.web_chat import WebClockRow, WebMessageRow, WebReadMarkRow

_MESSAGES = table_of(WebMessageRow)
_CLOCK = table_of(WebClockRow)
_MARKS = table_of(WebReadMarkRow)
_POSTINGS = table_of(PostingRow)
_MOST_UNREAD = 1_000


class SqlWebChatLog:
    """Implements `WebChatLog`; every call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, message: NewWebMessage) -> WebMessage:
        """Keep a message and return it; a known key returns the message kept before."""
        with self._database.writing() as connection:
            number = _next(connection)
            known = connection.execute(select(_MESSAGES).where(_MESSAGES.c.key == message.key)).one_or_none()
            if known is not None:
                return _message(known)
            kept = WebMessage(**message.model_dump(), id=str(number), change=number)
            connection.execute(insert(_MESSAGES).values(**_values(kept)))
            if message.thread and not message.visible_to:
                first = _MESSAGES.c.id == int(message.thread)
                counted = {"replies": _MESSAGES.c.replies + 1, "change": _next(connection)}
                connection.execute(update(_MESSAGES).where(first).values(**counted))
        return kept

    def update(self, message: str, card: str) -> WebMessage:
        """Replace the card of a message; raises `NotFound`. The same card again changes nothing."""
        with self._database.writing() as connection:
            number = _next(connection)
            known = _find(connection, message)
            if known is None:
                raise NotFound(f"web message {message}", say="That message is not in the web chat.")
            if known.card == card:
                return known
            this = _MESSAGES.c.id == int(message)
            connection.execute(update(_MESSAGES).where(this).values(card=card, change=number))
        return known.model_copy(update={"card": card, "change": number})

    def find(self, message: str) -> WebMessage | None:
        """Return the message of that id, or None."""
        with self._database.reading() as connection:
            return _find(connection, message)

    def page(self, channel: str, thread: str, reader: str, before: int, limit: int) -> list[WebMessage]:
        """Return the newest messages a reader sees in a channel or thread, oldest of them first."""
        here = _MESSAGES.c.thread == thread
        if thread:
            here = or_(here, _MESSAGES.c.id == int(thread))
        wanted = select(_MESSAGES).where(
            _MESSAGES.c.channel == channel, here, _MESSAGES.c.visible_to.in_(["", reader])
        )
        if before:
            wanted = wanted.where(_MESSAGES.c.id < before)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(_MESSAGES.c.id.desc()).limit(limit)).all()
        return [_message(row) for row in reversed(rows)]

    def changes(self, after: int, limit: int) -> list[WebMessage]:
        """Return messages appended or updated after a change number, oldest change first, once each."""
        wanted = select(_MESSAGES).where(_MESSAGES.c.change > after).order_by(_MESSAGES.c.change).limit(limit)
        with self._database.reading() as connection:
            return [_message(row) for row in connection.execute(wanted)]

    def forget_before(self, moment: datetime, most: int) -> int:
        """Remove at most so many messages from before a moment; return how many.

        Cards that are kept up to date stay, and the first message of a thread in which somebody wrote since.
        """
        replies, number = _MESSAGES.alias(), cast(_MESSAGES.c.id, String)
        is_kept = exists().where(
            _POSTINGS.c.platform == Platform.WEB.value,
            _POSTINGS.c.message_channel == _MESSAGES.c.channel,
            _POSTINGS.c.message == number,
        )
        is_answered = exists().where(
            replies.c.channel == _MESSAGES.c.channel, replies.c.thread == number, replies.c.at >= moment
        )
        with self._database.writing() as connection:
            return forget(connection, _MESSAGES, (_MESSAGES.c.at < moment) & ~is_kept & ~is_answered, most)

    def latest_change(self) -> int:
        """Return the last change number, 0 for none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(_MESSAGES.c.change))).scalar() or 0


class SqlReadMarks:
    """Implements `ReadMarks`; every call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, reader: str, channel: str, upto: int) -> None:
        """Remember that the reader saw everything up to that id; never moves back."""
        with self._database.writing() as connection:
            insert_once(connection, _MARKS, {"reader": reader, "channel": channel, "upto": upto})
            this = (_MARKS.c.reader == reader, _MARKS.c.channel == channel, _MARKS.c.upto < upto)
            connection.execute(update(_MARKS).where(*this).values(upto=upto))

    def unread(self, reader: str, channels: tuple[str, ...]) -> dict[str, int]:
        """Return for each channel how many messages of others the reader has not seen, up to a thousand."""
        marks = select(_MARKS.c.channel, _MARKS.c.upto).where(_MARKS.c.reader == reader)
        with self._database.reading() as connection:
            read = {channel: int(upto) for channel, upto in connection.execute(marks)}
            return {
                channel: self._unread(connection, reader, channel, read.get(channel, 0))
                for channel in channels
            }

    @staticmethod
    def _unread(connection: Connection, reader: str, channel: str, upto: int) -> int:
        """Count up to a bound: whoever comes for the first time has not seen the messages of years."""
        of_others = (
            select(_MESSAGES.c.id)
            .where(
                _MESSAGES.c.channel == channel,
                _MESSAGES.c.author != reader,
                _MESSAGES.c.visible_to.in_(["", reader]),
                _MESSAGES.c.id > upto,
            )
            .limit(_MOST_UNREAD)
            .subquery()
        )
        return int(connection.execute(select(func.count()).select_from(of_others)).scalar() or 0)


def _next(connection: Connection) -> int:
    insert_once(connection, _CLOCK, {"id": 1, "last": 0})
    forward = update(_CLOCK).where(_CLOCK.c.id == 1).values(last=_CLOCK.c.last + 1).returning(_CLOCK.c.last)
    return int(connection.execute(forward).scalar_one())


def _find(connection: Connection, message: str) -> WebMessage | None:
    if not (message.isascii() and message.isdecimal() and len(message) < 19):
        return None
    row = connection.execute(select(_MESSAGES).where(_MESSAGES.c.id == int(message))).one_or_none()
    return None if row is None else _message(row)


def _values(message: WebMessage) -> dict[str, Any]:  # Any: column values of several types
    files = json.dumps([file.model_dump() for file in message.files])
    return {**message.model_dump(exclude={"files"}), "id": int(message.id), "files": files}


def _message(row: Row[Any]) -> WebMessage:
    known = row._asdict()
    files = tuple(WebFile.model_validate(file) for file in json.loads(known.pop("files")))
    return WebMessage(**{**known, "id": str(known["id"])}, files=files)
