"""Read delimited text into columns, and say what is wrong with it and where."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from config_gen.samples.columnar import read_columns
from config_gen.samples.dialect import Sniffed, csv_reader, read_rows, sniff
from config_gen.samples.edges import (
    SECOND_HEADER,
    closing_lines,
    first_wide,
    footer_length,
    has_second_header,
    is_marked,
    marked_header,
    table_above,
    without_heads,
    without_mark,
)
from config_gen.samples.framing import is_about_file, is_framed, leading_records
from config_gen.samples.group_names import has_names_below, with_groups
from config_gen.samples.header import detect_header
from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed, by_column, name_columns
from config_gen.types.tallies import ArrowCells
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import Dialect, Header, Question, Reading, bounded
from domain.counting import counted, of_all
from domain.errors import BadInput

_END_LOOKED_AT = 80
_NARROWEST = 3
_EVERY_FILE = "Every later file is expected to end in as many such lines."
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "blank", ":": "colon"}


def delimiter_name(delimiter: str) -> str:
    """Return a word for the delimiter where there is one, else the characters themselves."""
    return _NAMES.get(delimiter, repr(delimiter).strip("'"))


def read_delimited(pieces: list[str], name: str, limits: Limits, sniffed: Sniffed | None = None) -> Parsed:
    """Return the columns of delimited text.

    Args:
        pieces: The decoded head, and when the file is sampled further pieces that begin and end at
            line ends.
        name: The file's name, for sentences.
        limits: Bounds on columns, records and cells.
        sniffed: The dialect of the head where it was found already.

    Raises:
        BadInput: A line or the number of columns is beyond the limits.
    """
    head = pieces[0]
    _refuse_endless_line(head, name, limits)
    sniffed = sniffed or sniff(head)
    marked = marked_header(sniffed.rows)
    header = (
        detect_header(without_mark(sniffed.rows))
        if marked is None
        else Header(present=True, row=marked, evidence=f"“{bounded(sniffed.rows[marked][0], 20)}” says so")
    )
    regular = _regular(pieces, sniffed, header, limits)
    if regular is not None:
        return regular
    rows: list[list[str]] = []
    for piece in pieces:
        rows += _all_rows(piece, sniffed.dialect, limits, name)
        if len(rows) >= limits.records:
            break
    return _table(rows[: limits.records], sniffed, header, head, name, limits)


def _regular(pieces: list[str], sniffed: Sniffed, header: Header, limits: Limits) -> Parsed | None:
    """Return a table whose records all have one width, read by column, or None where rows are needed."""
    width = len(sniffed.rows[0]) if sniffed.rows else 0
    if header.row or width > limits.columns:
        return None
    columns = read_columns(pieces, sniffed.dialect, width, limits.records)
    if columns is None or len(columns[0]) < 2:
        return None
    first = [column[0] for column in columns]
    if first != sniffed.rows[0]:
        return None
    names = [cell.strip() for cell in first] if header.present else []
    body = [ArrowCells(column.array.slice(1)) for column in columns] if header.present else columns
    if len(names) > 1 and names[0] and body[0].has_cell(columns[0][0]):
        return None  # the header may stand again inside: files that were glued together
    if header.present and has_second_header(sniffed.rows[1:]):
        header = header.model_copy(update={"below": 1})
        body = [ArrowCells(column.array.slice(1)) for column in body]
    records = len(body[0])
    last = [[column[n] for column in body] for n in range(max(0, records - _END_LOOKED_AT), records)]
    if footer_length(last, width) or is_framed([sniffed.rows[0], *last]):
        return None
    if _is_edge(names[-1] if names else "", body[-1], width, records):
        body.pop()
    parsed = Parsed(FormatKind.DELIMITED, "", dialect=sniffed.dialect, header=header)
    _warn(parsed, [], width, header, pieces[0], sniffed.dialect)
    name_columns(parsed, names, len(body))
    parsed.columns = body
    parsed.records = parsed.estimated = records
    parsed.evidence = _evidence(sniffed, records, len(body), records)
    _ask_delimiter(parsed, sniffed)
    return parsed


def _refuse_endless_line(head: str, name: str, limits: Limits) -> None:
    lengths = list(map(len, head.split("\n")))
    if max(lengths) <= limits.record_bytes:
        return
    lengths = list(map(len, head.splitlines()))
    if (longest := max(lengths)) > limits.record_bytes:
        raise endless_line(name, lengths.index(longest) + 1, limits)


def endless_line(name: str, line: int, limits: Limits) -> BadInput:
    """Return the refusal of a line that goes on beyond the limit."""
    return BadInput(
        f"{name}: line {line} is too long",
        say=f"Line {line:,} of **{name}** goes on for more than {limits.record_bytes // 2**20} "
        f"MiB without an end;"
        " no record is that long.",
        next_step="Check the line ends, or whether a quote was left open, and drop the file again.",
    )


def _all_rows(text: str, dialect: Dialect, limits: Limits, name: str) -> list[list[str]]:
    if dialect.record_terminator or len(dialect.delimiter) > 1:
        return read_rows(text, dialect, limits.records)
    csv.field_size_limit(limits.cell_chars)
    reader = csv_reader(text, dialect)
    try:
        rows = list(islice(reader, limits.records))
    except csv.Error as error:
        raise BadInput(
            f"{name}: {error} at line {reader.line_num}",
            say=f"Reading **{name}** stopped in the record before line {reader.line_num:,}: a "
            f"cell there is longer than"
            f" {limits.cell_chars:,} characters, so a quote ({dialect.quotechar}) was probably "
            f"opened and never closed.",
            next_step="Close the quote, or tell me the right quote character, then drop the file again.",
        ) from error
    return rows


def _table(
    rows: list[list[str]], sniffed: Sniffed, header: Header, head: str, name: str, limits: Limits
) -> Parsed:
    parsed = Parsed(FormatKind.DELIMITED, "", dialect=sniffed.dialect, header=header)
    if not any(rows):
        raise BadInput(
            f"{name}: no records",
            say=f"**{name}** holds only empty lines.",
            next_step="Drop a file with at least one record.",
        )
    names = [cell.strip() for cell in rows[header.row]] if header.present and header.row < len(rows) else []
    if is_marked(names, rows[header.row + 1 :]):
        names = names[1:]
    if names and has_names_below(rows[header.row : header.row + _END_LOOKED_AT]):
        parsed.header = header = header.model_copy(update={"row": header.row + 1})
        names = [cell.strip() for cell in rows[header.row]]
    if names and header.row:
        names = with_groups(names, rows[header.row - 1])
    framed = is_framed(rows)
    if framed or is_about_file(names, [row for row in rows[header.row + 1 :] if row]):
        names, header = [], Header(present=False, evidence="the first record is about the file")
    if not header.present:
        header = header.model_copy(update={"row": first_wide(rows) or leading_records(rows) or int(framed)})
        parsed.header = header
    body = [row for row in rows[header.row + header.present :] if row]
    widths = Counter(map(len, body))
    width = len(names) or (max(widths, key=lambda w: widths[w] * w) if widths else 1)
    if widths:
        usual = widths.most_common(1)[0][0]
        if usual > width and widths[usual] > 0.5 * len(body):
            width = usual
    body, told = without_heads(body, names, header.row)
    parsed.warnings += told
    if header.present and has_second_header(body[:_END_LOOKED_AT]):
        parsed.header = header = header.model_copy(update={"below": 1})
        body = body[1:]
    if ends := footer_length(body, width) or int(framed):
        parsed.warnings.append(f"{closing_lines(body[-ends:])} {_EVERY_FILE}")
        body = body[:-ends]
        parsed.trailer_rows = ends
    if width > limits.columns:
        raise BadInput(
            f"{name}: {width} columns",
            say=f"**{name}** has {width:,} columns; I read up to {limits.columns:,}.",
            next_step="Is the delimiter right? If it is, send the table turned by 90°, or split it by topic.",
        )
    _warn(parsed, body, width, header, head, sniffed.dialect)
    parsed.warnings += filter(None, [table_above(rows[: header.row])])
    parsed.columns = by_column(body, width)
    parsed.records = parsed.estimated = len(body)
    first, last = _edges(names, parsed.columns)
    parsed.columns = parsed.columns[first:last]
    name_columns(parsed, names, width, first, last)
    parsed.evidence = _evidence(sniffed, len(body), last - first, sum(len(row) == width for row in body))
    _ask_delimiter(parsed, sniffed)
    return parsed


def _edges(names: list[str], columns: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return from where to where the columns go, without those that only a delimiter at an edge makes."""
    width, records = len(columns), len(columns[0]) if columns else 0
    named = [*names, *[""] * (width - len(names))]
    last = width - _is_edge(named[-1] if named else "", columns[-1] if columns else (), width, records)
    # Only boxes that programs draw around tables begin each record with a delimiter; they end with one, too.
    first = int(last < width and bool(names) and _is_edge(named[0], columns[0], width, records))
    return first, last


def _is_edge(name: str, cells: Sequence[str], width: int, records: int) -> bool:
    """Tell whether a delimiter at the edge of every record makes this column: nobody named or filled it."""
    return (
        width >= _NARROWEST and records > 0 and not name.strip() and not any(cell.strip() for cell in cells)
    )


def _warn(
    parsed: Parsed, body: list[list[str]], width: int, header: Header, head: str, dialect: Dialect
) -> None:
    first = header.row + 1 + header.present + header.below
    parsed.warnings += [SECOND_HEADER] if header.below else []
    odd = [(number, len(row)) for number, row in enumerate(body, start=first) if len(row) != width]
    if odd:
        number, cells = odd[0]
        parsed.warnings.append(
            f"{of_all(len(odd), len(body), 'record', 'does', 'do')} not have {counted(width, 'cell')};"
            f" the first is record {number:,} with {cells}."
        )
    if "\0" in head:
        line = head.count("\n", 0, head.index("\0")) + 1
        parsed.warnings.append(
            f"{counted(head.count(chr(0)), 'NUL character')}, first in line {line:,}; kept in the cells."
        )
    if "\ufffd" in head:
        line = head.count("\n", 0, head.index("\ufffd")) + 1
        parsed.warnings.append(
            f"Some bytes do not fit the encoding, the first in line {line:,}; they show as “\ufffd”."
        )
    parsed.warnings += _open_quotes(body, width, head, dialect, first)
    if header.row:
        what = "header" if header.present else "records"
        above = counted(header.row, f"line stands above the {what}", f"lines stand above the {what}")
        parsed.warnings.append(f"{above}; skipped.")


def _open_quotes(body: list[list[str]], width: int, head: str, dialect: Dialect, first: int) -> Iterator[str]:
    """Yield what speaks for a quote that is opened and never closed, so that rows vanish in a cell."""
    swallowed = max((cell.count("\n") for cell in body[-1]), default=0) if body else 0
    if dialect.quotechar and swallowed > 20 and not head.rstrip().endswith(dialect.quotechar):
        start = head.count("\n") - swallowed
        yield (
            f"A quote opened near line {max(1, start):,} is never closed: it swallows the last "
            f"{swallowed:,} lines."
        )
    lines = [
        number
        for number, row in enumerate(body, start=first)
        if any("\n" in cell and cell.count(dialect.delimiter) >= max(width - 1, 1) for cell in row)
    ]
    if lines:
        yield (
            f"{counted(len(lines), 'record holds', 'records hold')} whole lines within one cell, the first is"
            f" record {lines[0]:,}: a quote is opened there and probably not closed, so rows are missing."
        )


def _evidence(sniffed: Sniffed, records: int, width: int, even: int) -> str:
    said = delimiter_name(sniffed.dialect.delimiter)
    return f"{of_all(even, records, 'record', 'splits', 'split')} by {said} into {counted(width, 'cell')}"


def _ask_delimiter(parsed: Parsed, sniffed: Sniffed) -> None:
    rival = sniffed.runner_up
    if rival is None or sniffed.score <= 0 or sniffed.runner_up_score < 0.93 * sniffed.score:
        return
    if not sniffed.rows:
        return
    record = sniffed.rows[min(1, len(sniffed.rows) - 1)]
    line = sniffed.dialect.delimiter.join(record)
    parsed.questions.append(
        Question(
            code="delimiter",
            text="Two delimiters split this file about equally well. Which one is meant?",
            value=bounded(line),
            readings=tuple(
                Reading(option=delimiter_name(mark), means=bounded(" ┃ ".join(line.split(mark))))
                for mark in (sniffed.dialect.delimiter, rival.delimiter)
            ),
        )
    )
