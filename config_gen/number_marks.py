"""Decide what the mark in a table's numbers means where a column alone does not tell: thousands or not."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from config_gen.types.infer import Inferred, unkept_numbers
from domain.configuration.profiles import ColumnType

_THREE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_LONG_WHOLE = re.compile(r"[+-]?\d{4,}")
"""Beside a number that parts its thousands nobody writes one that does not."""
_NUMBERS = (ColumnType.DECIMAL, ColumnType.INTEGER)


def write_alike(inferred: list[Inferred], counts: list[Counter[str]]) -> set[int]:
    """Read numbers whose only mark stands before three digits as the table's other numbers are written.

    Alone, 1.234 may be a thousand or a bit more than one; beside 12,5 it is the former, and 1,234 the latter.
    Returns the places of the columns of which nothing tells.
    """
    open_ones = {
        n
        for n, (found, seen) in enumerate(zip(inferred, counts, strict=True))
        if found.type in _NUMBERS and _only_threes(found, seen)
    }
    told = {
        found.decimal_char
        for n, found in enumerate(inferred)
        if found.type is ColumnType.DECIMAL and n not in open_ones
    }
    if told != {","}:
        return set() if told else {n for n in open_ones if not any(map(_LONG_WHOLE.fullmatch, counts[n]))}
    for n in open_ones:
        found = inferred[n]
        mark = found.decimal_char if found.type is ColumnType.DECIMAL else found.group_char
        whole = mark == "."
        inferred[n] = replace(
            found,
            type=ColumnType.INTEGER if whole else ColumnType.DECIMAL,
            decimal_char=None if whole else ",",
            group_char="." if whole else None,
            decimals=0 if whole else 3,
            evidence=f"{found.evidence}, written as the other numbers here: a comma before decimals",
            rival=None,
        )
    return set()


def _only_threes(found: Inferred, seen: Mapping[str, int]) -> bool:
    """Tell whether every mark in these numbers stands once, and before exactly three digits."""
    if unkept_numbers(found.null_values):
        return False  # a program printed these, and programs part no thousands
    marked = [value for value in seen if "." in value or "," in value]
    return bool(marked) and found.agree == found.values and all(map(_THREE.fullmatch, marked))
