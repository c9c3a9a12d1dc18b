"""Find secrets in a text before it is committed: keys, tokens, passwords, addresses with credentials."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from domain.text.redaction import find_kind, holds_placed
from domain.text.secret_shapes import NAMED_ANYHOW

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
    is_placed = holds_placed(text)
    if find_kind(text) is None and not NAMED_ANYHOW.search(text) and not is_placed:
        return []  # nearly always: one pass over the text instead of one for each line
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        kind = find_kind(line)
        named = NAMED_ANYHOW.search(line)
        if (
            kind is None
            and named
            and not _REFERENCE.search(named[1])
            and _entropy_bits(named[1]) >= _LEAST_ENTROPY_BITS
        ):
            kind = "a password or key"
        if kind is None and is_placed and holds_placed(line):
            kind = "a password, as it is told to a program"
        if kind is not None:
            found.append(Secret(number, kind))
    return found


def _entropy_bits(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
