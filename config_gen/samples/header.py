"""Decide whether a table has a header, and which record it is.

A header is told by what it is not: its cells are names, while the column below holds values of
another kind, length or spelling. Lines above the table (title, source, date) are preamble.
"""

import re
from collections import Counter
from collections.abc import Set
from itertools import pairwise

from config_gen.types.kinds import NUMERIC, PARTICULAR, Kind, kind_of, main_kind
from config_gen.types.missing import means_missing
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import Header

_NAME = re.compile(r"[^\W\d]\w*(?:[ ./()#%°:,&'’*?\[\]-]+\w+)*[ .)#%?*:\]]*$")  # noqa: RUF001  these characters stand in files
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)+$|[a-z]+(?:[A-Z][a-z0-9]*)+$")
HEADER_WORDS = word_set(
    """
    id ids key code name names nom date time year month day type kind status state country city
    address street zip postal phone email mail url link title description desc amount price value
    total count number num no nr qty quantity rate currency account customer client user product
    order category group class level region area latitude longitude lat lon lng start end first last
    created updated modified timestamp gender sex age birth comment notes note text label source
    target symbol isin cusip lei bic iban ticker sector industry exchange file size unit weight
    height width score rank index percent percentage population language lang version parent flag
    active company department location place site website fecha nombre precio cantidad codigo
    importe datum betrag anzahl preis straße ort plz land bezeichnung menge nummer prenom adresse
    ville pays montant libelle numero annee mois jour data nome valore regione provincia comune
    quantita naam bedrag omschrijving field column col item
    """
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_RECORDS_READ = 120
_MOMENTS = frozenset((Kind.DATE, Kind.TIME, Kind.DATETIME))
_NEARLY_ALL = 0.9
_NARROWEST = 3
_FEWEST_BELOW = 4
_MOST_ABOVE = 6


def detect_header(rows: list[list[str]]) -> Header:
    """Return where the header is; `row` counts records from 0 and is 0 where there is none."""
    rows = rows[:_RECORDS_READ]
    if not any(any(row) for row in rows):
        return Header(present=False, evidence="there are no records")
    start = _past_preamble(rows, table_start(rows))
    head, body = rows[start], [row for row in rows[start + 1 :] if any(row)]
    score, reasons = _header_score(head, body)
    if score > 0:
        return Header(present=True, row=start, evidence=reasons)
    below = _fuller_below(rows, start)
    if below is not None:
        said = "names that fill their record, above values of other kinds"
        return Header(present=True, row=below, evidence=said)
    return Header(present=False, row=0, evidence=reasons)


def table_start(rows: list[list[str]]) -> int:
    """Return the index of the first record as wide as the table, or of the first that is not empty."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    first = next((index for index, cells in enumerate(filled) if cells), 0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return first
    width = max(widths, key=lambda w: widths[w] * w)
    if width < 2 or widths[width] < 2:
        return first
    body = [n for row, n in zip(rows, filled, strict=True) if len(row) == width]
    usual = sorted(body)[len(body) // 2]
    needed = max(2, 0.5 * usual) if width > 2 else 2 if usual >= 2 else 1
    for index in range(min(len(rows) - 1, 40)):
        if len(rows[index]) >= 0.5 * width and filled[index] >= needed:
            if (
                len(rows[index]) != width
                and index + 1 < len(rows)
                and len(rows[index + 1]) == width
                and index
            ):
                continue
            return index
    return first


def _past_preamble(rows: list[list[str]], start: int) -> int:
    """Return a later record as the start where the first are narrower, as lines about a report are."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width = max(widths, key=lambda w: widths[w] * w, default=0)
    if width < _NARROWEST or len(rows) - start < _FEWEST_BELOW:
        return start

    def is_narrow(row: list[str], of: int) -> bool:
        return len(row) < 0.8 * width or _filled(row) <= 0.6 * of

    later = next(
        (n for n in range(start, min(len(rows), start + 20)) if not is_narrow(rows[n], width)), start
    )
    below = [row for row in rows[later + 1 :] if any(row)]
    # Of debit and credit one is empty in every row: the rows below are compared among themselves.
    usual = sorted(map(_filled, below))[len(below) // 2] if below else width
    if later == start or sum(is_narrow(row, usual) for row in below) > 0.2 * len(below):
        return start
    agree, clash = _contrasts([cell.strip() for cell in rows[later]], below)[1:]
    score = _header_score(rows[later], below)[0]
    return later if score > 0 and (agree > clash or _names_share(rows[later]) >= 0.8) else start


def _fuller_below(rows: list[list[str]], start: int) -> int | None:
    """Return a record of names that fills more columns than those above it, or None.

    Years over groups of columns stand above such, and the day that a report is of. Every column of numbers or
    moments below must contrast with its name: in a table without header only chance makes that so.
    """
    for place in range(start + 1, min(len(rows) - _FEWEST_BELOW, start + _MOST_ABOVE)):
        cells = [cell.strip() for cell in rows[place]]
        is_fuller = _filled(cells) > max(map(_filled, rows[start:place]))
        says_no_value = any(len(cell) > 1 and means_missing(cell) for cell in cells)  # `x` may be a name
        if says_no_value or _names_share(cells) < 0.8:
            continue
        if not (is_fuller or _are_of_another_width(rows, start, place)):
            continue
        below = [[row[n].strip() for row in rows[place + 1 :] if n < len(row)] for n in range(len(cells))]
        kinds = [main_kind(column) for column in below]
        told = [
            kind_of(cell)
            for cell, (kind, share) in zip(cells, kinds, strict=True)
            if kind in PARTICULAR and share >= _NEARLY_ALL
        ]
        if told and not PARTICULAR & set(told):
            return place
    return None


def _are_of_another_width(rows: list[list[str]], start: int, place: int) -> bool:
    """Tell whether the records above have another width than all from a place on, as one about a file."""
    width = len(rows[place])
    return all(len(row) != width for row in rows[start:place]) and all(
        len(row) == width for row in rows[place:] if row
    )


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _header_score(head: list[str], body: list[list[str]]) -> tuple[float, str]:
    cells = [cell.strip() for cell in head]
    if not body:
        looks = _names_share(cells)
        words = _word_share(cells)
        return (
            (1.0, "the only record reads like names")
            if (looks >= 0.7 and words > 0.2) or looks == 1.0
            else (-1.0, "the only record holds values")
        )
    score, reason = _style_score(cells)
    contrast, agree, clash = _contrasts(cells, body)
    score += contrast
    if agree > clash:
        reason = f"{agree} of {len(cells)} columns hold other kinds of values below the first record"
    elif clash:
        reason = f"the first record holds values like those below in {clash} of {len(cells)} columns"
    return score, reason


def _style_score(cells: list[str]) -> tuple[float, str]:
    names, words = _names_share(cells), _word_share(cells)
    filled = [cell for cell in cells if cell]
    score = 2.2 * (names - 0.6) + 2.2 * words
    identifiers = sum(1 for cell in filled if _IDENTIFIER.match(cell)) / max(1, len(filled))
    score += 0.8 * identifiers
    if len(set(filled)) < len(filled):
        score -= 0.8
    score -= 1.6 * (len(cells) - len(filled)) / max(1, len(cells))
    if max((len(cell) for cell in cells), default=0) > 100:
        score -= 1.0
    return score, "the first record reads like names" if score > 0 else "the first record reads like values"


def _names_share(cells: list[str]) -> float:
    named = sum(
        1
        for cell in cells
        if cell and len(cell) <= 80 and _NAME.match(cell) and kind_of(cell) not in PARTICULAR
    )
    return (named + len(_years(cells))) / max(1, len(cells))


def _years(cells: list[str]) -> list[str]:
    """Return the cells that are years in a row, as the headers of time series are."""
    years = [cell for cell in cells if _YEAR.fullmatch(cell)]
    steps = {int(b) - int(a) for a, b in pairwise(years)}
    return years if len(years) > 1 and len(steps) == 1 and steps != {0} else []


def _word_share(cells: list[str]) -> float:
    hits = 0
    for cell in cells:
        words = re.findall(r"[a-zà-ÿ]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", cell).lower())
        hits += bool(words) and len(words) <= 6 and any(word in HEADER_WORDS for word in words)
    return hits / max(1, len(cells))


def _contrasts(cells: list[str], body: list[list[str]]) -> tuple[float, int, int]:
    score, agree, clash = 0.0, 0, 0
    width = len(cells)
    across = {kind for kind, times in Counter(map(kind_of, cells)).items() if kind in _MOMENTS and times > 1}
    for position, cell in enumerate(cells):
        column = [row[position].strip() for row in body if position < len(row)]
        filled = [value for value in column if value]
        if not filled or not cell:
            continue
        verdict = _contrast(cell, filled, across)
        score += verdict * min(1.0, 3.0 / width) * 1.5
        agree += verdict > 0.3
        clash += verdict < -0.3
    return score, agree, clash


def _contrast(cell: str, values: list[str], across: Set[Kind]) -> float:
    """Return 1 when the cell cannot belong to the values below, -1 when it looks like one of them.

    `across` are kinds of moments that several cells beside it have: days or hours across the top of a table.
    """
    kind, share = main_kind(values)
    own = kind_of(cell)
    if own in PARTICULAR:
        if (
            own in NUMERIC
            and re.fullmatch(r"(?:1[89]|20)\d\d", cell)
            and not all(re.fullmatch(r"(?:1[89]|20)\d\d", v) for v in values)
        ):
            return 0.0
        if own in across and kind in NUMERIC and share >= _NEARLY_ALL:
            return 0.8
        return -1.3 if own == kind or (own in NUMERIC and kind in NUMERIC) else -0.6
    if kind in PARTICULAR and share >= 0.7:
        return 1.0
    if own is Kind.CODE and kind is Kind.CODE and share > 0.7 and sum(map(str.isdigit, cell)) >= 4:
        return -0.8
    if cell in values:
        return -0.9 if values.count(cell) / len(values) > 0.02 else -0.5
    lengths = [len(value) for value in values]
    if len(set(lengths)) == 1 and len(values) >= 3:
        return 0.7 if len(cell) != lengths[0] else -0.25
    if kind is Kind.CODE and share > 0.7 and not any(char.isdigit() for char in cell):
        return 0.7
    mean = sum(lengths) / len(lengths)
    spread = (sum((length - mean) ** 2 for length in lengths) / len(lengths)) ** 0.5
    distinct = len(set(values)) / len(values)
    if len(values) >= 8 and distinct < 0.3:
        return 0.45
    return 0.35 if abs(len(cell) - mean) > 2 * spread + 2 else 0.0
