"""Find delimiter, quote and escape by trying them: the right ones give even rows of sensible cells.

Follows the idea of van den Burg, Nazábal and Sutton (2019), consistency of row patterns times
consistency of types, with these changes: rows are compared by width only, the most frequent width
counts, column homogeneity joins the cell score, and unusual delimiters need stronger evidence.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config_gen.samples.tried_text import whole_records
from config_gen.semantics.checks import iban
from config_gen.types.kinds import PARTICULAR, Kind, kind_of
from domain.configuration.profiles import Dialect

if TYPE_CHECKING:
    from _csv import Reader

RECORDS_TRIED = 120
_PRIOR = {
    ",": 1.0,
    ";": 1.0,
    "\t": 1.0,
    "|": 0.98,
    "\x01": 0.98,
    "\x1f": 0.98,
    ":": 0.62,
    " ": 0.6,
    "^": 0.85,
    "~": 0.85,
    "&": 0.6,
    "*": 0.6,
    "#": 0.6,
    "%": 0.55,
    "!": 0.6,
    "@": 0.5,
    "$": 0.5,
    "¬": 0.9,
    "¦": 0.9,
    "§": 0.9,
    "\\": 0.5,
    "/": 0.4,
    "=": 0.45,
    "þ": 0.8,
    "\x14": 0.8,
}
_WHOLE = frozenset((Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.URL, Kind.EMAIL, Kind.UUID))
_MULTI = re.compile(r"[^\w\s\"'.\-()\[\]{}<>/\\]{2,3}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARK = re.compile(r"[^\w\s\"'.,;:)\]}>-]{2}")
_PAIR = re.compile(r"(?=([^\w\s\"'.,;:()\[\]{}<>=/\\-]{2}))")
_QUOTES_IGNORED = 0.7  # cells stand in quotes, but this choice takes the quotes for data
_GLUED = re.compile(r"[^\W\d_][,;][^\W\d_]")
_QUALITY = {
    Kind.EMPTY: 0.72,
    Kind.CODE: 0.9,
    Kind.WORD: 0.92,
    Kind.TEXT: 0.8,
    Kind.ODD: 0.45,
}


@dataclass(frozen=True)
class Sniffed:
    """The dialect found, the records it gave on the tried text, and how good it was (0 to 1)."""

    dialect: Dialect
    rows: list[list[str]]
    score: float
    runner_up: Dialect | None
    runner_up_score: float


def sniff(text: str) -> Sniffed:
    """Return the best dialect for the text; a file of one column gets a comma and a score of 0."""
    text = whole_records(text)
    special = _with_terminator(text)
    if special is not None:
        return special
    ranked: list[tuple[float, Dialect, list[list[str]]]] = []
    for delimiter in _delimiters(text):
        choices = _quotes(text, delimiter)
        for quote, escape in choices:
            dialect = Dialect(
                delimiter=delimiter, quotechar=quote, escapechar=escape, doublequote=escape is None
            )
            rows = read_rows(text, dialect, RECORDS_TRIED)
            ignored = quote is None and choices[0] == ('"', None) and '"' in text
            ranked.append((_score(rows, dialect) * (_QUOTES_IGNORED if ignored else 1.0), dialect, rows))
    ranked.sort(key=lambda entry: -entry[0])
    if not ranked or ranked[0][0] <= 0.0:
        dialect = Dialect(delimiter=",", quotechar='"')
        return Sniffed(dialect, read_rows(text, dialect, RECORDS_TRIED), 0.0, None, 0.0)
    score, dialect, rows = ranked[0]
    other = next((entry for entry in ranked[1:] if entry[1].delimiter != dialect.delimiter), None)
    dialect = _with_initial_space(dialect, rows)
    return Sniffed(dialect, rows, score, other[1] if other else None, other[0] if other else 0.0)


def read_rows(text: str, dialect: Dialect, limit: int) -> list[list[str]]:
    """Split text into at most `limit` records; an empty line is a record without cells."""
    if dialect.record_terminator or len(dialect.delimiter) > 1:
        end = dialect.record_terminator
        records = text.split(end) if end else _LINE_END.split(text)
        cut = [record.strip("\r\n").split(dialect.delimiter) for record in records if record.strip("\r\n")]
        return cut[:limit]
    reader = csv_reader(text, dialect)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:
        return rows
    return rows


def csv_reader(text: str, dialect: Dialect) -> "Reader":
    """Return the reader of records that end at line ends and are split by one character."""
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quotechar,
        quoting=csv.QUOTE_MINIMAL if dialect.quotechar else csv.QUOTE_NONE,
        escapechar=dialect.escapechar,
        doublequote=dialect.doublequote,
        skipinitialspace=dialect.skip_initial_space,
    )


def _with_terminator(text: str) -> Sniffed | None:
    """Recognise records that end in a mark of their own before the newline, e.g. `&|`."""
    ends = Counter(
        line[-2:]
        for line in text.splitlines()
        if len(line) > 2 and _MARK.fullmatch(line[-2:]) and line[-1] != line[-2]
    )
    for mark, _ in ends.most_common(3):
        records = [record.strip("\r\n") for record in re.split(re.escape(mark) + r"(?:\r?\n|$)", text)]
        records = [record for record in records if record][:RECORDS_TRIED]
        pairs = Counter(pair for pair in _PAIR.findall(" ".join(records)) if pair != mark)
        for delimiter, _ in pairs.most_common(4):
            rows = [record.split(delimiter) for record in records]
            width, count = Counter(map(len, rows)).most_common(1)[0]
            if width > 1 and count >= 0.9 * len(rows):
                dialect = Dialect(delimiter=delimiter, quotechar=None, record_terminator=mark + "\n")
                return Sniffed(dialect, rows, 0.99, None, 0.0)
    return None


def _delimiters(text: str) -> list[str]:
    counts = Counter(text)
    lines = max(1, text.count("\n") or text.count("\r"))
    singles = [
        mark
        for mark in _PRIOR
        if counts[mark] and (counts[mark] >= 0.3 * lines or counts[mark] > 20 or lines < 4)
    ]
    pairs = Counter(_MULTI.findall(text))
    multi = [
        pair
        for pair, count in pairs.most_common(6)
        if (
            count >= 0.9 * lines
            and len(set(pair)) <= 2
            and counts[pair[0]] <= 1.2 * count * pair.count(pair[0])
            and not set(pair) & set(",;\t")
        )
        or (pair in ("||", "::", "~~", "^^", ";;") and count == counts[pair[0]] // 2 and count)
    ]
    framed = [pair for pair, count in pairs.most_common(6) if _is_framed(pair, count, counts, lines)]
    multi = [*framed, *(pair for pair in multi if pair not in framed)]
    doubled = {pair[0] for pair in multi if len(pair) == 2 and counts[pair[0]] == 2 * pairs[pair]}
    doubled |= {mark for pair in framed for mark in pair if counts[mark] == pairs[pair] * pair.count(mark)}
    singles = [mark for mark in singles if mark not in doubled]
    if is_one_column(text):
        singles = [mark for mark in singles if mark in ",;\t|"]
    return singles + multi


def _is_framed(pair: str, count: int, counts: Counter[str], lines: int) -> bool:
    """Tell whether marks such as `~|~` or `#;#` stand together wherever the outer one stands."""
    # Of `;` in pairs the mark between is a cell of its own, such as a currency.
    framed = len(pair) == 3 and pair[0] == pair[2] != pair[1] and pair[0] not in ",;\t"
    return framed and count >= 0.9 * lines and counts[pair[0]] == 2 * count


def is_one_column(text: str) -> bool:
    """Tell whether most lines are one value as a whole: a moment, an address, an account number."""
    lines = [line.strip().strip('"') for line in text.splitlines()[:200] if line.strip()]
    whole = sum(1 for line in lines if kind_of(line) in _WHOLE or iban(line))
    return whole >= 0.75 * len(lines) and len(lines) > 1


def _quotes(text: str, delimiter: str) -> list[tuple[str | None, str | None]]:
    if len(delimiter) > 1:
        return [(None, None)]
    choices: list[tuple[str | None, str | None]] = []
    edge = re.escape(delimiter)
    for quote in ('"', "'", "`", "~"):
        if quote == delimiter or quote not in text:
            continue
        opens = len(re.findall(rf"(?:^|{edge}) *{quote}", text, re.MULTILINE))
        closes = len(re.findall(rf"{quote} *(?:$|{edge}|\r)", text, re.MULTILINE))
        if not opens or not closes:
            continue
        choices.append((quote, None))
        if f"\\{quote}" in text and re.search(rf"\\{quote}(?! *(?:{edge}|[\r\n]|$))", text):
            choices.append((quote, "\\"))
    if '"' not in text or not any(quote == '"' for quote, _ in choices):
        choices.append(('"', None))
    choices.append((None, None))
    if f"\\{delimiter}" in text and delimiter != "\\":
        choices.append(('"', "\\"))
    return choices


def _score(rows: list[list[str]], dialect: Dialect) -> float:
    rows = [row for row in rows if any(row)]
    if not rows:
        return 0.0
    widths = Counter(len(row) for row in rows)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0
    width = max(wide, key=lambda w: (wide[w] * (w - 1) / w, w))
    even = [row for row in rows if len(row) == width]
    consistency = len(even) / len(rows)
    lonely = widths.get(1, 0) / len(rows)
    unevenness = (len(widths) - 1) / len(rows)
    cells = _cell_quality(even, dialect)
    columns = _homogeneity(even)
    size = (width - 1) / width if width < 4 else 0.72 + 0.02 * min(width, 12)
    prior = _PRIOR.get(dialect.delimiter, 0.9)
    messy = 0.5 + 0.5 * consistency + 0.15 * lonely
    if dialect.quotechar not in ('"', None):
        prior *= 0.97
    return (
        prior
        * messy
        * consistency
        * (0.55 + 0.45 * size)
        * cells
        * (0.6 + 0.4 * columns)
        * (1 - 0.5 * unevenness)
    )


def _cell_quality(rows: list[list[str]], dialect: Dialect) -> float:
    total = count = 0.0
    for row in rows[:60]:
        for cell in row[:60]:
            kind = kind_of(cell)
            value = 1.0 if kind in PARTICULAR else _QUALITY[kind]
            stripped = cell.strip()
            if stripped and (stripped[0] in "\"'" or stripped[-1] in '"'):
                balanced = len(stripped) > 1 and stripped[0] == stripped[-1]
                value *= 0.55 if not balanced or dialect.quotechar != stripped[0] else 0.7
            if (stripped.count('"') % 2 and dialect.quotechar != '"') or stripped.count('"') == 1:
                value *= 0.4
            if "\t" in stripped:
                value *= 0.3
            elif _GLUED.search(stripped) and kind in (Kind.TEXT, Kind.ODD):
                value *= 0.75
            if "\n" in cell:
                value *= 0.9 if len(cell) < 2000 else 0.6
            if dialect.delimiter == " " and kind is Kind.EMPTY:
                value *= 0.5
            total += value
            count += 1
    return total / count if count else 0.0


def _homogeneity(rows: list[list[str]]) -> float:
    body = rows[1:41] if len(rows) > 1 else rows
    shares = []
    for column in zip(*(row[:60] for row in body), strict=True):
        kinds = Counter(kind_of(cell) for cell in column)
        kinds.pop(Kind.EMPTY, None)
        shares.append(max(kinds.values()) / sum(kinds.values()) if kinds else 0.7)
    return sum(shares) / len(shares) if shares else 0.0


def _with_initial_space(dialect: Dialect, rows: list[list[str]]) -> Dialect:
    after_first = [cell for row in rows for cell in row[1:] if cell]
    blanks = sum(1 for cell in after_first if cell.startswith(" "))
    skips = dialect.delimiter != " " and len(after_first) > 1 and blanks >= 0.95 * len(after_first)
    return dialect.model_copy(update={"skip_initial_space": True}) if skips else dialect
