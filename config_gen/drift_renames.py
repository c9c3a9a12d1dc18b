"""Find renamed columns: a vanished and a new one whose values agree on rows that belong together.

A name that only changed its case or separators is the same name: no row need prove it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.configuration.profiles import SampleProfile

Cells = Mapping[str, Sequence[str]]
_AGREE = 0.9
_FEWEST_ROWS = 5
_JOINS_TRIED = 40
_MATCHED_SHARE = 0.3
_ROWS = 20_000
_COLUMNS = 120


def renames(
    old: SampleProfile,
    new: SampleProfile,
    removed: Sequence[str],
    added: Sequence[str],
    old_cells: Cells,
    new_cells: Cells,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (old, new) name pairs, one to one: those whose values agree, and those whose names alone do."""
    if not removed or not added:
        return [], []
    pairs = _by_values(old, new, removed, added, old_cells, new_cells)
    left, fresh = (
        [name for name in names if all(name != pair[side] for pair in pairs)]
        for side, names in enumerate((removed, added))
    )
    return pairs, [
        (was, now)
        for was, now in rewritten(left, fresh)
        if (before := old.find_column(was)) and (after := new.find_column(now)) and before.type is after.type
    ]


def rewritten(removed: Sequence[str], added: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of names that differ in case and separators alone, where each fits one other only."""
    before, after = (Counter(map(plain, names)) for names in (removed, added))
    return [
        (was, now)
        for was in removed
        for now in added
        if plain(was) and plain(was) == plain(now) and before[plain(was)] == after[plain(now)] == 1
    ]


def plain(name: str) -> str:
    """Return a name without case and separators: `Trade ID`, `tradeId` and `trade_id` are one."""
    return "".join(filter(str.isalnum, name)).casefold()


def _by_values(
    old: SampleProfile,
    new: SampleProfile,
    removed: Sequence[str],
    added: Sequence[str],
    old_cells: Cells,
    new_cells: Cells,
) -> list[tuple[str, str]]:
    rows = _matched_rows(old, new, old_cells, new_cells)
    if len(rows) < _FEWEST_ROWS:
        return []
    scored = []
    for was in removed[:_COLUMNS]:
        for now in added[:_COLUMNS]:
            if was in old_cells and now in new_cells:
                is_alike = bool(plain(was)) and plain(was) == plain(now)
                share = _agreement(old_cells[was], new_cells[now], rows, is_alike=is_alike)
                if share >= _AGREE:
                    scored.append((share + 0.01 * is_alike, was, now))
    pairs: list[tuple[str, str]] = []
    for _, was, now in sorted(scored, key=lambda entry: -entry[0]):
        if all(was != pair[0] and now != pair[1] for pair in pairs):
            pairs.append((was, now))
    return pairs


def _matched_rows(
    old: SampleProfile, new: SampleProfile, old_cells: Cells, new_cells: Cells
) -> list[tuple[int, int]]:
    """Return row numbers that belong together: by a shared key, else by shared cells, else by position."""
    shared = [
        column.name for column in old.columns if new.find_column(column.name) and column.name in old_cells
    ]
    tries = [key.columns for key in old.keys if set(key.columns) <= set(shared)]
    tries += [(name,) for name in shared[:_JOINS_TRIED]]
    if shared:
        tries.append(tuple(shared[:8]))
    best = max((_join(columns, old_cells, new_cells) for columns in tries), key=len, default=[])
    length = min(_length(old_cells), _length(new_cells), _ROWS)
    if len(best) >= max(_FEWEST_ROWS, _MATCHED_SHARE * length):
        return best
    return [] if shared else [(row, row) for row in range(length)]


def _length(cells: Cells) -> int:
    return min((len(column) for column in cells.values()), default=0)


def _join(columns: Sequence[str], old_cells: Cells, new_cells: Cells) -> list[tuple[int, int]]:
    if any(column not in new_cells for column in columns):
        return []
    places: dict[tuple[str, ...], int] = {}
    repeated: set[tuple[str, ...]] = set()
    for row, key in enumerate(zip(*(old_cells[column][:_ROWS] for column in columns), strict=True)):
        if key in places:
            repeated.add(key)
        places[key] = row
    return [
        (places[key], row)
        for row, key in enumerate(zip(*(new_cells[column][:_ROWS] for column in columns), strict=True))
        if key in places and key not in repeated
    ]


def _agreement(
    old: Sequence[str], new: Sequence[str], rows: Sequence[tuple[int, int]], *, is_alike: bool
) -> float:
    """Return the share of matched rows, not empty in both, that hold the same value.

    Few values prove something where the names are alike; a column that is rarely filled has no more.
    """
    either = both = equal = 0
    seen: set[str] = set()
    for before, after in rows:
        a, b = old[before].strip(), new[after].strip()
        either += bool(a or b)
        if a and b:
            both += 1
            equal += a == b
            seen.add(a)
    few = both < _FEWEST_ROWS or (len(seen) < 2 and both < 20)
    if not both or both < 0.3 * either or (few and not is_alike):
        return 0.0
    return equal / both
