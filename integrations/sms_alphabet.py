"""What telephones count in a text message: septets of their own alphabet, or 16 bits a sign for any other.

One sign that their alphabet lacks, such as a curly quotation mark, makes a long message twice as many parts
(3GPP TS 23.038): what reads the same in it is written in it.
"""

import unicodedata

from domain.text.outward_text import cut

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€")
_THE_SAME = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u00b4`", "'")
    | dict.fromkeys("\u2010\u2011\u2013\u2014\u2212\u00b7", "-")
    | {"\u2026": "...", "\u2022": "*", "\u00d7": "x", "\u2192": "->", "\u2264": "<=", "\u2265": ">="}
)
_MOST_SEPTETS = 3 * 153
_MOST_WIDE = 3 * 67
"""Three parts either way."""
_LEAST = 60


def fitting(said: str, end: str) -> str:
    """Return a text and its end within three parts; the text is cut where needed, the end never."""
    narrow = unicodedata.normalize("NFC", said).translate(_THE_SAME)
    if _is_narrow(narrow + end):
        room = max(_MOST_SEPTETS - _septets(end), _LEAST)
        return _cut_narrow(narrow, room) + end
    return cut(said, max(_MOST_WIDE - _wide(end) - _extra(said), _LEAST)) + end


def parts(text: str) -> int:
    """Return how many parts a telephone makes of a text."""
    size, single, more = (_septets(text), 160, 153) if _is_narrow(text) else (_wide(text), 70, 67)
    return 1 if size <= single else -(-size // more)


def _is_narrow(text: str) -> bool:
    return all(sign in _ALPHABET or sign in _TWICE for sign in text)


def _septets(text: str) -> int:
    return len(text) + sum(sign in _TWICE for sign in text)


def _wide(text: str) -> int:
    return len(text.encode("utf-16-le", errors="replace")) // 2


def _extra(text: str) -> int:
    """Return how many signs within the room count twice."""
    return sum(sign > "\uffff" for sign in text[:_MOST_WIDE])


def _cut_narrow(text: str, room: int) -> str:
    if _septets(text) <= room:
        return text
    kept, used = 0, len("...")
    for sign in text:
        used += 2 if sign in _TWICE else 1
        if used > room:
            break
        kept += 1
    return f"{text[:kept].rstrip()}..."
