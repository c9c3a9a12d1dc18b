"""Feeds that a text wants beside each other: "compare a and b", "which is slower, a or b?". Pure.

A feed beside its own source or another time is something else, and so is a feed that waits for another.
"""

import re
from collections.abc import Sequence

from bot.comparison import Measure
from bot.named_feeds import content_of
from bot.question_kinds import Question, Topic
from domain.clock.day_words import Window

MOST = 4
_ASKED = re.compile(
    r"^compare\b|\b(?:versus|vs|compared? (?:to|with)|difference between|side by side|beside)\b"
    r"|^(?:and |so )?which\b.{0,60}\bor\b|\bor\b.{0,60}\bwhich\b|\b(?:than|as \w{3,12} as)\b"
)
_MEASURES = (
    (Measure.ROWS, r"rows?|bigger|biggest|larger|largest|smaller|smallest|volumes?|sizes?|records?"),
    (Measure.MINUTES, r"slow(?:er|est)?|fast(?:er|est)?|quicker|quickest|long(?:er|est)?|shorter|durations?"
                      r"|run ?times?|minutes|takes?"),
    (Measure.FAILED, r"fails?|failures?|failed|worse|worst|better|best|reliable|breaks?|broken|trouble"
                     r"|problems?|bad"),
)  # fmt: skip
_MEASURES_SAID = tuple((one, re.compile(rf"\b(?:{words})\b")) for one, words in _MEASURES)
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "compare compared comparison difference differences between versus vs side by beside against one than"
        " as or most more less least often usually runs run both two them each other is few fewer many"
        " much",
    )
)


def feeds_beside_in(said: str, feeds: tuple[str, ...], window: Window | None) -> Question | None:
    """Return the question for feeds beside each other; None where a text asks anything else of them."""
    lowered = " ".join(said.lower().split())
    if len(feeds) < 2 or not _ASKED.search(lowered):
        return None
    rest = content_of(lowered, feeds, window) - _FILLERS
    if any(not _is_measure(word) for word in rest):
        return None
    return Question(Topic.BESIDE, feeds[:MOST], window)


def measures_in(said: str, feeds: Sequence[str]) -> tuple[Measure, ...]:
    """Return what a text wants to know of the feeds, all of it where it names nothing."""
    lowered = said.lower()
    for feed in feeds:
        lowered = lowered.replace(feed, " ")
    asked = tuple(one for one, words in _MEASURES_SAID if words.search(lowered))
    return asked or tuple(one for one, _ in _MEASURES)


def _is_measure(word: str) -> bool:
    return any(words.fullmatch(word) for _, words in _MEASURES_SAID)
