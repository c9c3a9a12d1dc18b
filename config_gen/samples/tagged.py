"""Tell fixed-width files that hold records of several kinds, each with a layout of its own.

Their first characters say which kind a record is. The kinds differ in where digits, letters and blanks stand
in all their records; numbers that only begin with different digits do not.
"""

from collections import defaultdict
from collections.abc import Sequence

from domain.configuration.profiles import bounded
from domain.counting import in_series

_LOOKED_AT = 2_000
_LONGEST_TAG = 2
_MOST_KINDS = 8
_LEAST_RECORDS = 6
_LEAST_APART, _PART_APART = 6, 0.2
_NAMED = 3


def several_kinds(lines: Sequence[str]) -> str:
    """Return the sentence that names the kinds of records, or an empty text where there is one kind."""
    lines = lines[:_LOOKED_AT]
    for length in range(1, _LONGEST_TAG + 1):
        kinds: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            kinds[line[:length]].append(line)
        often = sorted((some for some in kinds.values() if len(some) > 1), key=len, reverse=True)
        if len(lines) < _LEAST_RECORDS or not 2 <= len(kinds) <= _MOST_KINDS or len(often) < 2:
            continue
        if all(map(str.isalnum, kinds)) and _are_apart(often[0], often[1]):
            found = [f"{bounded(tag, 10)} ({len(some):,})" for tag, some in kinds.items()]
            what = "character" if length == 1 else f"{length} characters"
            return (
                f"Records of several kinds stand in this file, told by their first {what}:"
                f" {in_series(found, most=_NAMED)}. Each has a layout of its own, so no field holds for all:"
                " have them sent apart, or make a feed of each kind."
            )
    return ""


def _are_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two kinds have other characters in many places where each is of one mind.

    What is blank in one of them is a field that not every record fills, as the number of a card.
    """
    width = max(map(len, (*one, *other)))
    places = [
        (mine, theirs)
        for n in range(width)
        if (mine := _class_at(one, n)) and (theirs := _class_at(other, n))
    ]
    apart = sum(mine != theirs and "blank" not in (mine, theirs) for mine, theirs in places)
    return apart >= max(_LEAST_APART, _PART_APART * width)


def _class_at(lines: Sequence[str], place: int) -> str:
    """Return which characters all lines have in a place, or an empty text where they differ."""
    found = {_class_of(line[place : place + 1]) for line in lines}
    return found.pop() if len(found) == 1 else ""


def _class_of(char: str) -> str:
    if char.isdecimal():
        return "digit"
    if char.isalpha():
        return "letter"
    return "blank" if not char.strip() else "other"
