"""Find secrets in a text before it is committed: keys, tokens, passwords, addresses with credentials."""

import math
import re
from collections import Counter
from dataclasses import dataclass

_KNOWN = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})\b",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{16,}\b",
    "a Slack token": r"\bxox[abprse]-[A-Za-z0-9-]{10,}\b",
    "a Slack webhook": r"hooks\.slack\.com/services/[A-Z0-9/]{12,}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": r"\b[sr]k_live_[0-9A-Za-z]{16,}\b",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{5,}",
    "an Azure storage key": r"AccountKey=[A-Za-z0-9+/=]{40,}",
    "a model provider's key": r"\bsk-[A-Za-z0-9_-]{20,}\b",
    "an address with a password": r"[a-z][a-z0-9+.-]*://[^\s/:@'\"]+:[^\s/@'\"]+@",
    "a signed address": r"[?&](?:X-Amz-Signature|sig|token|access_token|api_key)=[^\s&'\"]{8,}",
}
_NAMED = re.compile(
    r"(?i)\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|client[_-]?secret)\b"
    r"['\"]?\s*[:=]\s*['\"]?([^\s'\"<>{},]{6,})"
)
_EVERY = [*_KNOWN.values(), _NAMED.pattern.removeprefix("(?i)")]
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in _EVERY), re.IGNORECASE)
_REFERENCE = re.compile(
    r"^(?:secret|vault|env)://|^\*+$|^\$\{|^(?:text|none|null|true|false|mask|hash|tokenize)$", re.I
)
_LEAST_ENTROPY_BITS = 2.5


@dataclass(frozen=True)
class Secret:
    """Where something that looks like a secret stands; never the secret itself."""

    line: int
    kind: str


def find_secrets(text: str) -> list[Secret]:
    """Return what looks like a secret, by line; references such as `vault://…` are none."""
    if not _ANY.search(text):
        return []  # nearly always: one pass over the text instead of one for each kind
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        kind = next((kind for kind, pattern in _KNOWN.items() if re.search(pattern, line)), None)
        named = _NAMED.search(line)
        if (
            kind is None
            and named
            and not _REFERENCE.search(named[1])
            and _entropy_bits(named[1]) >= _LEAST_ENTROPY_BITS
        ):
            kind = "a password or key"
        if kind is not None:
            found.append(Secret(number, kind))
    return found


def _entropy_bits(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
