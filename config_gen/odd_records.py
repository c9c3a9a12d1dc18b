"""Name records that are none of the feed's own: subtotals between the rows, and records of several kinds."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from config_gen.meanings import is_hidden
from domain.configuration.profiles import ColumnProfile, ColumnType, bounded
from domain.counting import counted, in_series

_LOOKED_AT = 20_000
_SUBTOTAL = re.compile(
    r"(?:sub|grand )?totals?\b(?: (?:for|of) .*)?:?|.+ (?:sub)?totals?:?|(?:zwischen)?summe\b.*|.+ gesamt"
    r"|sous-total\b.*|total (?:général|generale?)|subtotale?\b.*|итого\b.*|小計|小计|合計|合计",
    re.IGNORECASE,
)
_TOTAL_OF = re.compile(r"(?:sub|grand )?total:? (.+)", re.IGNORECASE)
_CODE = re.compile(r"[A-Z0-9]{1,6}")
_KIND_WORDS = frozenset({"type", "kind", "event", "record", "rec", "action", "object", "entity", "class"})
_MOST_KINDS = 8
_LEAST_ROWS = 6
_LEAST_APART = 3
_NAMED = 3


def odd_records(
    columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]], *, named: bool
) -> list[str]:
    """Return a sentence about records that a load would count twice, or that belong to another feed.

    Args:
        columns: The columns.
        cells: Their cells, by column.
        named: Whether the file names its columns.
    """
    return [sentence for sentence in (_subtotals(columns, cells), _kinds(columns, cells, named)) if sentence]


def _subtotals(columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]]) -> str:
    texts = [one for one in columns if one.type is ColumnType.STRING and not is_hidden(one.meaning)]
    for column in texts[:3]:
        seen = cells[column.position][:_LOOKED_AT]
        known = {cell.strip() for cell in seen}
        places = [n for n, cell in enumerate(seen) if _sums_up(cell.strip(), known)]
        others = [one.position for one in columns if one.position != column.position and one.nulls]
        # A product may be called so; a row that sums up leaves something empty that the others have.
        bare = [n for n in places if any(not cells[at][n].strip() for at in others)]
        if bare and len(bare) == len(places) and len(bare) <= 0.5 * len(seen):
            said = counted(len(bare), "record sums", "records sum")
            first = bounded(seen[bare[0]].strip(), 40)
            return (
                f"{bounded(column.name, 60)}: {said} up others, the first is “{first}” in record"
                f" {bare[0] + 1:,}: whoever adds a column counts these twice. Filter them, or leave them out."
            )
    return ""


def _sums_up(cell: str, known: Collection[str]) -> bool:
    """Tell a total by its words, or by naming what others are called: `Total North` below rows of North."""
    named = _TOTAL_OF.fullmatch(cell)
    return _SUBTOTAL.fullmatch(cell) is not None or (named is not None and named[1] in known)


def _kinds(columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]], named: bool) -> str:
    """Return which kinds of records stand in the file, where one column decides which others are filled."""
    for column in columns:
        first = column.position == 0
        speaks = bool(_KIND_WORDS & set(re.split(r"[\W_]+", column.name.lower())))
        if column.nulls or not 2 <= column.distinct <= _MOST_KINDS or not (speaks or (first and not named)):
            continue
        seen = [cell.strip() for cell in cells[column.position][:_LOOKED_AT]]
        if not named and not all(map(_CODE.fullmatch, set(seen))):
            continue
        filled = _filled(columns, cells, seen)
        if _are_kinds(filled, Counter(seen), named=named):
            found = [f"{bounded(kind, 30)} ({times:,})" for kind, times in Counter(seen).most_common()]
            return (
                f"Records of several kinds stand in this file, told by {bounded(column.name, 60)}:"
                f" {in_series(found, most=_NAMED)}. Each fills columns of its own, so no type or key holds"
                " for all: make a feed of each kind, or have them sent apart."
            )
    return ""


def _filled(
    columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]], kinds: Sequence[str]
) -> dict[str, frozenset[int]]:
    """Return for each kind the columns that its records fill, at least sometimes."""
    return {
        kind: frozenset(
            column.position
            for column in columns
            if any(
                cell.strip() for cell, own in zip(cells[column.position], kinds, strict=False) if own == kind
            )
        )
        for kind in set(kinds)
    }


def _are_kinds(filled: dict[str, frozenset[int]], times: Counter[str], *, named: bool) -> bool:
    """Tell kinds from values on which a column or two depend, such as how somebody pays."""
    often = [filled[kind] for kind, many in times.items() if many > 1]
    if len(often) < 2 or times.total() < _LEAST_ROWS:
        return False
    if not named:
        return len({max(one, default=0) for one in often}) > 1
    shared = frozenset.intersection(*often)
    apart = [one - shared for one in often]
    alone = [one - frozenset().union(*(other for other in often if other is not one)) for one in often]
    return sum(map(bool, alone)) > 1 and sum(map(len, apart)) >= _LEAST_APART
