"""The append-only, hash-chained, signed record of acts and refusals.

Each head is signed as it is written. Heads are also anchored outside the database, because a chain
alone cannot tell that its tail was cut off.
"""

import re
from collections.abc import Callable

from sqlalchemy import Connection, bindparam, select

from domain.errors import OutsideTrouble
from domain.ports.signer import Signer
from domain.proof.audit import GENESIS, AuditAct, AuditEntry, entry_hash
from domain.text.redaction import mask_shapes
from storage.prepared import Prepared
from storage.statements import table_of
from storage.tables.audit import AuditRow

_AUDIT = table_of(AuditRow)
_HASH = re.compile(r"[0-9a-f]{64}")
_WRITTEN = frozenset({"reason", "text", "review", "cause", "why"})
"""Facts in people's own words, or in those of a system."""
_INSERT = Prepared(
    lambda insert: insert(_AUDIT).values({c.name: bindparam(c.name, type_=c.type) for c in _AUDIT.c})
)
_HEAD = Prepared(
    lambda _: (
        select(_AUDIT.c.number, _AUDIT.c.hash, _AUDIT.c.key_id).order_by(_AUDIT.c.number.desc()).limit(1)
    )
)


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
        """Add an entry to the chain; when this fails, the act fails. A key that is new is an entry first.

        Raises:
            OutsideTrouble: The newest entry was changed so that none can follow it.
        """
        if self._head is None:
            self._order_writers(self._connection)
            number, head, key = _newest(self._connection)
            if not _HASH.fullmatch(head):
                # Nothing can follow it: what was asked for waits until somebody has looked.
                raise OutsideTrouble(
                    f"audit entry {number} holds no hash",
                    say="The audit trail was changed from outside, so I record nothing and do nothing.",
                    next_step="An operator finds the place with `dogwatch audit verify`.",
                )
            self._head = (number, head)
            if key not in ("", self._signer.key_id):
                self._write(_new_key(self._signer.key_id, key, entry), self._head)
        self._write(_without_secrets(entry), self._head)

    def hold(self) -> None:
        """Let no other transaction append until this one ends."""
        if self._head is None:
            self._order_writers(self._connection)

    def _write(self, entry: AuditEntry, after: tuple[int, str]) -> None:
        number, previous = after[0] + 1, after[1]
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
    return _newest(connection)[:2]


def _newest(connection: Connection) -> tuple[int, str, str]:
    row = _HEAD.first(connection)
    return (0, GENESIS, "") if row is None else (int(row[0]), str(row[1]), str(row[2]))


def _without_secrets(entry: AuditEntry) -> AuditEntry:
    """Return the entry with what looks like a secret masked where people wrote: a chain forgets nothing."""
    written = {name: mask_shapes(text) for name, text in entry.facts.items() if name in _WRITTEN}
    if all(entry.facts[name] == text for name, text in written.items()):
        return entry
    return entry.model_copy(update={"facts": {**entry.facts, **written}})


def _new_key(key: str, former: str, entry: AuditEntry) -> AuditEntry:
    return AuditEntry(
        at=entry.at,
        act=AuditAct.KEY_ADDED,
        actor="dogwatch",
        subject=f"key/{key}"[:200],
        facts={"instead_of": former},
    )
