"""Check that a request comes from Slack: over raw bytes, before anything is parsed.

Slack signs `v0:<timestamp>:<body>` with HMAC-SHA256 (api.slack.com, "Verifying requests from Slack").
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

TOLERANCE_SECONDS = 300
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")


def signed_at(headers: Iterable[tuple[bytes, bytes]], now: float) -> tuple[bytes, bytes] | None:
    """Return (timestamp, signature) of well-formed and timely headers, else None."""
    timestamps, signatures = [], []
    for name, value in headers:
        if name.lower() == b"x-slack-request-timestamp":
            timestamps.append(value)
        elif name.lower() == b"x-slack-signature":
            signatures.append(value)
    if len(timestamps) != 1 or len(signatures) != 1:
        return None
    if not _TIMESTAMP.fullmatch(timestamps[0]) or not _SIGNATURE.fullmatch(signatures[0]):
        return None
    if abs(now - int(timestamps[0])) > TOLERANCE_SECONDS:
        return None
    return timestamps[0], signatures[0]


def is_genuine(secret: str, timestamp: bytes, signature: bytes, body: bytes) -> bool:
    """Return whether Slack signed these bytes, in constant time."""
    expected = hmac.digest(secret.encode(), b"v0:" + timestamp + b":" + body, hashlib.sha256).hex()
    return hmac.compare_digest(b"v0=" + expected.encode(), signature)
