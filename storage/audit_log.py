"""The append-only, hash-chained, signed record of acts and refusals.

Each head is signed as it is written. Heads are also anchored outside the database, because a chain
alone cannot tell that its tail was cut off.
"""

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, select

from domain.audit import GENESIS, AuditEntry, entry_hash
from domain.ports.signer import Signer
from storage.prepared import Prepared
from storage.statements import table_of
from storage.tables.audit import AuditRow

_AUDIT = table_of(AuditRow)
_INSERT = Prepared(
    lambda insert: insert(_AUDIT).values({c.name: bindparam(c.name, type_=c.type) for c in _AUDIT.c})
)
_HEAD = Prepared(lambda _: select(_AUDIT.c.number, _AUDIT.c.hash).order_by(_AUDIT.c.number.desc()).limit(1))


class SqlAudit:
    """Implements `AuditWriter` on one transaction.

    Args:
        connection: The transaction of the act.
        order_writers: Waits until no other transaction appends.
        signer: Signs each head.
    """

    def __init__(
        self, connection: Connection, order_writers: Callable[[Connection], None], signer: Signer
    ) -> None:
        self._connection = connection
        self._order_writers = order_writers
        self._signer = signer
        self._head: tuple[int, str] | None = None

    def append(self, entry: AuditEntry) -> None:
        """Add an entry to the chain; when this fails, the act fails."""
        if self._head is None:
            self._order_writers(self._connection)
            self._head = head_of(self._connection)
        number, previous = self._head[0] + 1, self._head[1]
        canonical = entry.canonical()
        head = entry_hash(previous, number, canonical)
        _INSERT.run(
            self._connection,
            number=number,
            at=entry.at,
            act=entry.act.value,
            actor=entry.actor,
            subject=entry.subject,
            canonical=canonical.decode(),
            previous=previous,
            hash=head,
            signature=self._signer.sign(bytes.fromhex(head)).hex(),
            key_id=self._signer.key_id,
        )
        self._head = (number, head)

    def forget_head(self) -> None:
        """Read the newest entry again: what was appended since a savepoint may be gone."""
        self._head = None


def head_of(connection: Connection) -> tuple[int, str]:
    """Return the number and hash of the newest entry; (0, genesis) for an empty chain."""
    row = _HEAD.first(connection)
    return (0, GENESIS) if row is None else (int(row[0]), str(row[1]))
