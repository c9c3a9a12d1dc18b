"""Acts taken from the doors: kept before they are acknowledged, done in the transaction that does them."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from domain.identity.chat import Account, Incoming, IncomingKind
from domain.ids import PersonId
from storage.forgetting import forget, oldest, place_of
from storage.prepared import Prepared
from storage.statements import insert_once, table_of
from storage.tables.chat import InboxRow
from storage.tables.people import IdentityRow

_INBOX = table_of(InboxRow)
_IDENTITIES = table_of(IdentityRow)
# Locked: of two processes that took up the same act the second waits, and then sees that it is done.
_DONE_AT = Prepared(
    lambda _: select(_INBOX.c.done_at).where(_INBOX.c.key == bindparam("act")).with_for_update()
)
_FINISH = Prepared(
    lambda _: (
        update(_INBOX)
        .where(_INBOX.c.key == bindparam("act"))
        .values(done_at=bindparam("now"), answer=bindparam("said"))
    )
)
_ANSWER = Prepared(lambda _: select(_INBOX.c.answer).where(_INBOX.c.key == bindparam("act")))
_RECENT = Prepared(
    lambda _: select(func.count()).where(
        _INBOX.c.platform == bindparam("platform"),
        _INBOX.c.workspace == bindparam("workspace"),
        _INBOX.c.account == bindparam("account"),
        _INBOX.c.kept_at.between(bindparam("since"), bindparam("until")),
    )
)
_RECENT_OF_PERSON = Prepared(
    lambda _: (
        select(func.count())
        .select_from(_IDENTITIES)
        .join(
            _INBOX,
            (_INBOX.c.platform == _IDENTITIES.c.platform)
            & (_INBOX.c.workspace == _IDENTITIES.c.workspace)
            & (_INBOX.c.account == _IDENTITIES.c.account),
        )
        .where(
            _IDENTITIES.c.person == bindparam("person"),
            _INBOX.c.kept_at.between(bindparam("since"), bindparam("until")),
        )
    )
)


class SqlInbox:
    """Implements `InboxStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accept(self, incoming: Incoming) -> bool:
        """Keep the act; False when its key was kept before."""
        return insert_once(
            self._connection,
            _INBOX,
            {
                "key": incoming.key,
                "platform": incoming.account.platform.value,
                "workspace": incoming.account.workspace,
                "account": incoming.account.user,
                "thread": incoming.place.thread or incoming.message,
                "kept_at": incoming.at,
                "done_at": None,
                "document": incoming.model_dump_json(),
                "answer": "",
            },
        )

    def is_done(self, key: str) -> bool:
        """Return whether the act's work is committed; until this transaction ends no other one asks."""
        return _DONE_AT.scalar(self._connection, act=key) is not None

    def finish(self, key: str, now: datetime, answer: str = "") -> None:
        """Mark the act done, in the transaction that did it, and keep what only its answer says."""
        _FINISH.run(self._connection, act=key, now=now, said=answer)

    def answer_to(self, key: str) -> str:
        """Return what was kept of the answer to an act that is done; empty when nothing was."""
        return str(_ANSWER.scalar(self._connection, act=key) or "")

    def unfinished(self, before: datetime, limit: int) -> list[Incoming]:
        """Return acts kept before a moment whose work is not committed, oldest first."""
        rows = self._connection.execute(
            select(_INBOX.c.document)
            .where(_INBOX.c.done_at.is_(None), _INBOX.c.kept_at < before)
            .order_by(_INBOX.c.kept_at)
            .limit(limit)
        )
        return [Incoming.model_validate_json(document) for (document,) in rows]

    def forget_done(self, before: datetime, most: int) -> int:
        """Forget at most so many acts that were done before a moment; return how many."""
        return forget(self._connection, _INBOX, _INBOX.c.done_at < before, most)

    def forget_answers(self, before: datetime, most: int) -> int:
        """Forget what was kept of the answers to at most so many acts done before a moment; how many."""
        old = oldest(self._connection, _INBOX, (_INBOX.c.done_at < before) & (_INBOX.c.answer != ""), most)
        place = place_of(self._connection)
        return self._connection.execute(update(_INBOX).where(place.in_(old)).values(answer="")).rowcount

    def count_recent(
        self, account: Account, person: PersonId | None, since: datetime, until: datetime
    ) -> int:
        """Return how many acts of a person's accounts, or of a visitor's one, were kept within a time."""
        if person is not None:
            found = _RECENT_OF_PERSON.scalar(self._connection, person=person, since=since, until=until)
            return int(found)
        found = _RECENT.scalar(
            self._connection,
            platform=account.platform.value,
            workspace=account.workspace,
            account=account.user,
            since=since,
            until=until,
        )
        return int(found)

    def said_recently(self, account: Account, since: datetime, limit: int) -> list[Incoming]:
        """Return what the account said since a moment, the newest first."""
        rows = self._connection.execute(
            select(_INBOX.c.document)
            .where(
                _INBOX.c.platform == account.platform.value,
                _INBOX.c.workspace == account.workspace,
                _INBOX.c.account == account.user,
                _INBOX.c.kept_at >= since,
            )
            .order_by(_INBOX.c.kept_at.desc())
            .limit(limit)
        )
        acts = [Incoming.model_validate_json(document) for (document,) in rows]
        return [act for act in acts if act.kind is IncomingKind.MESSAGE]
