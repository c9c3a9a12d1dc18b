"""Choose what of a passage to quote, and leave out lines that talk to a machine instead of a reader."""

import re
from collections.abc import Iterator, Sequence

from domain.machine_orders import without_orders
from knowledge.passages import Cut
from knowledge.shortening import shortened
from knowledge.words import is_question, terms

LONGEST_QUOTE = 700
_LONGEST_SENTENCE = 180
_FENCED = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
_MARKS = re.compile(r"^\s*(?:[-*•>]+|#{1,6}|\d+[.)])\s+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\"“])")

# What a question asks for, and the headings below which articles say it, in the order of the answer.
_STEPS = re.compile(
    r"(?i)\b(?:fix|mitigation|resolution|remediation|solution|steps|procedure|what to do|workaround)\b"
)
_ASKED_FOR = (
    (
        re.compile(r"(?i)^\s*why\b|\b(?:causes?|caused|reasons?|how come|root of)\b"),
        re.compile(r"(?i)\b(?:causes?|reasons?|why|diagnosis|background)\b"),
    ),
    (
        re.compile(
            r"(?i)\bhow (?:do|can|would|will) (?:i|we|you) (?:know|tell|see|verify)\b|\bverify\b"
            r"|\b(?:check|make sure|confirm)\b.{0,20}\b(?:worked|fixed|over|solved|done|back|healthy|ok)\b"
        ),
        re.compile(r"(?i)\b(?:check|checks|verification|verify|validation)\b"),
    ),
    (
        re.compile(
            r"(?i)\b(?:fix|resolve|solve|mitigate|repair|recover|restore|stop|handle|deal with|get rid of"
            r"|what (?:to|can|should|now|next|do|shall|must)|how (?:do|can|to|should|shall))\b"
        ),
        _STEPS,
    ),
)
_MOST_ASKED_FOR = 2


def passages_to_cite(best: int, cuts: Sequence[Cut], question: str) -> list[int]:
    """Return which passages of an article to quote: what is asked for first, then what met the words.

    Who asks why gets the causes, who asks what to do the steps, who asks whether it worked the checks. Who
    only says what is wrong, without asking anything, wants to know what to do too.
    """
    wanted = [headings for asks, headings in _ASKED_FOR if asks.search(question)]
    if not wanted and not is_question(question):
        wanted = [_STEPS]
    found = (_headed(cuts, headings) for headings in wanted[:_MOST_ASKED_FOR])
    return list(dict.fromkeys([*(number for number in found if number is not None), best]))


def _headed(cuts: Sequence[Cut], headings: re.Pattern[str]) -> int | None:
    return next((number for number, one in enumerate(cuts) if headings.search(one.heading)), None)


def quote_of(passage: str, question: str) -> str:
    """Return the part of a passage that meets the question, in whole lines, at most 700 characters."""
    text = without_orders(passage)
    return text if len(text) <= LONGEST_QUOTE else shortened(text, question, LONGEST_QUOTE)


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
