"""What must never leave: known secret values wherever they appear, then what looks like a secret.

Known values are masked in every form in which tools print them. Patterns come second and are tuned for log
lines: at most one benign line in 10,000 may lose a word to them.
"""

import base64
import html
import json
import re
import shlex
import urllib.parse
from collections.abc import Iterable

from domain.text.packed_secrets import mask_packed
from domain.text.placed_secrets import mask_placed
from domain.text.secret_blocks import MARKS as BLOCK_MARKS
from domain.text.secret_blocks import mask_blocks
from domain.text.secret_shapes import (
    BEARER,
    FOLDED,
    NAMED,
    NAMED_ANYHOW,
    NAMES,
    REFERENCE,
    SCHEMES,
    SHAPES,
    SHORTEST_FOLDED,
    TELLS,
    VALUE_MARK,
)

MASK = "•••"
_SHORTEST = 6
_SHORTEST_NAMED = 4
_SHORTEST_LINE = 12
_WRAPPED_AT = 76


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
    return mask_packed(_unpacked_masked(text), MASK, _unpacked_masked)


def mask_words_too(text: str) -> str:
    """Return the text also without words that stand behind a secret's name, such as `password: horses`."""
    return NAMED_ANYHOW.sub(
        lambda found: found[0] if REFERENCE.match(found[1]) else found[0][: -len(found[1])] + MASK,
        mask_shapes(text),
    )


def _unpacked_masked(text: str) -> str:
    lowered = text.lower()
    for marks, pattern in SHAPES.values():
        for mark in marks:
            if mark in lowered:
                text = pattern.sub(MASK, text)
                break
    if len(text) >= SHORTEST_FOLDED:
        text = FOLDED.sub(MASK, text)
    if any(mark in lowered for mark in BLOCK_MARKS):
        text = mask_blocks(text, MASK, _looks_chosen)
    text = mask_placed(text, lowered, MASK, _looks_chosen)
    if any(scheme in lowered for scheme in SCHEMES):
        text = BEARER.sub(lambda found: found[1] + (MASK if _is_mixed(found[2]) else found[2]), text)
    if ("=" in text or ":" in text) and any(name in lowered for name in NAMES):
        text = NAMED.sub(_named_masked, text)
    return text


def _named_masked(found: re.Match[str]) -> str:
    quote, quoted, plain = found["quote"], found["quoted"], found["plain"]
    if quoted is not None:
        is_told = REFERENCE.match(quoted) or TELLS.fullmatch(quoted) or quoted == MASK
        return found[0] if is_told else f"{found[1]}{quote}{MASK}{quote}"
    opening = plain[: len(plain) - len(plain.lstrip("\\\"'"))]
    value = plain[len(opening) :]
    if len(value) < _SHORTEST_NAMED or REFERENCE.match(value):
        return found[0]
    is_assigned = found[1].rstrip().endswith("=")
    is_chosen = _looks_chosen(value) or (is_assigned and not TELLS.fullmatch(value))
    return f"{found[1]}{opening}{MASK}" if is_chosen else found[0]


def holds_key(text: str) -> bool:
    """Tell whether the text holds a value of a well-known secret shape."""
    return find_kind(text) is not None


def holds_placed(text: str) -> bool:
    """Tell whether the text holds a value that its place makes a secret, such as behind `curl -u`."""
    return mask_placed(text, text.lower(), MASK, _looks_chosen) != text


def find_kind(text: str) -> str | None:
    """Return what kind of a well-known secret the text holds; None for none."""
    lowered = text.lower()
    held = (kind for kind, (marks, _) in SHAPES.items() if any(mark in lowered for mark in marks))
    return next((kind for kind in held if SHAPES[kind][1].search(text)), None)


def forms_of(secret: str) -> set[str]:
    """Return the secret in every form in which output may show it; very short ones only as they are."""
    if not secret:
        return set()
    raw = secret.encode()
    forms = {secret}
    if len(secret) < _SHORTEST:
        return forms
    lines = secret.splitlines()
    if len(lines) > 1:  # a key or a file of several lines, told line by line
        forms |= {line.strip() for line in lines if len(line.strip()) >= _SHORTEST_LINE}
    forms |= {
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
        urllib.parse.quote(secret, safe="").replace("%", "%25"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        urllib.parse.quote(secret, safe="").lower() if "%" in urllib.parse.quote(secret) else secret,
        raw.hex(),
        raw.hex().upper(),
    }
    forms |= _escaped(secret)
    whole = base64.b64encode(raw).decode()
    forms |= {whole, base64.urlsafe_b64encode(raw).decode(), base64.b32encode(raw).decode().rstrip("=")}
    # As programs fold it; a last piece that is too short to tell anything stays.
    pieces = [whole[at : at + _WRAPPED_AT] for at in range(0, len(whole), _WRAPPED_AT)]
    forms |= {piece for piece in pieces if len(piece) >= _SHORTEST_LINE}
    # PowerShell packs what is two bytes a letter.
    for packed in (raw, secret.encode("utf-16-le")):
        for shift in range(3):
            core = _base64_core(packed, shift)
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= _SHORTEST}


def _escaped(secret: str) -> set[str]:
    """Return the secret as pages, shells, databases and programs write it between quotes."""
    page = html.escape(secret, quote=False)
    return {
        page,
        html.escape(secret),
        page.replace('"', "&quot;").replace("'", "&#39;"),
        page.replace('"', "&quot;").replace("'", "&apos;"),
        page.replace('"', "&quot;"),
        page.replace('"', "&#34;").replace("'", "&#39;"),
        secret.replace("'", "''"),
        secret.replace('"', '""'),
        secret.replace("'", "'\\''"),
        shlex.quote(secret)[1:-1] if shlex.quote(secret) != secret else secret,
        re.sub(r"([\"$`\\])", r"\\\1", secret),
        re.sub(r"([^\w@%+=:,./-])", r"\\\1", secret),
        repr(secret)[1:-1],
        secret.encode("unicode_escape").decode(),
        repr(secret.encode())[2:-1],
    }


def _looks_chosen(value: str) -> bool:
    """Tell a value from a word of prose such as “token: expired”: it has a digit, a sign, or mixed case."""
    return bool(VALUE_MARK.search(value)) or _is_mixed(value)


def _is_mixed(value: str) -> bool:
    inner = value[1:]
    return any(c.isdigit() for c in value) or (inner != inner.lower() and inner != inner.upper())


def _base64_core(raw: bytes, shift: int) -> str:
    """Return the characters of the base64 text that depend on the secret alone, whatever stands around it."""
    encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
    first = (shift * 8 + 5) // 6
    whole_bits = (shift + len(raw)) * 8
    return encoded[first : whole_bits // 6]
