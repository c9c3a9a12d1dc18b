"""Prove the audit trail whole: every entry's bytes, order, hash and signature, and the anchors outside."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from domain.ports.signer import KeyRing
from domain.proof.audit import GENESIS, AuditAct, entry_hash
from storage.engine import Database
from storage.statements import table_of
from storage.tables.audit import AuditRow

_AUDIT = table_of(AuditRow)
_PAGE = 1000
_TEXTS = ("head", "signature", "key_id")
UNTRUSTED = "is not signed by a key that I trust"
_OLDER_COPY = (
    "If that key came after your copy of keys/ was made, put keys/audit.trusted.json of a newer copy"
    " in place."
)


@dataclass(frozen=True)
class Anchor:
    """A signed head kept outside the database."""

    number: int
    head: str
    signature: str
    key_id: str


@dataclass(frozen=True)
class AuditReport:
    """What verification found; `trouble` is empty when the trail is whole."""

    entries: int
    head: str
    anchors: int
    keys: tuple[str, ...]
    trouble: str = ""

    @property
    def remark(self) -> str:
        """What an operator may have done themselves to bring the trouble about, and how to mend it."""
        return _OLDER_COPY if UNTRUSTED in self.trouble else ""

    at_entry: int | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.trouble


def rows_of(database: Database) -> Iterator[dict[str, Any]]:
    """Yield all entries in order, as an export holds them."""
    # From the very first row: one numbered 0 or less is none of ours, and must not hide below the chain.
    following = select(_AUDIT).order_by(_AUDIT.c.number).limit(_PAGE)
    page_after = following
    while True:
        with database.reading() as connection:
            found = connection.execute(page_after)
            page = [dict(row) for row in found.mappings()]
        yield from page
        if len(page) < _PAGE:
            return
        page_after = following.where(_AUDIT.c.number > page[-1]["number"])


def verify(rows: Iterable[dict[str, Any]], anchors: Sequence[Anchor], keys: KeyRing) -> AuditReport:
    """Return whether the chain is whole and holds every anchored head, naming the first bad entry."""
    previous, count, key = GENESIS, 0, ""
    seen_keys: set[str] = set()
    heads: dict[int, str] = {}
    wanted = {anchor.number for anchor in anchors}
    for row in _readable(rows):
        count += 1
        try:
            trouble = _trouble_with(row, count, previous, keys) or _trouble_with_key(row, key)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            trouble = f"entry {count} was edited: it holds what nobody writes there"
        if trouble:
            return AuditReport(count, previous, len(anchors), tuple(sorted(seen_keys)), trouble, count)
        previous, key = row["hash"], row["key_id"]
        seen_keys.add(key)
        if count in wanted:
            heads[count] = previous
    for anchor in anchors:
        trouble = _trouble_with_anchor(anchor, heads, count, keys)
        if trouble:
            return AuditReport(
                count, previous, len(anchors), tuple(sorted(seen_keys)), trouble, anchor.number
            )
    return AuditReport(count, previous, len(anchors), tuple(sorted(seen_keys)))


def _trouble_with(row: dict[str, Any], number: int, previous: str, keys: KeyRing) -> str:
    if not row:
        return (
            f"entry {number}, or one that follows it, can't be read: a column holds what nobody wrote there"
        )
    if row["number"] != number:
        if isinstance(row["number"], int) and row["number"] < number:
            return f"an entry numbered {row['number']} stands where entry {number} should: nobody wrote it"
        return f"entry {number} is missing: the next one is numbered {row['number']}"
    if row["previous"] != previous:
        return f"entry {number} does not follow the entry before it"
    canonical = row["canonical"].encode()
    if row["hash"] != entry_hash(previous, number, canonical):
        return f"entry {number} was edited: its hash does not fit its content"
    # Signed first: what is not is nobody's writing, and may be of any form.
    if not keys.is_signed(row["key_id"], bytes.fromhex(row["hash"]), _bytes_of(row["signature"])):
        return f"entry {number} {UNTRUSTED} ({row['key_id']})"
    if not _columns_agree(row):
        return f"entry {number} was edited: its columns differ from what was signed"
    return ""


def _trouble_with_key(row: dict[str, Any], before: str) -> str:
    """Return what is wrong when a key took another one's place: the chain itself has to say so."""
    key = row["key_id"]
    if before in ("", key):
        return ""
    signed = json.loads(row["canonical"])
    told = (signed["act"], signed["subject"], signed["facts"].get("instead_of"))
    if told == (AuditAct.KEY_ADDED.value, f"key/{key}"[:200], before):
        return ""
    return (
        f"entry {row['number']} is signed by {key} after {before}, and no entry says that it took its place"
    )


def _columns_agree(row: dict[str, Any]) -> bool:
    signed = json.loads(row["canonical"])
    at = row["at"] if isinstance(row["at"], str) else row["at"].isoformat(timespec="microseconds")
    return (signed["act"], signed["actor"], signed["subject"], signed["at"]) == (
        row["act"],
        row["actor"],
        row["subject"],
        at,
    )


def _trouble_with_anchor(anchor: Anchor, heads: dict[int, str], count: int, keys: KeyRing) -> str:
    if not anchor.signature:
        return f"{anchor.key_id} of the anchors can't be read: it was changed"
    message = anchor_message(anchor.number, anchor.head)
    if not keys.is_signed(anchor.key_id, message, _bytes_of(anchor.signature)):
        return f"the anchor of entry {anchor.number} {UNTRUSTED}"
    if anchor.number > count:
        return f"the tail is cut off: an anchor knows entry {anchor.number}, the trail ends at {count}"
    if heads.get(anchor.number) != anchor.head:
        return f"entry {anchor.number} differs from its anchor: the trail was replaced"
    return ""


def _readable(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows, and an empty one in place of the first that the database itself can't read."""
    try:
        yield from rows
    except (ValueError, TypeError):
        yield {}


def _bytes_of(text: str) -> bytes:
    """Return the bytes that a text writes in hexadecimal; none, which nothing signs, when it writes none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def anchor_message(number: int, head: str) -> bytes:
    """Return the bytes that an anchor signs."""
    return f"dogwatch/anchor/1 {number} {head}".encode()


def read_anchors(path: Path) -> list[Anchor]:
    """Return the anchors of a file, oldest first; a line that was not written to its end is none.

    A line that nobody wrote so is an anchor without signature: no trail is whole with it.
    """
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8", errors="replace").rpartition("\n")
    return [_anchor(line, number) for number, line in enumerate(whole.split("\n"), 1) if line]


def _anchor(line: str, number: int) -> Anchor:
    try:
        told = json.loads(line)
        anchor = Anchor(**told)
        is_whole = isinstance(anchor.number, int) and all(isinstance(told[name], str) for name in _TEXTS)
    except (ValueError, TypeError):
        is_whole = False
    return anchor if is_whole else Anchor(0, "", "", f"line {number}")
