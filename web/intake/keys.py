"""Who sends: each source has a key of its own, compared in constant time; no keys means nobody.

A source's key stands in the settings, or is an API key of the scope `intake`, which ends and can be revoked.
Three ways to show it, because senders differ in what they can do: a signature over time and body (best, for
whoever can compute one), a bearer token or API key in a header, or the password of basic authentication.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from domain.errors import NotAllowed
from domain.identity.web_access import parts_of

SIGNATURE_HEADER = "x-dogwatch-signature"
TIME_HEADER = "x-dogwatch-timestamp"
SOURCE_HEADER = "x-dogwatch-source"
SLACK_SECONDS = 300.0
Issued = Callable[[str], str | None]
"""Who an API key's text stands for as a source, None when it opens nothing here; may wait for a database."""


def _nobody(text: str) -> str | None:
    return None


class IntakeKeys:
    """Knows the sources' keys.

    Args:
        keys: Source name to its key; an empty key is no key.
        issued: Knows the API keys of programs.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        issued: Issued = _nobody,
    ) -> None:
        self._secrets = {name: key.encode() for name, key in keys.items() if key}
        self._digests = {name: hashlib.sha256(key).digest() for name, key in self._secrets.items()}
        self._issued = issued

    async def source_of(self, headers: Mapping[str, str]) -> str:
        """Return who sends, by the key in the headers (names in lower case).

        Raises:
            NotAllowed: There is no key or a wrong one.
        """
        key = _shown_key(headers)
        shown = hashlib.sha256(key).digest()
        found = ""
        # Every key is compared, so that the time taken tells nothing about which one was near.
        for name, digest in self._digests.items():
            if hmac.compare_digest(digest, shown):
                found = name
        text = key.decode("ascii", "replace")
        if not found and parts_of(text) is not None:
            known = await asyncio.to_thread(self._issued, text)
            found = known or ""
        if not found:
            raise _refused("no key or a wrong one")
        return found

    def is_signed(self, headers: Mapping[str, str]) -> bool:
        """Return whether the sender claims to have signed the body."""
        return SIGNATURE_HEADER in headers

    def source_of_signed(self, headers: Mapping[str, str], line: bytes, body: bytes) -> str:
        """Return who signed this request.

        The signature is `v2=` and the hexadecimal HMAC-SHA256 of `v2:<timestamp>:<line>`, a line feed and the
        body; or `v1=` and that of `v1:<timestamp>:<body>`, which leaves open where the body was meant to go.

        Args:
            headers: With names in lower case.
            line: Method, a space, and path and query as they were sent.
            body: As it came.

        Raises:
            NotAllowed: The source is unknown, the time is off by more than five minutes, or the signature is
                wrong.
        """
        source, stamp = headers.get(SOURCE_HEADER, ""), headers.get(TIME_HEADER, "")
        signature = headers.get(SIGNATURE_HEADER, "")
        secret = self._secrets.get(source, b"")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise _refused("the timestamp is no number")
        version, meant = ("v2", line + b"\n" + body) if signature.startswith("v2=") else ("v1", body)
        told = hmac.new(secret, f"{version}:{stamp}:".encode() + meant, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(f"{version}={told}".encode(), signature.encode("utf-8", "replace"))
        if not secret or not is_right:
            raise _refused("the signature is wrong")
        if abs(time.time() - int(stamp)) > SLACK_SECONDS:
            raise _refused("the timestamp is more than five minutes off")
        return source


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
        " DOGWATCH_TELEMETRY__KEYS, or makes one with `dogwatch key add --scope intake`.",
    )
