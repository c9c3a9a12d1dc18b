"""Tell what numbers the groups of rows that it stands in, as a statement's or a batch's number does.

What names a kind of row comes back further down; a run, a message or a batch is over when it is over, and the
next file has others, as of days and weeks that are written as codes (`0401`, `2026-W10`). A file that was
sorted looks alike: there we only promise less.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from config_gen.types.names import says_date_only
from domain.configuration.profiles import ColumnProfile

_FEWEST_DIGITS = 2
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def open_ended(column: ColumnProfile, cells: Sequence[str]) -> ColumnProfile:
    """Return the column without a list of its values where each numbers a group of rows."""
    if not column.enum:
        return column
    is_of_days = says_date_only(column.name) and all(map(_has_digits, column.enum))
    is_of_days = is_of_days or all(map(_YEAR.search, column.enum))
    if not is_of_days and not _number_groups(column.enum, cells):
        return column
    bounds = column.constraints.model_copy(update={"enum": None})
    return column.model_copy(update={"enum": None, "constraints": bounds})


def _has_digits(value: str) -> bool:
    """Tell what may be a day as a code from the names of weekdays, and from kinds of data."""
    return sum(map(str.isdigit, value)) >= _FEWEST_DIGITS


def _number_groups(values: Sequence[str], cells: Sequence[str]) -> bool:
    if not all(any(map(str.isdigit, value)) for value in values):
        return False
    stretches = [value for value, _ in groupby(filter(None, map(str.strip, cells)))]
    return len(stretches) == len(set(stretches))
