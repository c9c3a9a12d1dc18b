"""Who sends: each source has a key of its own, compared in constant time; no keys means nobody.

Three ways to show it, because senders differ in what they can do: a signature over time and body (best, for
whoever can compute one), a bearer token or API key in a header, or the password of basic authentication.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from domain.errors import NotAllowed

SIGNATURE_HEADER = "x-dogwatch-signature"
TIME_HEADER = "x-dogwatch-timestamp"
SOURCE_HEADER = "x-dogwatch-source"
_SLACK_SECONDS = 300.0
_MOST_REMEMBERED = 50_000


class IntakeKeys:
    """Knows the sources' keys.

    Args:
        keys: Source name to its key; an empty key is no key.
        clock: Unix seconds.
    """

    def __init__(self, keys: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        self._secrets = {name: key.encode() for name, key in keys.items() if key}
        self._digests = {name: hashlib.sha256(key).digest() for name, key in self._secrets.items()}
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def source_of(self, headers: Mapping[str, str]) -> str:
        """Return who sends, by the key in the headers (names in lower case).

        Raises:
            NotAllowed: There is no key or a wrong one.
        """
        shown = hashlib.sha256(_shown_key(headers)).digest()
        found = ""
        # Every key is compared, so that the time taken tells nothing about which one was near.
        for name, digest in self._digests.items():
            if hmac.compare_digest(digest, shown):
                found = name
        if not found:
            raise _refused("no key or a wrong one")
        return found

    def is_signed(self, headers: Mapping[str, str]) -> bool:
        """Return whether the sender claims to have signed the body."""
        return SIGNATURE_HEADER in headers

    def source_of_signed(self, headers: Mapping[str, str], body: bytes) -> tuple[str, bool]:
        """Return who signed these bytes, and whether the very same request came before.

        The signature is `v1=` and the hexadecimal HMAC-SHA256 of `v1:<timestamp>:<body>`.

        Raises:
            NotAllowed: The source is unknown, the time is off by more than five minutes, or the signature is
                wrong.
        """
        source, stamp = headers.get(SOURCE_HEADER, ""), headers.get(TIME_HEADER, "")
        signature = headers.get(SIGNATURE_HEADER, "")
        secret = self._secrets.get(source, b"")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise _refused("the timestamp is no number")
        told = hmac.new(secret, b"v1:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(f"v1={told}".encode(), signature.encode("utf-8", "replace"))
        if not secret or not is_right:
            raise _refused("the signature is wrong")
        if abs(self._clock() - int(stamp)) > _SLACK_SECONDS:
            raise _refused("the timestamp is more than five minutes off")
        return source, self._is_repeated(signature)

    def _is_repeated(self, signature: str) -> bool:
        now = self._clock()
        while self._seen and next(iter(self._seen.values())) < now - 2 * _SLACK_SECONDS:
            self._seen.popitem(last=False)
        if signature in self._seen:
            return True
        self._seen[signature] = now
        if len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return False

    def forget(self, signature: str) -> None:
        """Let a signed request come again: it was not taken the first time."""
        self._seen.pop(signature, None)


def _shown_key(headers: Mapping[str, str]) -> bytes:
    key = headers.get("x-api-key", "")
    if key:
        return key.encode("utf-8", "replace")
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.casefold() == "bearer":
        return value.encode("utf-8", "replace")
    if scheme.casefold() in ("basic", "apikey"):
        try:
            plain = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return value.encode("utf-8", "replace") if scheme.casefold() == "apikey" else b""
        return plain.partition(b":")[2] or plain
    return b""


def _refused(detail: str) -> NotAllowed:
    return NotAllowed(
        f"intake: {detail}",
        say="I don't know this sender.",
        next_step="Send the source's key as a bearer token, API key or password; an operator sets it in"
        " DOGWATCH_TELEMETRY__KEYS.",
    )
