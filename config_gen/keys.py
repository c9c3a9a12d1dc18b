"""Propose keys: column sets whose values tell all rows apart, ranked by how keys usually look.

Uniqueness in a sample is cheap, so the ranking carries most of the answer: keys stand first, are
called identifiers, are dense and whole, and a composite key needs all of its columns.
"""

from collections.abc import Sequence
from itertools import combinations

from config_gen.bookings import are_bookings, without_chance
from config_gen.key_columns import KeyColumn
from config_gen.types.names import says_code, says_identifier, says_label, says_number, words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType, KeyCandidate
from domain.counting import counted

_PROOF_ROWS = 60_000
_FIRST_LOOK_ROWS = 4_000
_WIDEST_COMPOSITE = 4
_COLUMNS_COMBINED = 9
_ANSWERS = 5
_ORDER_WORDS = word_set(
    """
    sequence seq line lineno linenumber position pos index number no nr step version part item row order
    zeile ligne linea riga regel linje lfd
    """
)
_WEAK_WORDS = word_set(
    """
    comment comments note notes description desc summary remark remarks text modified updated
    created url link photo image file title latitude longitude lat lon lng rowguid guid hash salt
    """
)
_ROW_WORDS = word_set(
    """
    row rows rownum rownumber record recno line lineno linenumber index idx unnamed 0 ligne zeile zeilennummer
    fila riga laufende
    """
)
_FITTING = (
    ColumnType.INTEGER,
    ColumnType.STRING,
    ColumnType.DATE,
    ColumnType.DATETIME,
    ColumnType.YEAR,
    ColumnType.YEARMONTH,
)

_MOMENTS = (ColumnType.DATE, ColumnType.DATETIME, ColumnType.YEARMONTH)
_COUNTING = word_set("total sum count avg average mean cumulative new of")


def key_candidates(columns: Sequence[KeyColumn], file_name: str) -> list[KeyCandidate]:
    """Return at most five keys, the most likely first, each unique and without nulls in the rows read."""
    rows = len(columns[0].values) if columns else 0
    if rows < 1:
        return []
    dense = [column for column in columns if column.nulls == 0 and column.type is not ColumnType.BOOLEAN]
    single = [column for column in dense if column.distinct == rows]
    scored: list[tuple[float, tuple[KeyColumn, ...]]] = [
        (_single_score(column, file_name, rows), (column,)) for column in single
    ]
    numbered = [column for column in single if says_code(column.name) or says_identifier(column.name)]
    if numbered:
        # What a thing is called changes sooner than its code.
        scored = [
            (score - 0.9 if says_label(key[0].name) and key[0] not in numbered else score, key)
            for score, key in scored
        ]
    if any(map(_names_rows, single)):
        # Of numbered rows a day is unique by chance: of invoices, say, until two are written on one.
        scored = [(score - 0.9 if key[0].type in _MOMENTS else score, key) for score, key in scored]
    best_single = max((score for score, _ in scored), default=-1.0)
    if best_single < 2.0 and rows > 1:
        parts = [
            column for column in dense if column not in single and column.distinct > 1 and _may_join(column)
        ]
        parts = sorted(parts, key=lambda column: (column.type is ColumnType.DECIMAL, column.position))
        scored += _composites(sorted(parts[:_COLUMNS_COMBINED], key=lambda column: column.position), rows)
    if any(_is_numbering(column) for column in single):
        # Names that tell the rows of a sample apart do so by chance, beside a number that is there for it.
        scored = [
            (score - 0.8 if len(key) > 1 and not any(map(_tells, key)) else score, key)
            for score, key in scored
        ]
    if are_bookings(columns, rows):
        scored = without_chance(scored, columns, rows)
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
    return tuple(lead) if 2 <= len(lead) <= 3 and _unique(tuple(lead), rows) else ()


def _only_links(columns: Sequence[KeyColumn], together: tuple[KeyColumn, ...]) -> bool:
    """Tell whether a table holds nothing but identifiers and when or how a row was kept: it links others.

    Such a table's key is all that it links, whatever part of it happens to tell the rows of a sample apart.
    """
    rest = [column for column in columns if column not in together]
    kept = (ColumnType.DATE, ColumnType.DATETIME)
    named = all(says_identifier(column.name) for column in together if column.name)
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


def _single_score(column: KeyColumn, file_name: str, rows: int) -> float:
    words = words_of(column.name)
    score = 1.0 + (1.15 if column.position == 0 else 0.35 / column.position)
    if column.type not in _FITTING:
        score -= 1.2
    if says_identifier(column.name):
        score += 0.55
    elif says_number(column.name):
        score += 0.35
    if _counts_the_rows(column, words):
        score -= 1.3
    if words in (("id",), ("key",), ("code",), ("uuid",), ("identifier",)):
        score += 0.6
    if _named_after_file(words, file_name):
        score += 0.7
    if set(words) & _WEAK_WORDS or (says_label(column.name) and column.position):
        score -= 0.7
    if column.meaning == "uuid" and column.position and not says_identifier(column.name):
        score -= 0.6
    if column.type in (ColumnType.DATETIME, ColumnType.TIME):
        score -= 0.5
    if column.mean_length > 40:
        score -= 0.8
    if "." in column.name and column.position:
        score -= 0.3  # what is nested tells its own object apart, seldom the record
    return score - (0.2 if rows < 4 and column.position else 0.0)


def _counts_the_rows(column: KeyColumn, words: tuple[str, ...]) -> bool:
    """Tell whether a column only numbers the rows of its file: the next file begins at one again."""
    if not words or not set(words) <= _ROW_WORDS or column.type is not ColumnType.INTEGER:
        return False
    first = column.values[0].strip()
    return first in ("0", "1") and all(
        value.strip() == str(number) for number, value in enumerate(column.values, int(first))
    )


def _named_after_file(words: tuple[str, ...], file_name: str) -> bool:
    """Tell whether a column like trip_id belongs to a file like trips.txt."""
    if len(words) < 2 or words[-1] not in ("id", "key", "code", "no", "number", "uuid"):
        return False
    stem = {word.removesuffix("s") for word in words_of(file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0])}
    own = [word.removesuffix("s") for word in words[:-1]]
    return bool(own) and all(word in stem for word in own)


def _names_rows(column: KeyColumn) -> bool:
    """Tell whether a column holds what people call a row by: an invoice's number, not how many there are."""
    words = words_of(column.name)
    if column.type in _MOMENTS or set(words) & _COUNTING:
        return False
    numbered = says_number(column.name) and (column.type is ColumnType.STRING or len(words) > 1)
    return numbered or says_code(column.name) or says_identifier(column.name)


def _may_join(column: KeyColumn) -> bool:
    if column.mean_length > 40 or set(words_of(column.name)) & _WEAK_WORDS:
        return False
    return column.type in (*_FITTING, ColumnType.DECIMAL, ColumnType.TIME)


def _composites(parts: list[KeyColumn], rows: int) -> list[tuple[float, tuple[KeyColumn, ...]]]:
    found: list[tuple[float, tuple[KeyColumn, ...]]] = []
    minimal: list[set[int]] = []
    # Where rows repeat in all of these columns, no part of them is a key.
    if not _unique(tuple(parts), rows):
        return found
    for size in range(2, _WIDEST_COMPOSITE + 1):
        for key in combinations(parts, size):
            positions = {column.position for column in key}
            if any(known <= positions for known in minimal) or not _unique(key, rows):
                continue
            minimal.append(positions)
            found.append((_composite_score(key), key))
        if len(found) >= 3 or (found and size >= 3):
            break
    return found


def _unique(key: tuple[KeyColumn, ...], rows: int) -> bool:
    product = 1
    for column in key:
        product *= column.distinct
    if product < rows:
        return False
    for limit in (_FIRST_LOOK_ROWS, _PROOF_ROWS):
        cut = min(limit, rows)
        if len(set(zip(*(column.values[:cut] for column in key), strict=True))) < cut:
            return False
        if cut == rows:
            break
    return True


def _tells(column: KeyColumn) -> bool:
    """Tell whether a part of a key is more than words: a number, a code, a moment, a place in an order."""
    words = words_of(column.name)
    told = not words or column.meaning is not None or column.type is not ColumnType.STRING
    return told or bool(set(words) & _ORDER_WORDS) or _is_numbering(column)


def _is_numbering(column: KeyColumn) -> bool:
    return says_identifier(column.name) or says_number(column.name)


def _composite_score(key: tuple[KeyColumn, ...]) -> float:
    score = 1.6 - 0.25 * (len(key) - 2)
    score += 0.5 if key[0].position == 0 else -0.1 * key[0].position
    for column in key:
        words = set(words_of(column.name))
        if column.type is ColumnType.DECIMAL:
            score -= 0.45
        elif column.type is ColumnType.TIME:
            score -= 0.3
        if _is_numbering(column) or column.meaning in (
            "currency_code",
            "country_alpha2",
            "language_code",
        ):
            score += 0.2
        if words & _ORDER_WORDS:
            score += 0.3
        if column.type in (ColumnType.DATE, ColumnType.DATETIME):
            score += -0.1 if words & {"end", "modified", "updated", "to", "due"} else 0.05
    places = [column for column in key if set(words_of(column.name)) & _ORDER_WORDS]
    if any(_is_numbering(column) for column in key if column not in places[-1:]) and places:
        score += 0.4  # a line belongs to the document of that number, and only by chance to its day
    spread = key[-1].position - key[0].position - (len(key) - 1)
    return score - 0.08 * spread
