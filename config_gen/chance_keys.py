"""Tell keys that chance explains: amounts that happen to differ, or columns beside which others do as well.

Rows that are merged by such a key overwrite each other some later day. Without a word from a person it is
shown and not used, unless one of its columns is there to tell rows apart.
"""

import math
from collections.abc import Sequence

from config_gen.key_scores import MOMENTS, says_amount, says_order
from config_gen.types.names import says_code, says_identifier, says_number
from domain.configuration.profiles import ColumnProfile, ColumnType, KeyCandidate, bounded

_BY_CHANCE = 0.05
_COLUMNS_TRIED = 9
_NUMERIC = (ColumnType.INTEGER, ColumnType.DECIMAL)
_TELLING = (*MOMENTS, ColumnType.YEAR)


def chance_key(columns: Sequence[ColumnProfile], keys: Sequence[KeyCandidate], records: int) -> list[str]:
    """Say it where columns without any meaning would have told so few rows apart as well."""
    if not keys or not _may_be_chance(columns, keys[0], records):
        return []
    key = " + ".join(keys[0].columns)
    said = f"That {bounded(key, 120)} tells all {records:,} records apart may be chance"
    if is_plausible(columns, keys[0], records):
        return [f"{said}: confirm the key."]
    return [f"{said}, so rows are not merged by it: say “key is …” where it is the key, or which one is."]


def is_plausible(columns: Sequence[ColumnProfile], key: KeyCandidate, records: int) -> bool:
    """Tell whether rows may be merged by a key though nobody confirmed it."""
    if not _may_be_chance(columns, key, records):
        return True
    parts = _parts(columns, key)
    if len(key.columns) == 1 or not any(map(_tells, parts)):
        return False
    if _lead(parts):  # who makes a table puts its key first
        return not any(says_amount(column.name) for column in parts)
    return not any(map(_measures, parts))


def _may_be_chance(columns: Sequence[ColumnProfile], key: KeyCandidate, records: int) -> bool:
    parts = _parts(columns, key)
    if len(key.columns) < 2:
        return any(map(_is_paid, parts))
    combinations = math.prod(column.distinct for column in parts)
    by_chance = math.exp(-records * records / (2 * max(combinations, 1)))
    tried = 1 if _lead(parts) else math.comb(min(len(columns), _COLUMNS_TRIED), len(parts))
    return min(1.0, by_chance * tried) >= _BY_CHANCE


def _is_paid(column: ColumnProfile) -> bool:
    """Tell whether a column holds amounts, of which two are equal some day, and no numbers of things."""
    tellers = (says_identifier, says_number, says_code, says_order)
    if any(says(column.name) for says in tellers):
        return False
    is_amount = says_amount(column.name) and column.type in _NUMERIC
    return is_amount or (column.type is ColumnType.DECIMAL and bool(column.decimals))


def _lead(parts: Sequence[ColumnProfile]) -> bool:
    return sorted(column.position for column in parts) == list(range(len(parts)))


def _parts(columns: Sequence[ColumnProfile], key: KeyCandidate) -> list[ColumnProfile]:
    named = {column.name: column for column in columns}
    return [named[name] for name in key.columns if name in named]


def _tells(column: ColumnProfile) -> bool:
    """Tell whether a column is there to tell rows apart: a number, a code, a moment, a place in an order."""
    named = says_identifier(column.name) or says_number(column.name) or says_code(column.name)
    is_code = column.meaning is not None and column.meaning.verified
    nameless = column.name == f"column_{column.position + 1}"
    return named or is_code or nameless or says_order(column.name) or column.type in _TELLING


def _measures(column: ColumnProfile) -> bool:
    """Tell whether a column is measured, counted or paid; whole numbers that hardly repeat are, too."""
    if says_amount(column.name) or column.type is ColumnType.DECIMAL:
        return True
    named = says_identifier(column.name) or says_number(column.name) or says_order(column.name)
    return column.type is ColumnType.INTEGER and not named and 2 * column.distinct > column.values
