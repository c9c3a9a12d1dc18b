"""Which figure of a feed's runs a question asks for: the slowest, fewest rows, the average. Pure."""

import re
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
    r"|most (?:often|likely|urgent|critical|important)|least (?:often|reliable)|rejected|columns?|fields?"
    r"|quality|scores?|errors?|failures?)\b"
    r"|\bwhat (?:do|does) .{1,60} mean\b|\bby mean\b"
)
_ENDS_SAID = tuple((end, re.compile(rf"\b(?:{words})\b")) for end, words in _ENDS)


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
