"""One profile for several files of a feed: what holds in all of them, and where they differ."""

from collections.abc import Iterable, Sequence

from config_gen.types.units import number_in
from domain.configuration.profiles import (
    ColumnProfile,
    ColumnType,
    SampleProfile,
    SuggestedConstraints,
    bounded,
)
from domain.configuration.written_forms import as_people_write
from domain.counting import counted

_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
_MOST_LISTED = 25
_WIDER = {
    frozenset((ColumnType.INTEGER, ColumnType.DECIMAL)): ColumnType.DECIMAL,
    frozenset((ColumnType.DATE, ColumnType.DATETIME)): ColumnType.DATETIME,
    frozenset((ColumnType.YEAR, ColumnType.INTEGER)): ColumnType.INTEGER,
}


def united(profiles: Sequence[SampleProfile]) -> SampleProfile:
    """Return the first profile widened until it fits all files; differences are named in the warnings.

    Raises:
        ValueError: No profile was given.
    """
    if not profiles:
        raise ValueError("at least one profile is needed")
    first, rest = profiles[0], profiles[1:]
    if not rest:
        return first
    first = first.model_copy(
        update={"encoding": _encoding_of_all(profiles), "encodings_alike": _alike_in_all(profiles)}
    )
    warnings = [*first.warnings]
    for other in rest:
        warnings += _differences(first, other)
    columns = [
        _widened(column, [other.find_column(column.name) for other in rest]) for column in first.columns
    ]
    extra = [column for other in rest for column in other.columns if first.find_column(column.name) is None]
    for position, column in enumerate({column.name: column for column in extra}.values(), start=len(columns)):
        columns.append(column.model_copy(update={"position": position, "nullable": True}))
    keys = tuple(
        key
        for key in first.keys
        if all(any(set(key.columns) == set(k.columns) for k in other.keys) for other in rest)
    )
    return first.model_copy(
        update={
            "columns": tuple(columns),
            "keys": keys,
            "warnings": tuple(dict.fromkeys(warnings)),
            "records": sum(profile.records for profile in profiles),
            "records_estimated": sum(profile.records_estimated for profile in profiles),
            "files": tuple(profile.name for profile in profiles),
        }
    )


def _encoding_of_all(profiles: Sequence[SampleProfile]) -> str | None:
    """Return the encoding that reads all files, as many read one of plain letters; else the first file's."""
    return next(
        (
            one.encoding
            for one in profiles
            if all(one.encoding in (other.encoding, *other.encodings_alike) for other in profiles)
        ),
        profiles[0].encoding,
    )


def _alike_in_all(profiles: Sequence[SampleProfile]) -> tuple[str, ...]:
    """Return the encodings that read every file."""
    return tuple(
        codec
        for codec in profiles[0].encodings_alike
        if all(codec in (other.encoding, *other.encodings_alike) for other in profiles)
    )


def _differences(first: SampleProfile, other: SampleProfile) -> list[str]:
    said = []
    if other.format is not first.format:
        said.append(f"{other.name} is {other.format.value}, {first.name} is {first.format.value}.")
    if first.dialect and other.dialect and first.dialect.delimiter != other.dialect.delimiter:
        said.append(f"{other.name} uses another delimiter than {first.name}.")
    differs = first.encoding != other.encoding and first.encoding not in other.encodings_alike
    if differs and {first.encoding, other.encoding} - {"utf-8", "utf-8-sig"}:
        said.append(f"{other.name} is encoded in {other.encoding}, {first.name} in {first.encoding}.")
    names, theirs = [column.name for column in first.columns], [column.name for column in other.columns]
    missing, added = [n for n in names if n not in theirs], [n for n in theirs if n not in names]
    if len(missing) == len(names):
        feeds = f"{other.name} shares no column with {first.name}: they look like two feeds."
        return [bounded(f"{feeds} Withdraw this and drop each by itself, unless they are one."), *said]
    if missing:
        said.append(bounded(f"{other.name} lacks {', '.join(missing)}."))
    if added:
        said.append(bounded(f"{other.name} has {', '.join(added)} besides."))
    for column in first.columns:
        twin = other.find_column(column.name)
        if (
            twin is not None
            and ColumnType.NULL not in (twin.type, column.type)
            and twin.type is not column.type
        ):
            said.append(
                bounded(
                    f"{column.name} is {twin.type.value} in {other.name}, {column.type.value} in "
                    f"{first.name}."
                )
            )
        elif twin is not None and _marks(twin) and _marks(column) and _marks(twin) != _marks(column):
            said.append(
                bounded(
                    f"{column.name} has “{twin.decimal_char}” before its decimals in {other.name},"
                    f" “{column.decimal_char}” in {first.name}: one of the two would be misread."
                )
            )
        elif twin is not None and twin.affix != column.affix and twin.affix and column.affix:
            said.append(
                bounded(
                    f"{column.name} has “{twin.affix}” beside its numbers in {other.name},"
                    f" “{column.affix}” in {first.name}: they are not of one unit."
                )
            )
        elif twin is not None and twin.format != column.format and twin.format and column.format:
            said.append(
                bounded(
                    f"{column.name} is written {as_people_write(twin.format)} in {other.name},"
                    f" {as_people_write(column.format)} in {first.name}."
                )
            )
    return said


def _marks(column: ColumnProfile) -> str | None:
    return column.decimal_char if column.type is ColumnType.DECIMAL else None


def _widened(column: ColumnProfile, twins: Sequence[ColumnProfile | None]) -> ColumnProfile:
    there = [twin for twin in twins if twin is not None]
    kind, form, code = _together(column, there)
    lists = [twin.enum or twin.grouped for twin in (column, *there)]
    closed = all(lists) and any(twin.enum for twin in (column, *there))
    merged = tuple(sorted({value for some in lists for value in some})) if closed else None
    merged = merged if merged and len(merged) <= _MOST_LISTED else None
    nullable = column.nullable or len(there) < len(twins) or any(twin.nullable for twin in there)
    everywhere = (column, *there)
    low, high = _span(kind, everywhere)
    is_bounded = kind in _NUMBERS and not all(map(_runs_on, everywhere))
    longest = max(twin.max_length for twin in everywhere)
    return column.model_copy(
        update={
            "type": kind,
            "format": form,
            "code_of_digits": code,
            "enum": merged,
            "nullable": nullable,
            "evidence": bounded(
                f"{column.evidence}; in {counted(len(everywhere), 'file')} {kind.value}", 400
            ),
            "values": sum(twin.values for twin in everywhere),
            "nulls": sum(twin.nulls for twin in everywhere),
            "distinct": max(twin.distinct for twin in everywhere),
            "max_length": longest,
            "min_length": min(twin.min_length for twin in everywhere),
            "minimum": low,
            "maximum": high,
            "decimals": max(
                (twin.decimals for twin in everywhere if twin.decimals is not None), default=None
            ),
            "decimal_char": next((twin.decimal_char for twin in everywhere if twin.decimal_char), None),
            "group_char": next((twin.group_char for twin in everywhere if twin.group_char), None),
            "negative": next((twin.negative for twin in everywhere if twin.negative), None),
            "affix": next((twin.affix for twin in everywhere if twin.affix), None),
            "after_midnight": any(twin.after_midnight for twin in everywhere),
            "true_values": _every(twin.true_values for twin in everywhere),
            "false_values": _every(twin.false_values for twin in everywhere),
            "null_values": tuple(dict.fromkeys(word for twin in everywhere for word in twin.null_values)),
            "constraints": SuggestedConstraints(
                required=not nullable,
                unique=all(twin.constraints.unique for twin in everywhere),
                enum=merged,
                pattern=column.constraints.pattern
                if len({t.constraints.pattern for t in everywhere}) == 1
                else None,
                minimum=low if is_bounded else None,
                maximum=high if is_bounded else None,
                max_length=longest if kind is ColumnType.STRING else None,
            ),
        }
    )


def _runs_on(column: ColumnProfile) -> bool:
    return column.maximum is None or column.constraints.maximum is None


def _together(column: ColumnProfile, there: Sequence[ColumnProfile]) -> tuple[ColumnType, str | None, bool]:
    """Return the type that all files' values have, how it is written, and whether digits are a code."""
    kind, form, code = column.type, column.format, column.code_of_digits
    for twin in there:
        if twin.type is ColumnType.NULL or twin.type is kind:
            # A file whose values prove the order of day and month settles it for all.
            form = twin.format if twin.format and "proves the order" in twin.evidence else form
            code = code or twin.code_of_digits
            continue
        kind = (
            twin.type
            if kind is ColumnType.NULL
            else _WIDER.get(frozenset((kind, twin.type)), ColumnType.STRING)
        )
        form = twin.format if kind is twin.type else form if kind is column.type else None
    return kind, form, code


def _every(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for texts in lists for text in texts))


def _span(kind: ColumnType, columns: Sequence[ColumnProfile]) -> tuple[str | None, str | None]:
    """Return the least and the greatest value of all files, as they stand there."""
    edges = [(c.minimum, c.maximum) for c in columns if c.minimum is not None and c.maximum is not None]
    if not edges:
        return None, None
    if kind in _NUMBERS:
        reads = [
            (number_in(text, c), text) for c in columns for text in (c.minimum, c.maximum) if text is not None
        ]
        known = [(number, text) for number, text in reads if number is not None]
        return (min(known)[1], max(known)[1]) if known else (None, None)
    return min(low for low, _ in edges), max(high for _, high in edges)
