"""Tell what the next file is bound to hold otherwise: what numbers rows or groups of them, or names things.

What names a kind of row comes back further down; a run, a message or a batch is over when it is over, and the
next file has others, as of days and weeks that are written as codes (`0401`, `2026-W10`). A file that was
sorted looks alike: there we only promise less. Of instruments, companies and versions, new ones always come.
"""

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from config_gen.key_scores import says_amount
from config_gen.meanings import CHECK_DIGITS
from config_gen.types.names import says_date_only, words_of
from domain.configuration.profiles import ColumnProfile, ColumnType

_FEWEST_DIGITS = 2
_FEWEST_IN_ORDER = 20
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_VERSION = re.compile(r"v?\d{1,5}\.\d{1,5}\.\d{1,9}(?:\.\d{1,9})?(?:[-+][\w.]{1,40})?", re.IGNORECASE)
_VERSION_WORDS = frozenset(("version", "ver", "firmware", "fw", "release", "build", "sw", "revision"))
_NAMES_THINGS = CHECK_DIGITS | {"ticker", "company_name", "uuid", "url", "domain"}
"""Meanings of which a file of next month names others."""


def open_ended(column: ColumnProfile, cells: Sequence[str]) -> ColumnProfile:
    """Return the column without a list, or bounds, of values that the next file goes beyond.

    The list stays in `grouped`: one that people agreed on is read on.
    """
    if column.type is ColumnType.INTEGER and _runs_on(column, cells):
        bounds = column.constraints.model_copy(update={"maximum": None})
        return column.model_copy(update={"constraints": bounds})
    if not column.enum:
        return column
    is_of_days = says_date_only(column.name) and all(map(_has_digits, column.enum))
    is_of_days = is_of_days or all(map(_YEAR.search, column.enum))
    if not is_of_days and not _name_things(column, column.enum) and not _number_groups(column.enum, cells):
        return column
    bounds = column.constraints.model_copy(update={"enum": None})
    return column.model_copy(update={"enum": None, "grouped": column.enum, "constraints": bounds})


def _runs_on(column: ColumnProfile, cells: Sequence[str]) -> bool:
    """Tell whether whole numbers only rise, or fall, from row to row, as numbers of records do.

    A file that was sorted by an amount looks alike, but its name says what it holds.
    """
    if column.distinct < _FEWEST_IN_ORDER or says_amount(column.name):
        return False
    try:
        pairs = pairwise(int(cell) for cell in cells if cell and not cell.isspace())
        former, now = next(pair for pair in pairs if pair[0] != pair[1])
        return all(a <= b for a, b in pairs) if former < now else all(a >= b for a, b in pairs)
    except ValueError:  # numbers with marks, of which we know no order
        return False


def _name_things(column: ColumnProfile, values: Sequence[str]) -> bool:
    if column.meaning is not None and column.meaning.label in _NAMES_THINGS:
        return True
    if _VERSION_WORDS & set(words_of(column.name)):
        return all(any(map(str.isdigit, value)) for value in values)
    return all(map(_VERSION.fullmatch, values))


def _has_digits(value: str) -> bool:
    """Tell what may be a day as a code from the names of weekdays, and from kinds of data."""
    return sum(map(str.isdigit, value)) >= _FEWEST_DIGITS


def _number_groups(values: Sequence[str], cells: Sequence[str]) -> bool:
    if not all(any(map(str.isdigit, value)) for value in values):
        return False
    stretches = [value for value, _ in groupby(filter(None, map(str.strip, cells)))]
    return len(stretches) == len(set(stretches))
