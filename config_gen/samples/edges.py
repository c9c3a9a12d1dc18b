"""Rows at the edges of a table that are no records: units, types or a rule, and totals."""

import re
from collections import Counter
from collections.abc import Sequence

from config_gen.samples.framing import TRAILER_TAG
from config_gen.types.kinds import NUMERIC, PARTICULAR, kind_of, main_kind
from config_gen.types.missing import means_missing
from config_gen.types.numbers import as_float, read_numbers
from config_gen.types.shapes import shapes_of
from config_gen.types.unit_words import is_unit
from domain.configuration.profiles import bounded
from domain.counting import counted

_LOOKED_AT = 60
_FEWEST = 4
_LONGEST_FOOTER = 10
_MOST_ABOVE = 20
_SMALLEST_TABLE = 5
_MOSTLY = 0.8
_ROUNDED = 0.999  # a total is the sum of what it sums up but for rounding
_RULE = re.compile(r"[-=+:_ ]{2,}")
_RULES = 2
"""So many rules of dashes stand around the names of a page, or above the title of the next."""
_TYPE_NAME = re.compile(
    r"(?:(?:var|n|nvar)?char|varchar2|text|str(?:ing)?|(?:big|small|tiny)?int(?:eger|32|64)?|long|num(?:ber|eric)"
    r"|decimal|money|float|double|real|bool(?:ean)?|bit|date|datetime|timestamp|time|uuid|json)"
    r"(?:\(\d+(?:, ?\d+)?\))?",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\(?\d+ rows?(?: affected| selected)?\)?\.?$|-* ?(?:end of (?:file|report|data)|eof)\b.*$"
    r"|(?:grand |sub)?totals?\b|sum$|summe\b|gesamt\b|totaal\b|totale\b|somme$|suma$|итого\b|合計|合计|总计"
    r"|(?:sources?|notes?|quellen?|fuente|fonte|footnotes?|disclaimer|copyright|generated|exported)\b ?:?",
    re.IGNORECASE,
)


_HEADER_MARK = re.compile(r"(?:#|//|%|--)+ ?(?:fields|columns|names)?:?", re.IGNORECASE)
_LABELLED = re.compile(r"[^\W\d]\w{0,30} ?: ")
"""As a comment or a question begins, of which a table may be full."""
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?:?|summe|gesamt(?:summe)?|totaal|totale|somme|suma|итого|合計|合计|总计",
    re.IGNORECASE,
)


def is_marked(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a header begins with a mark, as `#Fields:` of web servers, and only then with names."""
    if len(names) < 2 or _HEADER_MARK.fullmatch(names[0].strip()) is None:
        return False
    widths = Counter(len(row) for row in rows if row)
    return bool(widths) and len(names) == widths.most_common(1)[0][0] + 1


def without_mark(rows: Sequence[list[str]]) -> list[list[str]]:
    """Return the records with the names of a header that begins with a mark where they belong."""
    return [
        row[1:] if row and is_marked(row, rows[n + 1 :]) else row for n, row in enumerate(rows[:_MOST_ABOVE])
    ] + [*rows[_MOST_ABOVE:]]


def marked_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the record whose names a mark announces, below lines that begin with marks too; or None."""
    for place, row in enumerate(rows[:_MOST_ABOVE]):
        if not row or row[0][:1] != "#":
            return None
        if len(row[0]) > 1 and is_marked(row, rows[place + 1 :]):
            return place
    return None


def first_wide(rows: Sequence[Sequence[str]]) -> int:
    """Return how many lines of one cell stand above a table without header."""
    length = next((n for n, row in enumerate(rows[:20]) if len(row) > 1), 0)
    below = [len(row) > 1 for row in rows[length:] if row]
    # A list of names is no table below titles because one of its names holds a comma.
    return length if length and sum(below) >= _MOSTLY * len(below) else 0


def is_header_again(row: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a record is the header once more."""
    return len(names) > 1 and len(row) == len(names) and [cell.strip() for cell in row] == list(names)


def without_heads(
    body: list[list[str]], names: Sequence[str], above: int
) -> tuple[list[list[str]], list[str]]:
    """Return the records without further headers and what stands around them, and what to say of it.

    Args:
        body: The records below the first header.
        names: That header's cells.
        above: How many records stand above it.
    """
    again = [n for n, row in enumerate(body) if is_header_again(row, names)]
    if not again:
        return body, []
    heads = _heads_of_pages(body, again, above) if above else set()
    left = [row for n, row in enumerate(body) if n not in {*again, *heads}]
    return left, [_pages(len(again) + 1) if heads else glued(len(again), again[0] + above + 2)]


def _heads_of_pages(rows: Sequence[Sequence[str]], again: Sequence[int], above: int) -> set[int]:
    """Return the records around further headers that each page of a list has: title, rules, date.

    They are narrower than the table by far, and no more of them stand above a header than above the first.
    """
    found: set[int] = set()
    for at in again:
        width = len(rows[at])
        before = range(at - 1, max(-1, at - 1 - above - _RULES), -1)
        after = range(at + 1, min(len(rows), at + 1 + _RULES))
        for stretch in (before, after):
            for place in stretch:
                if len(rows[place]) * 2 >= width:
                    break
                found.add(place)
    return found


def glued(times: int, first: int) -> str:
    """Return the sentence that the header stands again in so many records, from this one on."""
    return (
        f"The header stands again in {counted(times, 'record')}, first in record {first:,}: files were glued"
        " together. I leave these records out; a load would put them aside."
    )


def _pages(times: int) -> str:
    """Return the sentence that the file is a list in pages."""
    said = f"This is a list of {counted(times, 'page')}, each with its title and names; I leave these out."
    return f"{said} A load would put them aside: have it sent without pages."


def table_above(rows: Sequence[Sequence[str]]) -> str:
    """Return the sentence that the lines above a header are a table of their own, or an empty text.

    Titles and pairs such as `Period;2024` have no column of numbers or days.
    """
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if times < _SMALLEST_TABLE:
        return ""
    even = [row for row in rows if len(row) == width]
    kinds = [main_kind([row[n] for row in even[1:]]) for n in range(width)]
    if sum(kind in PARTICULAR and share == 1 for kind, share in kinds) < 2:
        return ""
    return (
        f"Above the header stands another table of {counted(times, 'line')}; only the one below it is read:"
        " have them sent apart."
    )


SECOND_HEADER = "The line below the header holds units, types or a rule; it is skipped."


def has_second_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of the rows below the header holds units, types or a rule and no record."""
    if len(rows) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if filled and all(_RULE.fullmatch(cell) for cell in filled):
        return True
    if len(rows) <= _FEWEST:
        return False
    if len(filled) > 1 and all(map(_TYPE_NAME.fullmatch, filled)):
        return not all(map(_TYPE_NAME.fullmatch, filter(None, map(str.strip, rows[1]))))
    foreign = 0
    for place, cell in enumerate(first):
        if not cell or means_missing(cell):
            continue
        below = [row[place] for row in rows[1 : _LOOKED_AT + 1] if place < len(row) and row[place].strip()]
        kind, share = main_kind(below)
        if len(below) < _FEWEST or kind not in PARTICULAR or share < 0.9:
            continue
        own = kind_of(cell)
        if own in PARTICULAR or (kind in NUMERIC and any(map(str.isdigit, cell)) and not is_unit(cell)):
            return False
        foreign += 1
    return foreign >= 2


def closing_lines(rows: Sequence[Sequence[str]]) -> str:
    """Return the sentence that these lines below the table are left out, and how the first of them begins."""
    last = counted(len(rows), "line at the end closes the table", "lines at the end close the table")
    cells = [cell.strip() for cell in rows[0] if cell.strip()]
    bare = "numbers only" if any(map(str.isdecimal, "".join(cells))) else _bare(rows)
    words = next((cell for cell in cells if any(map(str.isalpha, cell))), bare)
    # Who signed stands behind a colon.
    begins = f"“{bounded(words.partition(':')[0], 40)}”" if words in cells else words
    return f"{last} ({begins}) and {'is' if len(rows) == 1 else 'are'} left out."


def _bare(rows: Sequence[Sequence[str]]) -> str:
    """Return how lines begin that hold neither words nor numbers at first; a word further down says more."""
    below = (cell.strip() for row in rows for cell in row if any(map(str.isalpha, cell)))
    word = next(below, "")
    if any("\0" in cell for cell in rows[0]):
        first = "NUL characters"
    else:
        first = "a rule" if any(map(str.strip, rows[0])) else "an empty line"
    return f"{first}, then “{bounded(word.partition(':')[0], 40)}”" if word else first


def footer_length(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many of the last rows are totals or notes below the table."""
    if width < 2 or len(rows) < 2 * _FEWEST:
        return int(len(rows) >= _FEWEST and _is_total(rows[-1], rows[:-1]))
    middle = rows[: -min(_LONGEST_FOOTER, len(rows) // 2)][-_LOOKED_AT:]
    usual, even = Counter(map(len, middle)).most_common(1)[0]
    if even < 0.8 * len(middle):
        return 0
    filled = sorted(_filled(row) for row in middle)[len(middle) // 2]
    length = 0
    for row in reversed(rows[-min(_LONGEST_FOOTER, len(rows) // 2) :]):
        if not (_closes(row, usual, filled, middle) or _is_starred_total(row, rows[-length - 2])):
            break
        length += 1
    return length


def _is_starred_total(row: Sequence[str], above: Sequence[str]) -> bool:
    """Tell the total of a list as SAP prints it: stars in place of the name, below a rule."""
    [first, ruled] = ["".join(map(str.strip, cells)) for cells in (row, above)]
    return re.match(r"\*{1,3}(?!\*)", first) is not None and _RULE.fullmatch(ruled) is not None


def _closes(row: Sequence[str], usual: int, filled: int, middle: Sequence[Sequence[str]]) -> bool:
    first = next((cell.strip() for cell in row if cell.strip()), "")
    if _sums_up(row, middle):
        return True
    short = len(row) != usual and _filled(row) <= max(1, filled // 3)
    if not first or short:
        return len(row) != usual or not first
    if _filled(row) == 1 and filled >= _FEWEST and min(map(_filled, middle)) > 2:
        return True
    if (
        len(row) != usual
        and TRAILER_TAG.match(first)
        and first not in {one[0].strip() for one in middle if one}
    ):
        return True
    word = _CLOSING.match(first)
    known = {cells[0].strip() for cells in middle if cells}
    if word is None or first in known:
        return False
    is_note = word[0].rstrip().endswith(":") and word.end() < len(first)  # the commas of a note part no cells
    is_note = is_note and not any(map(_LABELLED.match, known))
    return is_note or _filled(row) < filled or _is_total(row, middle)


def _is_total(row: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    """Tell a total whose cells may all be filled: that word, numbers, and texts that stand in all rows above.

    A firm of that name has a country or an address of its own.
    """
    first, *others = [n for n, cell in enumerate(row) if cell.strip()] or [-1]
    if first < 0 or not _TOTAL.fullmatch(row[first].strip()):
        return False
    numbers = [n for n in others if any(map(str.isdigit, row[n]))]
    texts = [n for n in others if n not in numbers and any(map(str.isalpha, row[n]))]
    return bool(numbers) and all({one[n] for one in above if n < len(one)} == {row[n]} for n in texts)


def _sums_up(row: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    """Tell a total that nobody named: what tells records apart is empty in it, and a number is their sum.

    Only columns that every record above fills are asked, at least one of words and one of numbers. A record
    that lacks its name has the greatest number of all, too, where they count up; it is far from their sum.
    """
    if all(map(str.strip, row)):
        return False
    words = 0
    is_sum = False
    for place in range(len(row)):
        column = [one[place].strip() if place < len(one) else "" for one in above]
        if not all(column):
            continue
        if main_kind(column)[0] not in NUMERIC:
            if row[place].strip():
                return False
            words += 1
        elif row[place].strip():
            found = read_numbers(shapes_of(Counter([row[place].strip(), *column])))
            sizes = [
                as_float(value, found.decimal_char, found.group_char) if found else None
                for value in (row[place].strip(), *column)
            ]
            if None in sizes:
                return False
            total, *others = [size for size in sizes if size is not None]
            is_sum |= min(others) >= 0 and total >= _ROUNDED * sum(others) and total > max(others)
    return bool(words and is_sum and len(above) > _FEWEST)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())
