"""Choose what of a passage to quote, and leave out lines that talk to a machine instead of a reader."""

import re
from collections.abc import Iterator, Sequence

from knowledge.passages import Cut
from knowledge.words import is_question, terms

LONGEST_QUOTE = 700
_LONGEST_SENTENCE = 180
_FENCED = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
_MARKS = re.compile(r"^\s*(?:[-*•>]+|#{1,6}|\d+[.)])\s+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\"“])")

_WHAT_TO_DO = re.compile(
    r"(?i)\b(?:fix|resolve|solve|mitigate|repair|recover|restore|stop"
    r"|what (?:to|can|should)|how (?:do|can|to|should))\b"
)
_STEPS = re.compile(
    r"(?i)\b(?:fix|mitigation|resolution|remediation|solution|steps|procedure|what to do|workaround)\b"
)

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


def passages_to_cite(best: int, cuts: Sequence[Cut], question: str) -> list[int]:
    """Return which passages to quote: who asks what to do gets the steps first, then what met the words.

    Who only says what is wrong, without asking anything, wants to know what to do too.
    """
    if is_question(question) and not _WHAT_TO_DO.search(question):
        return [best]
    steps = [number for number, one in enumerate(cuts) if _STEPS.search(one.heading)]
    return list(dict.fromkeys([*steps[:1], best]))


def quote_of(passage: str, question: str) -> str:
    """Return the part of a passage that meets the question, whole blocks, at most 700 characters."""
    text = without_orders(passage)
    if len(text) <= LONGEST_QUOTE:
        return text
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    wanted = set(terms(question))
    weight = [len(wanted & set(terms(block))) for block in blocks]
    first = max(range(len(blocks)), key=lambda n: (weight[n], -n))
    chosen, last = blocks[first], first + 1
    while last < len(blocks) and len(chosen) + len(blocks[last]) + 2 <= LONGEST_QUOTE:
        chosen += "\n\n" + blocks[last]
        last += 1
    return chosen if len(chosen) <= LONGEST_QUOTE else chosen[: LONGEST_QUOTE - 2].rstrip() + " …"


def telling_sentence(passage: str, question: str) -> str:
    """Return the one sentence of a passage that meets the question best; empty when none meets it."""
    wanted = set(terms(question))
    said = list(_sentences(passage))
    if not said:
        return ""
    best = max(said, key=lambda sentence: len(wanted & set(terms(sentence))))
    return _short(best) if wanted & set(terms(best)) else ""


def first_sentence(passage: str) -> str:
    """Return the first sentence of a passage."""
    return _short(next(_sentences(passage), ""))


def _sentences(passage: str) -> Iterator[str]:
    for line in _FENCED.sub("", without_orders(passage)).split("\n"):
        for sentence in _SENTENCE_ENDS.split(_MARKS.sub("", line).strip()):
            if sentence and not sentence.startswith("|"):
                yield sentence


def _short(sentence: str) -> str:
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    return f"{sentence[:_LONGEST_SENTENCE].rpartition(' ')[0] or sentence[:_LONGEST_SENTENCE]} …"
