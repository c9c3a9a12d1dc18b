"""Mask known secrets wherever they appear, also in the encodings in which tools print them.

The value itself, base64 and its URL form at all three alignments, percent-encoded, JSON-escaped, hexadecimal.
"""

import base64
import json
import urllib.parse
from collections.abc import Iterable

MASK = "•••"
_SHORTEST = 6


class SecretRedactor:
    """Masks across piece borders, by holding back as much as the longest form of any secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in forms_of(secret)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._hold = max((len(form) for form in self._forms), default=1) - 1
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what is safe to show so far."""
        if not self._forms:
            return text
        whole = self.mask(self._held + text)
        border = max(len(whole) - self._hold, 0)
        self._held = whole[border:]
        return whole[:border]

    def flush(self) -> str:
        """Return the rest."""
        rest, self._held = self._held, ""
        return self.mask(rest)

    def mask(self, text: str) -> str:
        """Return the text with every form of every secret masked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def forms_of(secret: str) -> set[str]:
    """Return the secret in every form in which output may show it; very short ones only as they are."""
    if not secret:
        return set()
    raw = secret.encode()
    forms = {secret}
    if len(secret) < _SHORTEST:
        return forms
    forms |= {
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
        urllib.parse.quote(secret, safe="").replace("%", "%25"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        raw.hex(),
        raw.hex().upper(),
    }
    forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    for shift in range(3):
        core = _base64_core(raw, shift)
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= _SHORTEST}


def _base64_core(raw: bytes, shift: int) -> str:
    """Return the characters of the base64 text that depend on the secret alone, whatever stands around it."""
    encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
    first = (shift * 8 + 5) // 6
    whole_bits = (shift + len(raw)) * 8
    return encoded[first : whole_bits // 6]
