"""Text that leaves for a mailbox or a telephone: one line, nothing hidden, nothing to tap, no secret.

Whoever can write a log line or name an incident writes into these messages. Their text stays text: it ends no
line, begins no header, turns no direction and makes no link; the only link is ours, at the end.
"""

import re
import unicodedata
from collections.abc import Callable

_BREAKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_HIDDEN = frozenset({"Cf", "Co", "Cn", "Cs"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 2
# What mail programs and telephones turn into links: addresses, and names that end like a domain.
_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,15}):(?=//|[^\s:])(?=\S)")
_NAME = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=[^\W\d_]{2})")
_AT = re.compile(r"(?<=\w)@(?=\w)")
_LINKED_SCHEMES = frozenset(
    {"http", "https", "ftp", "ftps", "file", "mailto", "tel", "sms", "smsto", "facetime", "javascript",
     "data", "ssh", "market", "intent", "whatsapp", "callto", "geo", "maps"}
)  # fmt: skip

Mask = Callable[[str], str]


def outward(text: str, most: int, mask: Mask) -> str:
    """Return outside text as one line of at most `most` characters that can leave the house.

    Hidden characters go before secrets are looked for, so that none hides behind them; cut is last.
    """
    return cut(without_links(mask(one_line(text))), most)


def one_line(text: str) -> str:
    """Return the text on one line: breaks are spaces, hidden characters and heaps of marks are gone."""
    kept: list[str] = []
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        if category in _BREAKS:
            kept.append(" ")
        elif category in _MARKS:
            marks += 1
            if marks <= _MOST_MARKS:
                kept.append(sign)
            continue
        elif category not in _HIDDEN:
            kept.append(sign)
        marks = 0
    return " ".join("".join(kept).split())


def without_links(text: str) -> str:
    """Return the text so that no mail program or telephone makes a link of any part of it."""
    text = _SCHEME.sub(lambda found: found[1] + ("[:]" if _links(found[1]) else ":"), text)
    text = text.replace("://", "[:]//")
    return _AT.sub("[at]", _NAME.sub("[.]", text))


def cut(text: str, most: int) -> str:
    """Return at most so many characters, saying that there was more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _links(scheme: str) -> bool:
    return scheme.casefold() in _LINKED_SCHEMES
