"""Keep signed heads of the audit chain where the database's owner does not write."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from domain.ports.signer import Signer
from storage.audit.audit_log import head_of
from storage.audit.audit_verify import Anchor, anchor_message, read_anchors
from storage.engine import Database


class AnchorFile:
    """Appends signed heads to a file; each line is one anchor.

    Args:
        path: On another file system, or synchronised away, where that matters.
        signer: The audit key.
        every: Entries between anchors.
    """

    def __init__(self, path: Path, signer: Signer, *, every: int = 100) -> None:
        self._path = path
        self._signer = signer
        self._every = every
        known = read_anchors(path)
        self._last = known[-1].number if known else 0

    def all(self) -> list[Anchor]:
        """Return every anchor, oldest first."""
        return read_anchors(self._path)

    def anchor(self, database: Database, *, force: bool = False) -> Anchor | None:
        """Write an anchor when enough entries came since the last one, or a new head and `force`."""
        with database.reading() as connection:
            number, head = head_of(connection)
        if number == self._last or (not force and number - self._last < self._every):
            return None
        anchor = Anchor(
            number, head, self._signer.sign(anchor_message(number, head)).hex(), self._signer.key_id
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            _drop_torn_end(file)
            file.write(json.dumps(asdict(anchor), sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._last = number
        return anchor


def _drop_torn_end(file: BinaryIO) -> None:
    """Cut off a line that was not written to its end, as when the disk was full."""
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)
