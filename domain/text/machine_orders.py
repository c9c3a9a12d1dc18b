"""Lines that talk to a machine, not to a reader: never quoted, and a second person reads what holds them."""

import re

ORDERS_FLAG = "some lines give orders to a machine; they are never shown in answers"
"""What a reviewer is told of a text that holds such lines."""

# Detection is not the wall: quotes are data wherever they go. It keeps an odd line out of people's sight.
_ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget)\b.{0,40}\b(?:previous|prior|above|earlier|all)\b.{0,40}"
    r"\b(?:instruction|prompt|rule|message)s?\b"
    r"|\byou are (?:now )?(?:an? )?(?:ai|assistant|language model|chatbot|bot)\b"
    r"|\b(?:system|developer) prompt\b|^\s*(?:system|assistant)\s*:|<\|?(?:im_start|system)\|?>"
    r"|\b(?:assistant|bot|ai)\b.{0,30}\bmust (?:now )?(?:approve|run|execute|reveal|send|post)\b"
)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")


def without_orders(text: str) -> str:
    """Return the text without invisible characters and without lines that give orders to a machine."""
    clean = _INVISIBLE.sub("", text)
    return "\n".join(line for line in clean.split("\n") if not _ORDERS.search(line)).strip()


def has_orders(text: str) -> bool:
    """Say whether a text tries to give orders to a machine; such articles are flagged for review."""
    return any(_ORDERS.search(line) for line in _INVISIBLE.sub("", text).split("\n"))


def shown(line: str) -> str:
    """Return a title or heading as it may be shown, also to another machine."""
    return without_orders(line) or ("" if not line.strip() else "(a line that gives orders)")


def flags_of(*texts: str) -> tuple[str, ...]:
    """Return what a reviewer has to look at in an article's title and text, in words."""
    return (ORDERS_FLAG,) if any(has_orders(text) for text in texts) else ()
