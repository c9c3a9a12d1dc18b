"""What the search for keys knows about each column."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from domain.configuration.profiles import ColumnType

_PROOF_ROWS = 60_000
_FIRST_LOOK_ROWS = 4_000


@dataclass(frozen=True)
class KeyColumn:
    """What ranking needs to know about one column; `values` are the cells in row order."""

    name: str
    shown: str
    position: int
    type: ColumnType
    values: Sequence[str]
    distinct: int
    nulls: int
    meaning: str | None
    mean_length: float


def in_full(name: str) -> str:
    """Return a column's name with its sign for a number as a word: `Claim #` is the claim's number."""
    bare = name.rstrip()
    is_number = bare.endswith("#") and any(map(str.isalpha, bare))
    return f"{bare[:-1].rstrip()} number" if is_number else name


def tells_apart(key: Sequence[KeyColumn], rows: int) -> bool:
    """Tell whether no two of the first rows have the same values in all of these columns."""
    if prod(column.distinct for column in key) < rows:
        return False
    for limit in (_FIRST_LOOK_ROWS, _PROOF_ROWS):
        cut = min(limit, rows)
        if len(set(zip(*(column.values[:cut] for column in key), strict=True))) < cut:
            return False
        if cut == rows:
            break
    return True
