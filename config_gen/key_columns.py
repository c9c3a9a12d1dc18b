"""What the search for keys knows about each column."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.configuration.profiles import ColumnType


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
