"""Tell whether two things are the same without showing them: what a mask hides, what a target's name means.

A fingerprint is made with a key that never leaves the runner. So it may stand in the database, in an approval
and in the trail: whoever reads it there can't try out which password it belongs to.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.proof.canonical import canonical_bytes
from domain.remediation.plans import Value
from remediation.account import RemediationOff

_KEY_FILE = "fingerprints.key"
_KEY_BYTES = 32
_NAME = b"dogwatch/fingerprint/key/1\0"
_UNMASKED = "dogwatch/fingerprint/unmasked/1"
_KEPT = "dogwatch/fingerprint/kept/1"
_PLACE = "dogwatch/fingerprint/place/1"


class Fingerprints:
    """Makes the fingerprints of one runner; those of dry runs begin with a name of its key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._name = hashlib.sha256(_NAME + key).hexdigest()[:8]

    def of_effects(self, effects: list[list[str]]) -> str:
        """Return the fingerprint of what a dry run would change, as it is and not as people are shown it."""
        return f"{self._name}:{self._of(_UNMASKED, sorted(effects))}"

    def of_places(self, definitions: Mapping[str, Any]) -> dict[str, str]:
        """Return by name the fingerprint of what an operator wrote down for a target."""
        return {
            name: f"{self._name}:{self._of(_PLACE, definition)}"
            for name, definition in sorted(definitions.items())
        }

    def of_kept(self, kept: Mapping[str, Value]) -> str:
        """Return the fingerprint of what a step recorded before it changed something."""
        # As text: a script may have kept a number that has no canonical form.
        return self._of(_KEPT, json.dumps(dict(kept), sort_keys=True))

    def _of(self, purpose: str, value: Any) -> str:  # Any: whatever has a canonical form
        return hmac.new(self._key, purpose.encode() + b"\0" + canonical_bytes(value), "sha256").hexdigest()


def key_names(places: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the keys with which these fingerprints were made."""
    return frozenset(made.partition(":")[0] for made in places.values())


def fingerprints_of(folder: Path) -> Fingerprints:
    """Return those of the runner whose folder this is; its key is made at the first start.

    A key that is lost costs little: what was dry-run under it is asked about once more, and what is half-way
    is not carried on.

    Raises:
        RemediationOff: The key can't be read, or others may read it.
    """
    path = folder / _KEY_FILE
    try:
        if not path.exists():
            _make(path)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            is_private = not os.fstat(handle).st_mode & 0o077
            key = file.read(_KEY_BYTES + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from error
    if not is_private or len(key) != _KEY_BYTES:
        raise _unusable(path, "it has another size" if is_private else "others may read it")
    return Fingerprints(key)


def _make(path: Path) -> None:
    """Write a key where there is none; another runner process that was faster wins."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(handle)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()


def _unusable(path: Path, why: str) -> RemediationOff:
    return RemediationOff(
        f"its key for fingerprints can't be used: {why}",
        f"Put {path} back from a backup. Or remove it, and a new one is made: plans that wait for their start"
        " are asked about once more, and one that is half-way is neither carried on nor undone.",
    )
