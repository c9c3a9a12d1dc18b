"""What is asked of the watch itself: which feeds are in shadow, what is held back, which model answers. Pure.

Each of these words means other things elsewhere (a shadow table, the data model), so that every other word of
the question has to be one that belongs to it. What was in shadow or held back on a day is not known any more.
"""

import re

from bot.named_feeds import content_of, without_names
from bot.question_kinds import Question, Topic
from domain.clock.day_words import Window

SHADOW, HELD, MODEL = "shadow", "held", "model"
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
        " drift drifted drifting seen noticed failed works list history run today",
    ),
)
_WORDS = tuple((kind, mark, frozenset(words.split())) for kind, mark, words in _ASKED)
_LONGEST = 12
"""Words: what is longer tells a story."""


def of_the_watch(said: str, feeds: tuple[str, ...], window: Window | None) -> Question | None:
    """Return what a text asks of the watch itself, None for anything else.

    Args:
        said: The text without greetings, in small letters.
        feeds: Those that it names; a model is of no feed.
    """
    bare = without_names(said, feeds)
    if len(said.split()) > _LONGEST:
        return None
    for kind, mark, words in _WORDS:
        is_of_now = kind == MODEL or window is None or window.words.startswith("today")
        is_only_it = mark.search(bare) and not content_of(bare, (), window) - words
        if is_only_it and is_of_now and not (feeds and kind == MODEL):
            return Question(Topic.WATCH, feeds, kind=kind)
    return None
