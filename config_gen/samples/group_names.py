"""Name columns by two rows of names: groups over several columns, merged or written once, and names below."""

import re
from collections import Counter
from collections.abc import Sequence

from config_gen.types.kinds import NUMERIC, PARTICULAR, kind_of, main_kind
from config_gen.types.missing import means_missing
from config_gen.types.unit_words import BEHIND, UNITS

_FEWEST_BELOW = 4
_LOOKED_AT = 40
_MOSTLY = 0.9
_YEAR = re.compile(r"(?:19|20)\d\d")


def with_groups(names: list[str], above: Sequence[str]) -> list[str]:
    """Return the names, those that repeat behind the name of the group that stands above them.

    Sheets have such groups over several columns, merged or written over the first alone; a column outside of
    any group may have its name there. The names stay as they are where the row above is none of groups: where
    it leaves one that repeats without, or two alike.
    """
    names = _with_those_above(names, above)
    group, grouped, times = "", [], Counter(names)
    for place, name in enumerate(names):
        group = _cell(above, place) or group
        grouped.append(f"{group} {name}".strip() if name and times[name] > 1 else name)
    told = [name for name, before in zip(grouped, names, strict=True) if before and times[before] > 1]
    return grouped if len(set(grouped)) == len(grouped) and not set(told) & set(names) else names


def has_names_below(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of these rows names groups of columns, and the second the columns themselves.

    A group leaves the cells empty over all its columns but the first, or repeats its name there; the row
    below must fill them, with names and no values, above columns of values. Two alike in one group are no
    names, nor are units below names that repeat.
    """
    if len(rows) < 2 + _FEWEST_BELOW:
        return False
    above, below = rows[:2]
    width = max(len(above), len(below))
    first = next((n for n in range(width) if _cell(above, n)), width)
    spanned = [n for n in range(first + 1, width) if _cell(above, n) in ("", _cell(above, n - 1))]
    if not spanned or not all(_cell(below, n) for n in spanned):
        return False
    told = [n for n in range(width) if _cell(below, n)]
    if len(told) < 2 or not all(_is_name(_cell(below, n)) for n in told):
        return False
    units = sum(cell in BEHIND or cell.lower() in UNITS for cell in (_cell(below, n) for n in told))
    if _has_twins(below, spanned) or (units > len(told) / 2 and all(_cell(above, n) for n in spanned)):
        return False
    values = [main_kind([_cell(row, n) for row in rows[2 : 2 + _LOOKED_AT]]) for n in told]
    return sum(kind in NUMERIC and share >= _MOSTLY for kind, share in values) > len(told) / 2


def _with_those_above(names: list[str], above: Sequence[str]) -> list[str]:
    """Return the names, with what stands above those that are empty, where it is words and no values."""
    filled = [cell for cell in map(str.strip, above) if cell]
    if len(filled) < 2 or len(above) != len(names) or any(_is_value(cell) for cell in filled):
        return names
    return [name or _cell(above, place) for place, name in enumerate(names)]


def _has_twins(below: Sequence[str], spanned: Sequence[int]) -> bool:
    """Tell whether a cell stands twice in one group; `spanned` are the places of groups but their first."""
    told: set[str] = set()
    for n in range(len(below)):
        told = told if n in spanned else set()
        if (cell := _cell(below, n)) and cell in told:
            return True
        told.add(cell)
    return False


def _is_name(cell: str) -> bool:
    letters = any(map(str.isalpha, cell))
    return letters and kind_of(cell) not in PARTICULAR and not means_missing(cell)


def _is_value(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and _YEAR.fullmatch(cell) is None


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""
