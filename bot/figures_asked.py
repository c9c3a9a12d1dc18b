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
    beyond: float | None = None
    """Minutes or rows that it has to be above, or below where the least are asked for."""


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


_BEYOND = re.compile(
    r"\b(?P<way>longer|more|over|above|less|shorter|fewer|under|below)(?: than)?"
    r" (?P<number>\d{1,3}(?:[,.]?\d{3}){0,4}) ?(?P<unit>min(?:ute)?s?|h(?:ou)?rs?|hours?|rows?|records?)\b"
)
_LESS = frozenset({"less", "shorter", "fewer", "under", "below"})
_OF_WHAT_WAS_NOT = re.compile(
    r"\b(?:can|could|may|might|should|must|will|no|not|never|without)\b|n['\u2019]t\b"
)
"""Asks what is allowed or will be, or what did not happen: "have not run for more than 2 hours"."""
_OF_FEEDS = re.compile(r"\b(?:feeds?|loads|jobs|pipelines)\b")
_BESIDE_FIGURES = frozenset(
    {"has", "have", "run", "runs", "ran", "took", "take", "takes", "than", "by", "far", "longer"}
)


def figure_of_feeds(said: str, words: Collection[str]) -> Figure | None:
    """Return what figure tells which feeds are asked for: the slowest, those above 30 minutes; None without.

    Args:
        said: In small letters.
        words: Of it, those that are neither small nor a time.
    """
    if not _OF_FEEDS.search(said) or _OF_WHAT_WAS_NOT.search(said):
        return None
    if (beyond := _BEYOND.search(said)) is not None:
        left = set(re.findall(r"[^\W_]+", said.replace(beyond.group(), " "))) & set(words)
        number = float(re.sub(r"[,.]", "", beyond["number"])) * (60 if beyond["unit"].startswith("h") else 1)
        of = Of.ROWS if beyond["unit"].startswith("r") else Of.MINUTES
        end = End.LEAST if beyond["way"] in _LESS else End.MOST
        return Figure(of, end, number) if says_only_a_figure(left - _BESIDE_FIGURES) else None
    found = figure_in(said)
    if found is None or found.end is End.MIDDLE or not says_only_a_figure(set(words) - _BESIDE_FIGURES):
        return None
    return found


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
