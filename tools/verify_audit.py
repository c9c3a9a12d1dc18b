"""Verify an exported audit trail offline. Shares no code with Dogwatch; needs only `cryptography`.

Usage: python verify_audit.py audit-export.jsonl [trusted-keys.json [anchors.jsonl]]

With a file of trusted keys ({"key id": "hex of 32 bytes"}) the keys of the export itself are ignored:
whoever can edit the export could edit them too. The same is true of its anchors, without which nobody sees
that its end was cut off: a file of anchors that reached you another way counts beside them.
"""

import hashlib
import json
import sys
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def main(arguments: list[str]) -> int:
    """Print what was found; 0 when the trail is whole."""
    if not 1 <= len(arguments) <= 3:
        print(__doc__, file=sys.stderr)
        return 2
    trusted = None
    if len(arguments) > 1:
        with open(arguments[1], encoding="utf-8") as file:
            trusted = json.load(file)
    try:
        with open(arguments[0], encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.strip()]
        own_keys = next((line["keys"] for line in lines if line["kind"] == "keys"), {})
        keys = own_keys if trusted is None else trusted
        entries = [line for line in lines if line["kind"] == "entry"]
        anchors = [line for line in lines if line["kind"] == "anchor"]
        if len(arguments) > 2:
            with open(arguments[2], encoding="utf-8") as file:
                anchors += [json.loads(line) for line in file if line.endswith("\n")]
        trouble = chain_trouble(entries, keys) or anchor_trouble(entries, anchors, keys)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        trouble = f"a line holds what no export does ({type(error).__name__})"
    if trouble:
        print(f"NOT whole: {trouble}")
        return 1
    counted = ", ".join(
        f"{len(some)} {one if len(some) == 1 else many}"
        for some, one, many in ((entries, "entry", "entries"), (anchors, "anchor", "anchors"))
    )
    print(f"whole: {counted}, keys {', '.join(sorted(keys)) or 'none'}")
    if not anchors:
        print("no anchors: that an end was cut off would not be seen")
    return 0


def chain_trouble(entries: list[dict], keys: dict[str, str]) -> str:
    """Return what is wrong with the first bad entry, or an empty string."""
    previous, key = "0" * 64, ""
    for expected, entry in enumerate(entries, 1):
        if entry["number"] != expected:
            return f"entry {expected} is missing"
        if entry["previous"] != previous:
            return f"entry {expected} does not follow the one before"
        raw = entry["canonical"].encode()
        link = (
            b"dogwatch/audit/1"
            + bytes.fromhex(previous)
            + expected.to_bytes(8, "big")
            + hashlib.sha256(raw).digest()
        )
        if hashlib.sha256(link).hexdigest() != entry["hash"]:
            return f"entry {expected} was edited"
        said = json.loads(raw)
        if any(said[name] != entry[name] for name in ("act", "actor", "subject")):
            return f"entry {expected}: its columns differ from what was signed"
        if datetime.fromisoformat(said["at"]) != datetime.fromisoformat(entry["at"]):
            return f"entry {expected}: its time differs from what was signed"
        if not is_signed(keys, entry["key_id"], bytes.fromhex(entry["hash"]), entry["signature"]):
            return f"entry {expected} is not signed by a trusted key"
        told = (said["act"], said["subject"], said["facts"].get("instead_of"))
        if key not in ("", entry["key_id"]) and told != ("key_added", f"key/{entry['key_id']}"[:200], key):
            return f"entry {expected} is signed by another key, and no entry says that it replaced {key}"
        previous, key = entry["hash"], entry["key_id"]
    return ""


def anchor_trouble(entries: list[dict], anchors: list[dict], keys: dict[str, str]) -> str:
    """Return what is wrong with the first bad anchor, or an empty string."""
    for anchor in anchors:
        number, head = anchor["number"], anchor["head"]
        if not is_signed(
            keys, anchor["key_id"], f"dogwatch/anchor/1 {number} {head}".encode(), anchor["signature"]
        ):
            return f"the anchor of entry {number} is not signed by a trusted key"
        if number > len(entries):
            return f"the tail is cut off: an anchor knows entry {number}, the trail ends at {len(entries)}"
        if entries[number - 1]["hash"] != head:
            return f"entry {number} differs from its anchor"
    return ""


def is_signed(keys: dict[str, str], key_id: str, message: bytes, signature: str) -> bool:
    """Tell whether a trusted key signed the message."""
    if key_id not in keys:
        return False
    try:
        raw = bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[key_id])).verify(raw, message)
    except (InvalidSignature, ValueError):
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
