"""Tell tables that hold a record for nearly every combination of a few columns: sales by day, store, product.

How full such a grid is proves its key. Chance makes a day and an amount tell the rows of a sample apart, but
of all the pairs that they could make it fills few.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from config_gen.key_columns import KeyColumn, tells_apart
from config_gen.key_scores import composite_score
from config_gen.types.names import says_label
from domain.configuration.profiles import ColumnType

_FEWEST_ROWS = 12
"""Of fewer rows two short lists fill their grid by chance."""
_FULL = 0.5
"""So much of the grid is filled; then none of its columns can be left out, but for one of two values."""
_MOST_PARTS = 4
_MOST_COLUMNS = 12
_REPEATS = 2.0
"""So often each value of a part comes at least, on average: else it tells rows apart by itself."""
_SIDES = (
    ColumnType.STRING,
    ColumnType.INTEGER,
    ColumnType.DATE,
    ColumnType.DATETIME,
    ColumnType.TIME,
    ColumnType.YEAR,
    ColumnType.YEARMONTH,
)


def grid_of(columns: Sequence[KeyColumn], rows: int) -> tuple[KeyColumn, ...]:
    """Return the columns whose combinations the rows fill, each once; empty where there is no such grid.

    Of several the one of fewest columns counts, then the fullest, then the one that looks most like a key: a
    product's name makes as good a grid as its number does, and a day as good a one as its document.
    """
    if rows < _FEWEST_ROWS:
        return ()
    sides = [column for column in columns if _may_be_side(column, rows)][:_MOST_COLUMNS]
    found = min(_full_grids(sides, rows), key=lambda one: _rank(one, rows), default=())
    return tuple(sorted(found, key=lambda column: column.position))


def _may_be_side(column: KeyColumn, rows: int) -> bool:
    return column.type in _SIDES and not column.nulls and 1 < column.distinct <= rows / _REPEATS


def _full_grids(sides: Sequence[KeyColumn], rows: int) -> Iterator[tuple[KeyColumn, ...]]:
    for size in range(2, _MOST_PARTS + 1):
        for key in combinations(sides, size):
            cells = prod(column.distinct for column in key)
            if rows <= cells < rows / _FULL and tells_apart(key, rows):
                yield key


def _rank(key: tuple[KeyColumn, ...], rows: int) -> tuple[object, ...]:
    fill = rows / prod(column.distinct for column in key)
    names = sum(says_label(column.name) for column in key)
    return len(key), -round(fill, 2), names, -composite_score(key)
