"""Write the audit trail with its anchors and public keys, so that somebody else can verify it offline."""

import json
from pathlib import Path

from runtime.wiring.stores import Stores
from storage.audit.audit_verify import rows_of


def write_export(stores: Stores, path: Path) -> int:
    """Write one JSON object a line: keys first, then entries, then anchors; return the number of entries."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(
            json.dumps({"kind": "keys", "keys": stores.audit_ring.public_keys()}, sort_keys=True) + "\n"
        )
        for row in rows_of(stores.database):
            count += 1
            line = row | {"at": row["at"].isoformat(timespec="microseconds"), "kind": "entry"}
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
