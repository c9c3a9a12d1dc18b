"""Secrets within Base64: what a program packed whole, such as `{"password": …}` of a request or a header.

Only a word that holds the name of a secret at one of its three shifts is unpacked: nearly no line has one.
"""

import base64
import binascii
import re
from collections.abc import Callable

_NAMES = ("password", "passwd", "secret", "token", "api_key", "apikey", "access_key")
_WORD = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,20000}(?![A-Za-z0-9+/_-])")
_LEAST_READABLE = 0.95


def mask_packed(text: str, mask: str, unpacked: Callable[[str], str]) -> str:
    """Return the text without words that hold, unpacked, what looks like a secret.

    Args:
        text: Any text.
        mask: Stands for a word; what fills it up to its length stays.
        unpacked: Masks what a word was packed from.
    """
    if not _is_marked(text):
        return text

    def masked(found: re.Match[str]) -> str:
        told = _read(found[0]) if _is_marked(found[0]) else ""
        return mask if told and unpacked(told) != told else found[0]

    return _WORD.sub(masked, text)


def _is_marked(text: str) -> bool:
    return any(mark in text for mark in _MARKS)


def _read(word: str) -> str:
    """Return the text that a word was packed from; empty where it was none."""
    plain = word.replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return ""
    told = raw.decode("utf-8", "replace")
    readable = sum(letter.isprintable() or letter.isspace() for letter in told if letter != "\ufffd")
    return told if readable >= _LEAST_READABLE * len(told) else ""


def _cores(name: str) -> set[str]:
    """Return the characters of the Base64 text that depend on a name alone, wherever it stands."""
    found = set()
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + name.encode()).decode().rstrip("=")
        found.add(packed[(shift * 8 + 5) // 6 : (shift + len(name)) * 8 // 6])
    return found


_MARKS = tuple(
    sorted(
        {core for name in _NAMES for said in (name, name.capitalize(), name.upper()) for core in _cores(said)}
    )
)
