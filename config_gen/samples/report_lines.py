"""Lines around fixed-width records that are none: a head and an end about the file, titles, closing lines."""

import re
from collections import Counter
from string import ascii_uppercase

from domain.counting import counted

_LOOKED_AT = 400
_FEWEST = 5
_EVEN = 0.8
_MOST_TITLES = 8
_APART = re.compile(r" {2,}")
_COUNTED = re.compile(r"\d{3}")
"""A day or a number, which a record about a file has and a header has not."""
_DETAIL = "D"
"""Begins the records of files that tag them: others are their head and their end, whatever stands there."""
_CLOSING = re.compile(r"[-* ]*(?:end of|total|records?\b|\d+ (?:records|rows)|\*\*\*)", re.IGNORECASE)


def titles_around(lines: list[str]) -> tuple[int, int]:
    """Return how many lines above the names of a report, and below its records, run across its columns.

    Titles are taken for such only where names stand below them that keep to the columns: names that are wider
    than their columns run across as well.
    """
    lines = [line.rstrip() for line in lines]
    lengths = Counter(map(len, lines))
    usual, times = lengths.most_common(1)[0] if lengths else (0, 0)
    if times < 2 * _FEWEST or times < _EVEN * len(lines):
        return 0, 0
    above = next(n for n, line in enumerate(lines) if len(line) == usual) - 1
    names = lines[above] if 0 < above <= _MOST_TITLES else ""
    even = [line for line in lines if len(line) == usual]
    gutters = [
        n for n in range(usual) if not names[n : n + 1].strip() and all(line[n] == " " for line in even)
    ]

    def runs_across(line: str) -> bool:
        return len(line) != usual and any(line[n : n + 1].strip() for n in gutters)

    is_named = len(_APART.split(names)) > 1 and not any(map(str.isdigit, names))
    has_titles = is_named and any(map(runs_across, lines[:above]))
    below = 0
    while below < _MOST_TITLES and runs_across(last := lines[-1 - below]) and _CLOSING.match(last):
        below += 1
    return above if has_titles else 0, below


def edges_told(first: int, last: int, above: int, below: int) -> list[str]:
    """Return the sentences about what was left out at the edges."""
    told = []
    if first or last:
        which = "The first and the last record are" if first and last else "One record at an edge is"
        told.append(f"{which} about the file; left out.")
    if above:
        told.append(
            f"{counted(above, 'line')} above the names {'is a title' if above == 1 else 'are titles'}."
        )
    if below:
        told.append(
            f"{counted(below, 'line')} below the records {'closes' if below == 1 else 'close'} the report."
        )
    return told


def about_the_file(lines: list[str]) -> tuple[int, int]:
    """Return 1 for the first and for the last record where it is of another kind than all between."""
    between = {line[:1] for line in lines[1:-1]}
    if len(lines) < 2 * _FEWEST or len(between) > 1 or not between <= set(ascii_uppercase):
        return 0, 0
    others = lines[1:-1][:_LOOKED_AT] if between != {_DETAIL} else []
    first, last = (
        line[:1] not in between and not (others and _is_alike(line, others)) for line in (lines[0], lines[-1])
    )
    return int(first and _COUNTED.search(lines[0]) is not None), int(last)


def _is_alike(line: str, others: list[str]) -> bool:
    """Tell whether a line has digits and letters wherever all others have them, as records of one kind do."""
    return all(
        test(line[n : n + 1])
        for n in range(1, max(map(len, others)))
        for test in (str.isdecimal, str.isalpha)
        if all(test(other[n : n + 1]) for other in others)
    )
