"""Notices and confirmed addresses in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from domain.identity.contacts import Contact
from domain.identity.people import Way
from domain.ids import PersonId
from domain.telling.notices import CLOCKS_DIFFER, Notice
from storage.forgetting import forget
from storage.prepared import Prepared
from storage.statements import insert_once, put, table_of
from storage.tables.columns import Moment
from storage.tables.notices import ContactRow, NoticeRow

_NOTICES = table_of(NoticeRow)
_CONTACTS = table_of(ContactRow)
# Cards are drawn again and again, and nearly none is about something that anybody was told of by mail.
_ABOUT = Prepared(
    lambda _: (
        select(_NOTICES.c.document)
        .where(_NOTICES.c.subject == bindparam("about"))
        .order_by(_NOTICES.c.created_at, _NOTICES.c.key)
    )
)
_DUE = Prepared(
    lambda _: (
        select(_NOTICES.c.document)
        .where(
            or_(
                _NOTICES.c.next_attempt_at <= bindparam("now", type_=Moment()),
                # Made before our clock was set back, and never tried nor held until a time of day.
                and_(
                    _NOTICES.c.created_at > bindparam("to_come", type_=Moment()),
                    _NOTICES.c.next_attempt_at == _NOTICES.c.created_at,
                ),
            )
        )
        .order_by(_NOTICES.c.is_urgent.desc(), _NOTICES.c.created_at, _NOTICES.c.key)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)


class SqlNotices:
    """Implements `NoticeStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notice: Notice) -> bool:
        """Keep a notice; False when its key exists."""
        return insert_once(self._connection, _NOTICES, _row(notice))

    def save(self, notice: Notice) -> None:
        """Replace a notice."""
        put(self._connection, _NOTICES, _row(notice))

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """Return what is to be looked at, urgent ones first, then by age; locked for this transaction."""
        rows = _DUE.rows(self._connection, now=now, to_come=now + CLOCKS_DIFFER, most=limit)
        return [Notice.model_validate_json(document) for (document,) in rows]

    def about(self, subject: str) -> Sequence[Notice]:
        """Return the notices whose fate the cards about a subject show, oldest first."""
        rows = _ABOUT.rows(self._connection, about=subject)
        return [Notice.model_validate_json(document) for (document,) in rows]

    def sent_to(self, person: PersonId, way: Way, since: datetime) -> list[datetime]:
        """Return when messages to a person went out on a way, each moment once."""
        rows = self._connection.execute(
            select(_NOTICES.c.sent_at)
            .where(
                _NOTICES.c.person == person,
                _NOTICES.c.way == way.value,
                _NOTICES.c.sent_at > since,
            )
            .distinct()
        )
        return [moment for (moment,) in rows]

    def forget_before(self, moment: datetime, about: Collection[str], most: int) -> int:
        """Remove at most so many that were made before a moment and ended, but for those about subjects."""
        over = (
            (_NOTICES.c.created_at < moment)
            & _NOTICES.c.next_attempt_at.is_(None)
            & _NOTICES.c.subject.not_in(sorted(about))
        )
        return forget(self._connection, _NOTICES, over, most)


class SqlContacts:
    """Implements `ContactStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, person: PersonId, way: Way) -> Contact | None:
        """Return what is known of a person's address on a way, or None."""
        document = self._connection.execute(
            select(_CONTACTS.c.document).where(_CONTACTS.c.person == person, _CONTACTS.c.way == way.value)
        ).scalar()
        return None if document is None else Contact.model_validate_json(document)

    def save(self, contact: Contact) -> None:
        """Add or replace what is known."""
        row = {"person": contact.person, "way": contact.way.value, "document": contact.model_dump_json()}
        put(self._connection, _CONTACTS, row)


def _row(notice: Notice) -> dict[str, Any]:  # Any: column values of several types
    return {
        "key": notice.key,
        "person": notice.person,
        "subject": notice.subject,
        "state": notice.state.value,
        "way": notice.way.value if notice.way else "",
        "is_urgent": notice.is_urgent,
        "created_at": notice.created_at,
        "next_attempt_at": notice.next_attempt_at,
        "sent_at": notice.sent_at,
        "document": notice.model_dump_json(),
    }
