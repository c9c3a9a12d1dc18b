"""Which figure of a feed's runs a question asks for: the slowest, fewest rows, the average. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Of(StrEnum):
    """What is measured of a run."""

    MINUTES = "minutes"
    ROWS = "rows"


class End(StrEnum):
    """Which of many is asked for."""

    MOST = "most"
    LEAST = "least"
    MIDDLE = "middle"


@dataclass(frozen=True)
class Figure:
    """What is asked of all runs of a span."""

    of: Of
    end: End


_ENDS = (
    (End.MIDDLE, r"averag\w*|avg|mean|median|typical(?:ly)?|usually|normally|in general"),
    (End.MOST, r"slowest|longest|max(?:imum|imal)?|biggest|largest|greatest|highest|most|peak"),
    (End.LEAST, r"fastest|quickest|shortest|min(?:imum|imal)?|smallest|fewest|lowest|least"),
)
_MINUTES = re.compile(
    r"\b(?:slowest|fastest|quickest|longest|shortest|how long|durations?|run ?times?|takes?|took|taken"
    r"|minutes)\b"
)
_ROWS = re.compile(
    r"\b(?:rows?|records?|lines|biggest|largest|smallest|fewest|volumes?|sizes?|how (?:much|big))\b"
)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:ways?|road|mean(?:s|t)? (?:by|that)|problems?|risks?|issues?|troubles?|impact"
    r"|most (?:often|likely|urgent|critical|important|recent(?:ly)?|of)|least (?:often|reliable|recent)"
    r"|at (?:most|least)|rejected|columns?|fields?|quality|scores?|errors?|failures?|duplicates?|nulls?"
    r"|quer(?:y|ies)|tables?|index(?:es)?|steps?|files?|partitions?|names?|values?|limits?|thresholds?"
    r"|allowed|permitted)\b"
    r"|\bwhat (?:do|does) .{1,60} mean\b|\bby mean\b"
)
_RUN = re.compile(r"\b(?:runs?|loads?|deliver(?:y|ies)|batch(?:es)?|counts?|numbers?|ever|far|since)\b")
_ENDS_SAID = tuple((end, re.compile(rf"\b(?:{words})\b")) for end, words in _ENDS)


def says_only_a_figure(words: Collection[str]) -> bool:
    """Return whether words belong to a figure of runs alone: "smallest delivery", not "largest trade"."""
    patterns = (*(words_of for _, words_of in _ENDS_SAID), _MINUTES, _ROWS, _RUN)
    return all(any(one.fullmatch(word) for one in patterns) for word in words)


def figure_in(said: str) -> Figure | None:
    """Return the figure that a question about one feed's runs asks for; None for any other question."""
    lowered = said.lower()
    if _OF_SOMETHING_ELSE.search(lowered):
        return None
    end = next((end for end, words in _ENDS_SAID if words.search(lowered)), None)
    if end is None:
        return None
    if _MINUTES.search(lowered):
        return Figure(Of.MINUTES, end)
    return Figure(Of.ROWS, end) if _ROWS.search(lowered) else None
