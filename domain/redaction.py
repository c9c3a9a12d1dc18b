"""What must never leave: known secret values wherever they appear, then what looks like a secret.

Known values are masked in every form in which tools print them. Patterns come second and are tuned for log
lines: at most one benign line in 10,000 may lose a word to them.
"""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable

MASK = "•••"
_SHORTEST = 6

# Kind to pattern; a pattern's group, when it has one, is the secret, otherwise all of it is.
KEY_SHAPES = {
    # With its body, in one line, folded or quoted by a difference: the header alone is no secret.
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"(?:(?:[\s>|]|-(?!-)|\\[rn])*[A-Za-z0-9+/]{16,}={0,2})*"
    r"(?:(?:[\s>|]|-(?!-)|\\[rn])*[A-Za-z0-9+/]{1,15}={0,2}(?=\s|\\[rn]|-----END|$))?",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})\b",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{16,}\b",
    "a Slack token": r"\bxox[abprse]-[A-Za-z0-9-]{10,}\b",
    "a Slack webhook": r"hooks\.slack\.com/services/[A-Z0-9/]{12,}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": r"\b[sr]k_live_[0-9A-Za-z]{16,}\b",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9._-]+",
    "an Azure storage key": r"AccountKey=[A-Za-z0-9+/=]{40,}",
    "a model provider's key": r"\bsk-[A-Za-z0-9_-]{20,}\b",
    "an address with a password": r"[a-z][a-z0-9+.-]*://[^\s/:@'\"]+:[^\s/@'\"]+@",
    "a signed address": r"[?&](?:X-Amz-Signature|sig|token|access_token|api_key)=[^\s&'\"]{8,}",
}
_SHAPES = re.compile("|".join(f"(?:{pattern})" for pattern in KEY_SHAPES.values()))
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9+/_.=-]{8,})")
_NAMED = re.compile(
    r"(?i)((?:\b|_)(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|client[_-]?secret|authorization)"
    r"[\"']?\s*(?:=|:)\s*[\"']?)([^\s\"'<>{},;&]{4,})"
)
# A cheap look before the patterns: nearly every line has none of these. In lower case.
_NAMES = ("pass", "pwd", "secret", "token", "key", "authorization", "bearer ", "basic ", "private")
_BEGINNINGS = (
    "akia",
    "asia",
    "gh",
    "glpat",
    "xox",
    "aiza",
    "_live_",
    "eyj",
    "sk-",
    "sig=",
    "signature=",
    "hooks.slack",
    "accountkey=",
)
_VALUE_MARK = re.compile(r"[0-9!@#$%^*+/=_~-]")


class Redaction:
    """Masks texts; `known` are values that this process holds."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms = {form for secret in known for form in forms_of(secret)}
        self._known = (
            re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
            if forms
            else None
        )

    def mask(self, text: str) -> str:
        """Return the text with known secrets masked, then what looks like one."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return mask_shapes(text)


def mask_shapes(text: str) -> str:
    """Return the text without what looks like a secret; what names it stays readable."""
    lowered = text.lower()
    is_named = any(word in lowered for word in _NAMES)
    if is_named or ("://" in text and "@" in text) or any(word in lowered for word in _BEGINNINGS):
        text = _SHAPES.sub(MASK, text)
    if not is_named:
        return text
    text = _BEARER.sub(lambda found: found[1] + (MASK if _is_mixed(found[2]) else found[2]), text)
    return _NAMED.sub(lambda found: found[1] + (MASK if _looks_chosen(found[2]) else found[2]), text)


def holds_key(text: str) -> bool:
    """Tell whether the text holds a value of a well-known secret shape."""
    return _SHAPES.search(text) is not None


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


def _looks_chosen(value: str) -> bool:
    """Tell a value from a word of prose such as “token: expired”: it has a digit, a sign, or mixed case."""
    return bool(_VALUE_MARK.search(value)) or _is_mixed(value)


def _is_mixed(value: str) -> bool:
    inner = value[1:]
    return any(c.isdigit() for c in value) or (inner != inner.lower() and inner != inner.upper())


def _base64_core(raw: bytes, shift: int) -> str:
    """Return the characters of the base64 text that depend on the secret alone, whatever stands around it."""
    encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
    first = (shift * 8 + 5) // 6
    whole_bits = (shift + len(raw)) * 8
    return encoded[first : whole_bits // 6]
