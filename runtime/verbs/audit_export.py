"""Write the audit trail with its anchors and public keys, so that somebody else can verify it offline."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from runtime.wiring.stores import Stores
from storage.audit.audit_verify import rows_of


def write_export(stores: Stores, path: Path) -> int:
    """Write one JSON object a line: keys first, then entries, then anchors; return the number of entries.

    Raises:
        BadInput: The database itself can't read an entry: somebody changed it.
    """
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(
            json.dumps({"kind": "keys", "keys": stores.audit_ring.public_keys()}, sort_keys=True) + "\n"
        )
        for row in _readable(rows_of(stores.database)):
            count += 1
            line = _plain(row) | {"at": row["at"].isoformat(timespec="microseconds"), "kind": "entry"}
            file.write(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n")
        for anchor in stores.anchors.all():
            line = {
                "kind": "anchor",
                "number": anchor.number,
                "head": anchor.head,
                "signature": anchor.signature,
                "key_id": anchor.key_id,
            }
            file.write(json.dumps(line, sort_keys=True) + "\n")
    return count


def _readable(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    try:
        yield from rows
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"audit export: {type(error).__name__}",
            say="The audit trail holds an entry that can't be read, so it is not exported whole.",
            next_step="`dogwatch audit verify` says which.",
        ) from error


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as JSON can hold it: bytes that somebody put into a text stand there in hexadecimal."""
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
