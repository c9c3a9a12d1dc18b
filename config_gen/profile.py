"""Profile a sample file: everything its bytes say about format, columns, keys and doubts.

Pure and synchronous: it opens what it is given and nothing else. Use `samples.child` for files of
strangers, which puts limits on memory and time around this.
"""

from collections.abc import Sequence
from pathlib import Path

from config_gen.doubts import doubts
from config_gen.key_columns import KeyColumn, in_full
from config_gen.keys import key_candidates
from config_gen.meanings import is_hidden
from config_gen.odd_records import odd_records
from config_gen.profile_columns import column_profiles
from config_gen.profile_questions import column_questions, partitions, watermarks
from config_gen.samples.containers import siblings
from config_gen.samples.limits import DEFAULT_LIMITS, Limits
from config_gen.samples.opened import Opened, open_sample
from config_gen.samples.parsed import Parsed
from config_gen.samples.source import Source
from config_gen.types.tallies import count_cells
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import (
    ColumnProfile,
    ColumnType,
    KeyCandidate,
    Meaning,
    SampleProfile,
    SuggestedConstraints,
    bounded,
)

_ALIKE = 0.6
_TABLES = frozenset(
    {FormatKind.DELIMITED, FormatKind.FIXED_WIDTH, FormatKind.EXCEL, FormatKind.JSON, FormatKind.NDJSON}
)
"""Where records of several kinds are no part of the standard."""
_NUMBERED = frozenset({FormatKind.X12, FormatKind.EDIFACT})
_SEGMENTED = _NUMBERED | {FormatKind.BAI2}
"""Where a row is a segment, whose fields mean another thing in each kind: no key, nothing unlike others.

Where they have no names either, a column holds a number here and a name there: text, and no more is known.
"""
_PREVIEW_ROWS = 20
_PREVIEW_CELL = 120
_PREVIEW_CELLS = 4_000


def profile(
    sample: Path | bytes, name: str, limits: Limits = DEFAULT_LIMITS, sheet: str = ""
) -> SampleProfile:
    """Return what the sample says.

    Args:
        sample: A file on disk, or its bytes.
        name: The name people know the file by; it is shown, and never decides the format.
        limits: Bounds on what is read.
        sheet: Words that name a sheet of a workbook; the fullest is read where they name none.

    Raises:
        BadInput: The sample cannot be read; the error says what is wrong, where, and what to do.
    """
    source = Source(sample, name)
    found = _describe(source, open_sample(source, limits, sheet))
    others = [
        _describe(inner, open_sample(inner, limits)) for inner in siblings(source, found.member, limits)
    ]
    alike = [other for other in others if _is_alike(found, other)]
    if not alike:
        return found
    from config_gen.profile_union import united

    warnings = tuple(warning for warning in found.warnings if not warning.startswith("The archive holds"))
    first = found.model_copy(update={"name": bounded(found.member or name), "warnings": warnings})
    return united([first, *alike]).model_copy(update={"name": found.name})


def _is_alike(one: SampleProfile, other: SampleProfile) -> bool:
    """Tell whether two files of an archive are of one feed: most columns are in both."""
    left, right = ({column.name for column in each.columns} for each in (one, other))
    return one.format is other.format and len(left & right) >= _ALIKE * max(1, len(left | right))


def read(
    sample: Path | bytes, name: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[SampleProfile, Sequence[Sequence[str]]]:
    """Return the profile and the cells it was made from, by column; for comparing and trying rules.

    Raises:
        BadInput: As `profile` does.
    """
    source = Source(sample, name)
    opened = open_sample(source, limits)
    return _describe(source, opened), opened.parsed.columns


def _describe(source: Source, opened: Opened) -> SampleProfile:
    parsed = opened.parsed
    counts = [count_cells(column) for column in parsed.columns]
    columns = column_profiles(parsed, counts)
    if parsed.format in _NUMBERED:
        columns = [_of_segments(column) for column in columns]
    is_named = parsed.header is None or parsed.header.present
    is_segmented = parsed.format in _SEGMENTED
    keys = [] if is_segmented else _keys(columns, parsed.columns, is_named, source.name)
    columns = _with_whole_keys(columns, keys)
    return SampleProfile(
        name=bounded(source.name),
        size_bytes=source.size,
        sha256=source.sha256(),
        format=parsed.format,
        format_evidence=bounded(parsed.evidence, 400),
        subformat=parsed.subformat,
        container=opened.containers,
        member=opened.member,
        encoding=parsed.encoding,
        encoding_evidence=parsed.encoding_evidence,
        encodings_alike=parsed.encodings_alike,
        dialect=parsed.dialect,
        header=parsed.header,
        fixed_width=parsed.fixed,
        sheet=bounded(parsed.sheet),
        sheets=tuple(bounded(name) for name in parsed.sheets),
        record_path=bounded(parsed.record_path),
        trailer_rows=parsed.trailer_rows,
        records=parsed.records,
        records_estimated=parsed.estimated,
        sampled=parsed.sampled,
        columns=tuple(columns),
        keys=tuple(keys),
        watermarks=tuple(watermarks(columns, parsed.columns)),
        partitions=tuple(partitions(columns)),
        questions=(*parsed.questions, *column_questions(columns)),
        warnings=(
            *opened.warnings,
            *parsed.warnings,
            *(() if is_segmented else doubts(columns, parsed.columns, counts, keys, parsed.records)),
            *_odd(columns, parsed, named=is_named),
        ),
        preview=_preview(parsed.columns),
        files=(bounded(source.name),),
    )


def _of_segments(column: ColumnProfile) -> ColumnProfile:
    always = column.name == "segment"
    return ColumnProfile(
        name=column.name,
        position=column.position,
        type=ColumnType.STRING,
        share=1.0,
        evidence="what it holds depends on the segment",
        nullable=not always,
        values=column.values,
        nulls=column.nulls,
        distinct=column.distinct,
        min_length=column.min_length,
        max_length=column.max_length,
        meaning=_hidden_meaning(column),
        examples=column.examples,
        constraints=SuggestedConstraints(required=always),
    )


def _hidden_meaning(column: ColumnProfile) -> Meaning | None:
    """Return what keeps an element's values from being shown and landed as they are; other meanings promise
    what the next file need not hold."""
    if column.meaning is None or not is_hidden(column.meaning):
        return None
    return column.meaning.model_copy(update={"verified": False})


def _odd(columns: list[ColumnProfile], parsed: Parsed, *, named: bool) -> list[str]:
    """Return what is said of records that are none of the feed's own, unless reading them has said it."""
    found = odd_records(columns, parsed.columns, named=named) if parsed.format in _TABLES else []
    said = {warning.partition(",")[0] for warning in parsed.warnings}
    return [one for one in found if one.partition(",")[0] not in said]


def _with_whole_keys(columns: list[ColumnProfile], keys: Sequence[KeyCandidate]) -> list[ColumnProfile]:
    """Return the columns with those of the likeliest key required: a row without its key is nobody's row."""
    key = set(keys[0].columns) if keys else set()
    return [
        column.model_copy(
            update={
                "nullable": False,
                "constraints": column.constraints.model_copy(update={"required": True}),
            }
        )
        if column.name in key and column.nullable
        else column
        for column in columns
    ]


def _keys(
    columns: list[ColumnProfile], cells: Sequence[Sequence[str]], named: bool, file_name: str
) -> list[KeyCandidate]:
    return key_candidates(
        [
            KeyColumn(
                name=in_full(column.name) if named else "",
                shown=column.name,
                position=column.position,
                type=column.type,
                values=cells[column.position],
                distinct=column.distinct,
                nulls=column.nulls,
                meaning=column.meaning.label if column.meaning else None,
                mean_length=(column.min_length + column.max_length) / 2,
            )
            for column in columns
        ],
        file_name,
    )


def _preview(cells: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    if not cells:
        return ()
    # Of every column, though of a wide table in fewer rows: a column without a cell would count as missing.
    rows = max(1, min(_PREVIEW_ROWS, _PREVIEW_CELLS // len(cells)))
    shown = [column[:rows] for column in cells]
    return tuple(tuple(bounded(cell, _PREVIEW_CELL) for cell in row) for row in zip(*shown, strict=True))
