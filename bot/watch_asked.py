"""What is asked of the watch itself: what is in shadow, which model answers, why nobody was warned. Pure.

Each of these words means other things elsewhere (a shadow table, the data model), so that every other word of
the question has to be one that belongs to it. What was in shadow or held back on a day is not known any more.
"""

import re

from bot.named_feeds import content_of, without_names
from bot.question_kinds import Question, Topic
from domain.clock.day_words import Window

SHADOW, HELD, MODEL, WARNED, DIFFERS = "shadow", "held", "model", "warned", "differs"
_US = r"(?:you|dogwatch|nobody|no ?one)"
_TELLS = (
    r"(?:warn|tell|told|alert|notif|call|page|say|said|predict|fores|see|saw|catch|caught|notice|know|expect)"
)
_WHY_NOT = (
    r"^(?:why|how come)\b(?!.{0,60}\bon[- ]call\b)"
    r"(?=.{0,60}(?:\b(?:not|never|nobody|no ?one)\b|n['\u2019]t\b"
    r"|\b(?:did|does|do|was|were|have|has|had|could|would|are)nt\b))"
)
"""Asks why something was not told: "why did you call me?" asks for the opposite."""
_WARNED = (
    rf"{_WHY_NOT}.{{0,24}}\b{_US}\b.{{0,24}}\b{_TELLS}"
    r"|^(?:why|how come)\b.{0,16}\b(?:no|not an?|never an?|n['\u2019]?t an?y?) (?:alert|alarm|warning)s?\b"
    rf"|{_WHY_NOT}.{{0,16}}\b(?:i|we)\b.{{0,16}}\b(?:warned|told|alerted|notified|called|paged)\b"
    r"|^(?:did|have|had)(?:n['\u2019]?t| not)? (?:you|dogwatch)\b.{0,24}"
    r"\b(?:warn|predict|fores|se(?:e|en)\b.{0,24}\bcoming|catch|caught|notice|expect)"
    r"|^(?:was|were)(?:n['\u2019]?t| not)? (?:i|we|anybody|people)\b.{0,16}\b(?:warned|alerted|notified)\b"
)
_ASKED = (
    (
        SHADOW,
        re.compile(r"\bshadow\b"),
        "shadow mode only counted alerts many list left leave why long since told nobody proved prove",
    ),
    (
        HELD,
        re.compile(r"^(?!how (?:long|many days) .*\bheld$).*\bheld(?! up\b)|\bquarantined?\b"),
        "held back quarantine quarantined deliveries delivery files file rows days publications"
        " data anything something everything many list being currently waiting what's release released",
    ),
    (
        MODEL,
        re.compile(
            r"\bmodels?\b|\b(?:re)?train(?:ed|ings?)?\b|\bpromotion log\b|\bpromoted\b|\bdrift(?:ed|ing)?\b"
        ),
        "model models train training trainings trained retrain retrained service serving serves serve answers"
        " answering used use using predicts predict predictions prediction forecasts forecast current newest"
        " latest last next old age made version promoted promotion promotions log when often anything"
        " drift drifted drifting seen noticed failed works"
        " list history run today accurate accuracy good deadline"
        " deadlines finish finishes late lateness behind kind type",
    ),
    (
        WARNED,
        re.compile(_WARNED),
        "why come didn didnt wasn wasnt weren werent haven"
        " hadn didn't wasn't weren't t not dogwatch nobody no one"
        " noone i we anybody anyone people warn warned warning warnings alert alerts alerted alarm alarms"
        " notify notified told tell predict predicted foresee foresaw"
        " see seen saw catch caught notice noticed know"
        " knew expect expected call called page paged say said coming failure failed failing fail fails late"
        " trouble problem problems delay before beforehand earlier ahead early enough advance never get got"
        " getting would happen happened break broke broken anything something",
    ),
    (
        DIFFERS,
        re.compile(
            r"\brecon\w*\b|\bdiscrepanc\w+|\bmismatch\w*"
            r"|\b(?:match(?:es)?|differs?|agrees?)(?: from| with)? (?:the |its |their )*sources?\b"
        ),
        "recon reconciles reconciled reconciliation reconciliations"
        " breaks break open discrepancy discrepancies"
        " mismatch mismatches match matches differ differs agree agrees"
        " don don't doesn doesn't t not which source"
        " sources target targets their the currently anything found list failed failing bad"
        " fail no rows counts",
    ),
)
_WORDS = tuple((kind, mark, frozenset(words.split())) for kind, mark, words in _ASKED)
_LONGEST = 12
"""Words: what is longer tells a story."""


def of_the_watch(said: str, feeds: tuple[str, ...], window: Window | None) -> Question | None:
    """Return what a text asks of the watch itself, None for anything else.

    Args:
        said: The text without greetings, in small letters.
        feeds: Those that it names.
    """
    bare = without_names(said, feeds)
    if len(said.split()) > _LONGEST:
        return None
    for kind, mark, words in _WORDS:
        is_of_now = kind in (MODEL, WARNED) or window is None or window.words.startswith("today")
        is_only_it = mark.search(bare) and not content_of(bare, (), window) - words
        if is_only_it and is_of_now and not (feeds and _is_of_none(kind, bare)):
            return Question(Topic.WATCH, feeds, kind=kind)
    return None


def _is_of_none(kind: str, bare: str) -> bool:
    """Return whether a question of a feed is not of this kind: it drifts, and is compared, by itself."""
    return kind == DIFFERS or (kind == MODEL and "model" not in bare)
