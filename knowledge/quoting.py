"""Choose what of a passage to quote, and leave out lines that talk to a machine instead of a reader."""

import re
from collections.abc import Iterator, Sequence

from domain.knowledge.articles import Citation
from domain.text.machine_orders import without_orders
from domain.text.redaction import mask_shapes
from knowledge.fences import FENCED
from knowledge.passages import Cut
from knowledge.shortening import LEFT_OUT, has_steps, shortened, warnings_of
from knowledge.words import is_question, terms

LONGEST_QUOTE = 700
_LONGEST_SENTENCE = 180
_MARKS = re.compile(r"^\s*(?:[-*•>]+|#{1,6}|\d+[.)])\s+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\"“])")

# What a question asks for, and the headings below which articles say it, in the order of the answer.
_STEPS = re.compile(
    r"(?i)\b(?:fix|mitigation|resolution|remediation|solution|steps|procedure|what to do|workaround)\b"
)
_ASKED_FOR = (
    (
        re.compile(
            r"(?i)\bif (?:that|it|this|the \w+)?\s*(?:\w+ ){0,3}(?:fail(?:s|ed)?|hangs?)\b"
            r"|\bif (?:that|it|this|the \w+)?\s*(?:\w+ ){0,3}does(?:n['\u2019]t| not)\b"
            r"|\bstill (?:fails?|down|not|broken|there)\b|\bexited? with\b|\bfailed because\b"
            r"|\b(?:does|did|do)(?:n['\u2019]t| not) (?:help|work|come up|start)\b"
        ),
        re.compile(
            r"(?i)\bif\b.*\b(?:not|fail\w*|still|goes? wrong|hangs?)\b"
            r"|\b(?:troubleshoot\w*|escalat\w*|problems)\b"
        ),
    ),
    (
        re.compile(r"(?i)^\s*(?:and )?who\b|\bwho (?:may|can|do|does|should|is|to|owns)\b|\bwhom\b"),
        re.compile(r"(?i)\b(?:who|contacts?|owners?|roles?|responsib\w*|escalat\w*)\b"),
    ),
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
_HOW = re.compile(
    r"(?i)\bhow (?:do|can|to|should|shall)\b(?!.{0,20}\b(?:fix|resolve|solve|mitigate|handle)\b)"
)
_GENERAL = frozenset(
    terms(
        "overview introduction summary notes usage example meaning impact symptom problem error check step"
        " fix cause detail background reference see link"
    )
)
"""Words of headings that stand in every runbook: they tell no place by themselves."""
_WARNING_HEADING = re.compile(
    r"(?i)\b(?:warnings?|caution|danger|careful|attention|important|before|prerequisites?|precautions?)\b"
)
_MOST_WARNINGS = 2
_LONGEST_WARNING = 220


def passages_to_cite(best: int, cuts: Sequence[Cut], question: str) -> list[int]:
    """Return which passages of an article to quote: what is asked for first, then what met the words.

    Who asks why gets the causes, who asks what to do the steps, who asks whether it worked the checks. Who
    only says what is wrong, without asking anything, wants to know what to do too.
    """
    wanted = [headings for asks, headings in _ASKED_FOR if asks.search(question)]
    if not wanted and not is_question(question):
        wanted = [_STEPS]
    headed = [_headed(cuts, headings) for headings in wanted[:_MOST_ASKED_FOR]]
    named = _named(cuts, question)
    is_told = any(has_steps(cuts[number].text) for number in (best, named) if number is not None)
    if wanted[:1] == [_STEPS] and headed[0] is None and not is_told and not _is_one_of_many(cuts, question):
        headed = [_with_steps(cuts, best)]
    found = [named, *headed]
    return list(dict.fromkeys([*(number for number in found if number is not None), best]))


def _is_one_of_many(cuts: Sequence[Cut], question: str) -> bool:
    """Tell whether a question is how one thing is done, and an article has steps for several."""
    tasks = {cut.heading.partition(" > ")[0] for cut in cuts if has_steps(cut.text)}
    return len(tasks) > 1 and _HOW.search(question) is not None


def _with_steps(cuts: Sequence[Cut], best: int) -> int | None:
    """Return the first steps behind a passage that has none: headings call them *Mend*, *Actions*, *Runbook*.

    They belong to what the passage is about where they stand below its heading, or it begins the article.
    """
    above = cuts[best].heading
    for number in range(best + 1, len(cuts)):
        is_below = (
            not above or cuts[number].heading == above or cuts[number].heading.startswith(f"{above} > ")
        )
        if best and not is_below:
            return None
        if has_steps(cuts[number].text):
            return number
    return None


def _named(cuts: Sequence[Cut], question: str) -> int | None:
    """Return the passage whose own heading stands word by word in the question, such as “On Windows”."""
    asked = set(terms(question))
    own = [frozenset(terms(cut.heading.rpartition(" > ")[2])) for cut in cuts]
    named = [n for n, words in enumerate(own) if words and words <= asked and not words <= _GENERAL]
    longest = max((len(own[n]) for n in named), default=0)
    found = [n for n in named if len(own[n]) == longest]
    # The heading of most passages is what the article is about, and tells no place in it.
    is_told = len({own[n] for n in found}) == 1 and 2 * len(found) <= len(cuts)
    return found[0] if is_told else None


def with_warnings(quote: str, cuts: Sequence[Cut], quoted: int, before: Sequence[Citation]) -> str:
    """Return a quote of steps below what the article forbids elsewhere, unless that is quoted already."""
    shown = "\n".join([quote, *(one.quote for one in before)])
    said = "\n".join(one for one in _warnings_beside(cuts, quoted) if one not in shown)
    return f"{said}\n\n{LEFT_OUT}\n\n{quote}" if said else quote


def _warnings_beside(cuts: Sequence[Cut], quoted: int) -> list[str]:
    """Return what an article forbids beside the steps that are quoted: somebody follows only what they see.

    Its beginning is looked at, what stands below a heading that warns, and the rest of the same section.
    """
    heading = cuts[quoted].heading
    if not has_steps(cuts[quoted].text):
        return []
    found: list[str] = []
    for number, cut in enumerate(cuts):
        beside = cut.heading == heading or heading.startswith(f"{cut.heading} > ")
        warns = _WARNING_HEADING.search(cut.heading.rpartition(" > ")[2]) is not None
        if number != quoted and (not cut.heading or beside or warns):
            found += warnings_of(fit_to_show(cut.text), _LONGEST_WARNING)
    return found[:_MOST_WARNINGS]


def _headed(cuts: Sequence[Cut], headings: re.Pattern[str]) -> int | None:
    return next((number for number, one in enumerate(cuts) if headings.search(one.heading)), None)


def fit_to_show(passage: str) -> str:
    """Return a passage without lines that give orders to a machine, and with what looks like a secret masked.

    A card stands in a channel, and in the history of its platform; the article's page is behind the sign-in.
    """
    return mask_shapes(without_orders(passage))


def quote_of(passage: str, question: str) -> str:
    """Return the part of a passage that meets the question, in whole lines, at most 700 characters."""
    text = fit_to_show(passage)
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
    for line in FENCED.sub("", fit_to_show(passage)).split("\n"):
        for sentence in _SENTENCE_ENDS.split(_MARKS.sub("", line).strip()):
            if sentence and not sentence.startswith("|"):
                yield sentence


def _short(sentence: str) -> str:
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    return f"{sentence[:_LONGEST_SENTENCE].rpartition(' ')[0] or sentence[:_LONGEST_SENTENCE]} …"
