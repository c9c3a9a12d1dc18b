"""Propose keys: column sets whose values tell all rows apart, ranked by how keys usually look.

Uniqueness in a sample is cheap, so the ranking carries most of the answer: keys stand first, are
called identifiers, are dense and whole, and a composite key needs all of its columns.
"""

from collections.abc import Sequence
from itertools import combinations

from config_gen.bookings import are_bookings, without_chance
from config_gen.key_columns import KeyColumn, tells_apart
from config_gen.key_grids import grid_of
from config_gen.key_scores import (
    MOMENTS,
    composite_score,
    is_numbering,
    may_join,
    measures,
    names_rows,
    single_score,
    tells,
)
from config_gen.types.names import says_code, says_identifier, says_label, words_of
from domain.configuration.profiles import ColumnType, KeyCandidate
from domain.counting import counted

_WIDEST_COMPOSITE = 4
_COLUMNS_COMBINED = 9
_ANSWERS = 5
_SURE = 2.0
"""A column of this score is looked for no companions."""


def key_candidates(columns: Sequence[KeyColumn], file_name: str) -> list[KeyCandidate]:
    """Return at most five keys, the most likely first, each unique and without nulls in the rows read."""
    rows = len(columns[0].values) if columns else 0
    if rows < 1:
        return []
    dense = [column for column in columns if column.nulls == 0 and column.type is not ColumnType.BOOLEAN]
    single = [column for column in dense if column.distinct == rows]
    scored: list[tuple[float, tuple[KeyColumn, ...]]] = [
        (single_score(column, file_name, rows), (column,)) for column in single
    ]
    numbered = [column for column in single if says_code(column.name) or says_identifier(column.name)]
    if numbered:
        # What a thing is called changes sooner than its code.
        scored = [
            (score - 0.9 if says_label(key[0].name) and key[0] not in numbered else score, key)
            for score, key in scored
        ]
    scored = [(score - 0.9 if _is_called_by(key[0], single) else score, key) for score, key in scored]
    if any(map(names_rows, single)):
        # Of numbered rows a day is unique by chance: of invoices, say, until two are written on one.
        scored = [(score - 0.9 if key[0].type in MOMENTS else score, key) for score, key in scored]
    best_single = max((score for score, _ in scored), default=-1.0)
    if best_single < _SURE and rows > 1:
        parts = [
            column for column in dense if column not in single and column.distinct > 1 and may_join(column)
        ]
        scored += _composites_of(parts, rows)
    if any(is_numbering(column) for column in single):
        # Names that tell the rows of a sample apart do so by chance, beside a number that is there for it.
        # So does a day beside a customer, until the customer comes twice on one day.
        scored = [
            (score - 0.8 if len(key) > 1 and (not any(map(tells, key)) or _is_dated(key)) else score, key)
            for score, key in scored
        ]
    if are_bookings(columns, rows):
        scored = without_chance(scored, columns, rows)
    if best_single < _SURE and (grid := _grid(columns, single, rows)):
        best = max((score for score, _ in scored), default=1.0)
        scored = [(best + 0.5, grid), *(entry for entry in scored if entry[1] != grid)]
    scored = _by_code(scored)
    scored.sort(key=lambda entry: (-entry[0], [column.position for column in entry[1]]))
    together = _leading_identifiers(columns, rows)
    if together and _only_links(columns, together):
        link = (*together, *_begin_of_period(columns, len(together)))
        scored = [(best_single + 2.0, link), *(entry for entry in scored if entry[1] != link)]
    elif together and all({c.position for c in together} != {c.position for c in key} for _, key in scored):
        scored.insert(min(2, len(scored)), (0.5, together))
    return [
        KeyCandidate(
            columns=tuple(column.shown for column in key), score=round(score, 3), proof=_proof(key, rows)
        )
        for score, key in scored[:_ANSWERS]
    ]


def _is_called_by(column: KeyColumn, single: Sequence[KeyColumn]) -> bool:
    """Tell whether a code that stands just behind a text is the code of what that text calls by its name."""
    own = words_of(column.name)
    if column.type is not ColumnType.STRING or says_code(column.name) or is_numbering(column):
        return False
    behind = next((one for one in single if one.position == column.position + 1), None)
    return behind is not None and words_of(behind.name) in (("code",), (*own, "code"), (*own, "id"))


def _by_code(
    scored: list[tuple[float, tuple[KeyColumn, ...]]],
) -> list[tuple[float, tuple[KeyColumn, ...]]]:
    """Return the scored keys, each of a name below the same one of that name's code: the code stays."""
    raised = list(scored)
    for score, key in scored:
        labels = [column for column in key if says_label(column.name)]
        for n, (own, other) in enumerate(raised):
            if own < score and any(_is_with_code(key, other, label) for label in labels):
                raised[n] = (score + 0.01, other)
    return raised


def _is_with_code(key: tuple[KeyColumn, ...], other: tuple[KeyColumn, ...], label: KeyColumn) -> bool:
    """Tell whether another key is this one with a code in the place of a name."""
    places = {column.position for column in key}
    codes = [column for column in other if column.position not in places]
    rest = {column.position for column in other if column.position in places}
    return (
        rest == places - {label.position}
        and len(codes) == 1
        and codes[0].distinct == label.distinct
        and says_code(codes[0].name)
    )


def _is_dated(key: tuple[KeyColumn, ...]) -> bool:
    return any(column.type in MOMENTS for column in key)


def _grid(columns: Sequence[KeyColumn], single: Sequence[KeyColumn], rows: int) -> tuple[KeyColumn, ...]:
    """Return the columns of a table that holds a record for nearly each combination of them, or nothing.

    Numbered rows have their number, and a series in time its moment: weekdays by hours fill a grid, too.
    """
    if any(is_numbering(column) or column.type in MOMENTS or column.meaning == "uuid" for column in single):
        return ()
    return grid_of([column for column in columns if may_join(column)], rows)


def _leading_identifiers(columns: Sequence[KeyColumn], rows: int) -> tuple[KeyColumn, ...]:
    """Return the dense whole-number columns that stand first, as link tables have; often the declared key."""
    lead: list[KeyColumn] = []
    for column in columns:
        if (
            column.nulls
            or column.type not in (ColumnType.INTEGER, ColumnType.STRING)
            or column.mean_length > 20
        ):
            break
        if column.meaning == "uuid" or (
            column.type is ColumnType.STRING and not says_identifier(column.name)
        ):
            break
        lead.append(column)
    return tuple(lead) if 2 <= len(lead) <= 3 and tells_apart(tuple(lead), rows) else ()


def _only_links(columns: Sequence[KeyColumn], together: tuple[KeyColumn, ...]) -> bool:
    """Tell whether a table holds nothing but identifiers and when or how a row was kept: it links others.

    Such a table's key is all that it links, whatever part of it happens to tell the rows of a sample apart.
    """
    rest = [column for column in columns if column not in together]
    kept = (ColumnType.DATE, ColumnType.DATETIME, ColumnType.NULL)
    named = all(says_identifier(column.name.rstrip("_0123456789")) for column in together if column.name)
    return bool(rest) and named and all(one.meaning == "uuid" or one.type in kept for one in rest)


def _begin_of_period(columns: Sequence[KeyColumn], after: int) -> tuple[KeyColumn, ...]:
    """Return the moment from which a link holds, where the next column says until when, if it ended.

    A link that ended may begin again: then its beginning is part of the key.
    """
    moments = (ColumnType.DATE, ColumnType.DATETIME)
    period = columns[after : after + 2]
    if len(period) < 2 or any(column.type not in moments for column in period):
        return ()
    begin, end = period
    return (begin,) if end.nulls and not begin.nulls else ()


def _proof(key: tuple[KeyColumn, ...], rows: int) -> str:
    if rows == 1:
        return "a single row, which proves nothing"
    if len(key) == 1:
        return f"{counted(rows, 'row')}, {counted(rows, 'different value')}, none empty"
    parts = ", ".join(f"{column.distinct:,} in {column.shown[:40]}" for column in key)
    return f"{counted(rows, 'row')}, {counted(rows, 'different combination')}; alone only {parts}"


def _composites_of(parts: Sequence[KeyColumn], rows: int) -> list[tuple[float, tuple[KeyColumn, ...]]]:
    """Return the scored sets of columns; amounts only where nothing else does, for they do so by chance."""
    amounts = [column for column in parts if measures(column, rows)]
    sides = [column for column in parts if column not in amounts]
    some = sorted((sides + amounts)[:_COLUMNS_COMBINED], key=lambda column: column.position)
    return _composites(sides[:_COLUMNS_COMBINED], rows) or _composites(some, rows)


def _composites(parts: list[KeyColumn], rows: int) -> list[tuple[float, tuple[KeyColumn, ...]]]:
    found: list[tuple[float, tuple[KeyColumn, ...]]] = []
    minimal: list[set[int]] = []
    # Where rows repeat in all of these columns, no part of them is a key.
    if not tells_apart(tuple(parts), rows):
        return found
    for size in range(2, _WIDEST_COMPOSITE + 1):
        for key in combinations(parts, size):
            positions = {column.position for column in key}
            if any(known <= positions for known in minimal) or not tells_apart(key, rows):
                continue
            minimal.append(positions)
            found.append((composite_score(key), key))
        if len(found) >= 3 or (found and size >= 3):
            break
    return found
