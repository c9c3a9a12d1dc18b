"""Read workbooks: the sheet that is meant, the table on it, and what people wrote around it."""

import io
import re
from collections.abc import Sequence, Set
from typing import Any

from config_gen.samples.edges import SECOND_HEADER, closing_lines, footer_length, has_second_header
from config_gen.samples.far_cells import without_far_cells
from config_gen.samples.group_names import has_names_below, with_groups
from config_gen.samples.header import detect_header
from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed, name_columns
from config_gen.samples.sheet_tables import fullest_table
from config_gen.samples.source import Source
from config_gen.samples.typed import cell_text, damaged, fill_typed, too_wide
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import Header, bounded
from domain.counting import counted, in_series
from domain.errors import BadInput

_SHEETS_NAMED = 6
_END_LOOKED_AT = 80
_FIRST_COLUMNS = 3
_MOST_GROUPS = 0.5
"""Of the rows: where more of them are filled, those that are empty have no value."""


def read_excel(source: Source, subformat: str | None, limits: Limits, wanted: str = "") -> Parsed:
    """Return the wanted sheet of a workbook, else the fullest.

    Raises:
        BadInput: The workbook is damaged, protected or empty.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    content, far = without_far_cells(source.read(0, source.size))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(name, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names[:50]]
        hidden = {one.name for one in workbook.sheets_metadata if not str(one.visible).endswith(".Visible")}
        title, sheet = _chosen(sheets, wanted, hidden)
        values = sheet.to_python(nrows=limits.records) if sheet is not None else []
    except PasswordError as error:
        raise BadInput(
            f"{source.name}: {error}",
            say=f"**{source.name}** is sealed with a password, and I hold no passwords.",
            next_step="Save it without one and drop it again.",
        ) from error
    except (CalamineError, ValueError, OSError) as error:
        raise damaged(source.name, "an Excel workbook", error) from error
    parsed = Parsed(
        FormatKind.EXCEL,
        f"a workbook with {len(sheets)} sheet{'s' * (len(sheets) != 1)}; read “{bounded(title, 60)}”",
        subformat=subformat,
        sheet=title,
        sheets=tuple(name for name, _ in sheets),
    )
    if wanted and len(sheets) > 1 and not _is_meant(title, wanted):
        there = in_series([f"“{bounded(name, 40)}”" for name, _ in sheets], most=_SHEETS_NAMED)
        parsed.warnings.append(f"No sheet has the name that you gave; I read the fullest of {there}.")
    if far:
        are = "are" if len(far) > 1 else "is"
        where = in_series(far, most=3)
        parsed.warnings.append(f"{counted(len(far), 'cell')} far from any table ({where}) {are} left out.")
    if not values:
        parsed.warnings.append("The workbook has no filled cells.")
        return parsed
    _sheet_table(parsed, values, source.name, limits)
    return parsed


def _chosen(sheets: Sequence[tuple[str, Any]], wanted: str, hidden: Set[str]) -> tuple[str, Any]:
    """Return the sheet that a person's words name, else the first of those that hold most and can be seen."""
    exactly = [one for one in sheets if one[0].casefold() == wanted.casefold()]
    named = sorted(
        (one for one in sheets if wanted and _is_meant(one[0], wanted)), key=lambda one: -len(one[0])
    )
    seen = [one for one in sheets if one[0] not in hidden and one[1].height]
    return max(
        exactly or named[:1] or seen or sheets,
        key=lambda one: one[1].height * one[1].width,
        default=("", None),
    )


def _is_meant(name: str, words: str) -> bool:
    """Tell whether a sheet's name stands in a person's words as a whole."""
    return re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", words.casefold()) is not None


def _sheet_table(parsed: Parsed, values: Sequence[Sequence[Any]], name: str, limits: Limits) -> None:
    table = fullest_table(values)
    rows = table.rows
    if rows and len(rows[0]) > limits.columns:
        raise too_wide(name, len(rows[0]), limits)
    as_text = [[cell_text(cell) for cell in row] for row in rows[:200]]
    header = detect_header(as_text) if as_text else Header(present=False)
    if has_names_below(as_text[header.row :]):
        header = header.model_copy(update={"present": True, "row": header.row + 1})
    parsed.header = header
    names = as_text[header.row] if header.present else []
    if header.row:
        names = with_groups(names, as_text[header.row - 1])
    body = rows[header.row + 1 :] if header.present else rows
    width = max((len(row) for row in rows), default=0)
    if header.present and has_second_header(as_text[header.row + 1 :]):
        parsed.warnings.append(SECOND_HEADER)
        body = body[1:]
    last = [[cell_text(cell) for cell in row] for row in body[-_END_LOOKED_AT:]]
    if ends := footer_length(last, width):
        parsed.warnings.append(closing_lines(last[-ends:]))
        parsed.trailer_rows, body = ends, body[:-ends]
    if table.others:
        others = in_series([f"row {row:,} ({bounded(said, 60)})" for row, said in table.others], most=3)
        parsed.warnings.append(
            f"The sheet holds {len(table.others) + 1} tables; I read the fullest. Others begin in {others}:"
            " put each on a sheet of its own."
        )
    if header.present and header.row:
        above = counted(header.row, "row stands above the header", "rows stand above the header")
        parsed.warnings.append(f"{above}; skipped.")
    parsed.warnings += [table.notes] if table.notes else []
    name_columns(parsed, names, width)
    fill_typed(parsed, parsed.names, body)
    _warn_of_merged(parsed, body)


def _warn_of_merged(parsed: Parsed, body: Sequence[Sequence[Any]]) -> None:
    """Say it where only the first row of a group names it, as in cells that were merged."""
    for place, name in enumerate(parsed.names[:_FIRST_COLUMNS]):
        filled = [n for n, row in enumerate(body) if place < len(row) and row[place] not in ("", None)]
        told = [body[n][place] for n in filled]
        if (
            len(filled) > 1
            and filled[0] == 0
            and len(filled) <= _MOST_GROUPS * len(body)
            and len(set(map(str, told))) == len(told)
            and all(isinstance(one, str) for one in told)
        ):
            parsed.warnings.append(
                f"{bounded(name, 60)} is filled in {len(filled):,} of {len(body):,} rows only, each time with"
                " another value: cells were probably merged. In the rows below it is empty; have it repeated."
            )
        elif len(filled) == len(body):
            return
