"""Turn the cells of each column into a column profile: type, evidence, nulls, lengths, range, meaning."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from config_gen.day_order import order_alike
from config_gen.meanings import is_hidden
from config_gen.number_marks import write_alike
from config_gen.open_ended import open_ended
from config_gen.samples.parsed import Parsed
from config_gen.semantics.decide import meanings
from config_gen.types.infer import Inferred, said_missing, unkept_numbers
from config_gen.types.layouts import after_midnight_by_layout, text_by_layout
from config_gen.types.names import says_identifier, words_of
from config_gen.types.null_marks import infer_beside_marks
from config_gen.types.numbers import most_decimals
from config_gen.types.required import Seat, suggests_required
from config_gen.types.required_layouts import required_by_layout
from config_gen.types.temporal import ends_after_midnight
from config_gen.types.units import number_in
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnProfile, ColumnType, Meaning, SuggestedConstraints, bounded
from domain.configuration.reviews import visible
from domain.text.redaction import mask_shapes

_EXAMPLES = 5
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?")
_GLANCE = 50
_DEGREES = ("latitude", "longitude")
_WRITTEN_BY_PEOPLE = (FormatKind.DELIMITED, FormatKind.FIXED_WIDTH, FormatKind.EXCEL)
_QUOTED = re.compile("“[^”]*”")
_ENUM_LARGEST = 25
_LOCALES = {
    (",", "."): "de-DE",
    (",", " "): "fr-FR",
    (",", "\u00a0"): "fr-FR",
    (",", "\u202f"): "fr-FR",
    (".", ","): "en-US",
    (".", "'"): "de-CH",
    (".", "’"): "de-CH",  # noqa: RUF001  these characters stand in files
}


def column_profiles(parsed: Parsed, counts: list[Counter[str]]) -> list[ColumnProfile]:
    """Return one profile for each column.

    Args:
        parsed: The sample as read.
        counts: For each column its distinct non-empty values, stripped, with their number.
    """
    named = parsed.header is None or parsed.header.present
    names = parsed.names if named else [""] * len(parsed.names)
    by_layout = text_by_layout(names)
    inferred = [
        _infer(parsed, position, counts[position], name, by_layout.get(name))
        for position, name in enumerate(names)
    ]
    unsure = write_alike(inferred, counts)
    order_alike(names, inferred)
    if not by_layout:
        _keep_identifiers_alike(names, inferred, counts)
    about = meanings(names, counts, [found.type for found in inferred])
    total = parsed.records
    demanded = required_by_layout(names)
    late = after_midnight_by_layout(names)
    seats = [Seat(n, len(names), demanded.get(name)) for n, name in enumerate(names)]
    made = [
        _column(parsed.names[n], seats[n], inferred[n], counts[n], total, about[n], names[n])
        for n in range(len(inferred))
    ]
    made = [open_ended(column, parsed.columns[n]) for n, column in enumerate(made)]
    made = [
        column.model_copy(update={"may_part_thousands": True})
        if n in unsure and _may_part(parsed, n, column)
        else column
        for n, column in enumerate(made)
    ]
    made = [_timed(column, counts[n], column.name in late) for n, column in enumerate(made)]
    return [_discreet(one) if is_hidden(one.meaning) or _says_secret(one) else one for one in made]


def _may_part(parsed: Parsed, position: int, column: ColumnProfile) -> bool:
    """Tell whether a mark before three digits may part thousands; in numbers of JSON or a degree it can't.

    Nor does a point where commas part cells: who writes 1.848 for a thousand writes decimals with commas.
    """
    label = column.meaning.label if column.meaning else None
    if parsed.declared.get(position) in (ColumnType.DECIMAL, ColumnType.INTEGER) or label in _DEGREES:
        return False
    written_by_people = parsed.format in _WRITTEN_BY_PEOPLE
    parted_by_comma = parsed.dialect is not None and parsed.dialect.delimiter == ","
    return column.decimal_char != "." or (written_by_people and not parted_by_comma)


def _timed(column: ColumnProfile, seen: Iterable[str], by_layout: bool) -> ColumnProfile:
    """Return a column of times with the word that some are of a day that ends after midnight."""
    if column.type is not ColumnType.TIME or not (by_layout or ends_after_midnight(seen)):
        return column
    why = "the layout lets them go on" if by_layout else "they go on"
    told = {"after_midnight": True, "evidence": bounded(f"{column.evidence}; {why} beyond 24:00", 400)}
    return column.model_copy(update=told)


def _says_secret(column: ColumnProfile) -> bool:
    """Tell whether what would be shown holds a secret, such as a remark with a password in it."""
    shown = (*column.examples, *(column.enum or column.grouped), column.minimum or "", column.maximum or "")
    return any(mask_shapes(text) != text for text in shown)


def _discreet(column: ColumnProfile) -> ColumnProfile:
    """Return the column without any value: what it says is shown to many and merged for good."""
    told = {"enum": None, "minimum": None, "maximum": None}
    bounds, why = column.constraints.model_copy(update=told), _QUOTED.sub("“…”", column.evidence)
    hidden = {"grouped": (), "examples": (), "evidence": why, "constraints": bounds}
    return column.model_copy(update={**told, **hidden})


def _keep_identifiers_alike(names: list[str], inferred: list[Inferred], counts: list[Counter[str]]) -> None:
    """Keep an identifier of digits as text where the table's other identifiers are text.

    A whole-number `id` of the rows themselves stands beside text identifiers too often to be judged by them.
    """
    held = [n for n, name in enumerate(names) if name and says_identifier(name)]
    texts = [n for n in held if inferred[n].type is ColumnType.STRING and not _is_drawn(counts[n])]
    digits = [n for n in held if inferred[n].type is ColumnType.INTEGER]
    if len(texts) < max(1, len(digits)):
        return
    for n in digits:
        if n and len(words_of(names[n])) > 1 and not counts[n].keys() <= {"0", "1"}:
            total = inferred[n].values
            inferred[n] = Inferred(
                ColumnType.STRING,
                total,
                total,
                f"made of digits, but an identifier like {names[texts[0]][:60]}, which is text: kept as text",
                code=True,
            )


def _is_drawn(counts: Mapping[str, int]) -> bool:
    """Tell whether identifiers are UUIDs: how those look says nothing about any other of the table."""
    return all(map(_UUID.fullmatch, islice(counts, _GLANCE)))


def _infer(
    parsed: Parsed, position: int, counts: Mapping[str, int], name: str, layout: str | None
) -> Inferred:
    declared = parsed.declared.get(position)
    total = sum(counts.values())
    if declared in (ColumnType.OBJECT, ColumnType.ARRAY):
        return Inferred(declared, total, total, f"the {parsed.format.value} values are nested")
    if declared is not None and declared is not ColumnType.STRING:
        form = "iso" if declared in (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME) else None
        is_decimal = declared is ColumnType.DECIMAL
        unkept = unkept_numbers(counts) if is_decimal else ()
        said = f"declared by the {parsed.format.value} file itself"
        return Inferred(
            declared,
            total,
            total,
            f"{said}; {said_missing(unkept)}" if unkept else said,
            format=form,
            decimals=most_decimals(counts) if is_decimal else None,
            null_values=unkept,
        )
    found = infer_beside_marks(counts, name)
    if layout is not None and found.type is ColumnType.INTEGER:
        return Inferred(
            ColumnType.STRING, total, total, f"made of digits, but {layout}: kept as text", code=True
        )
    if found.type is ColumnType.DECIMAL and parsed.format is FormatKind.EXCEL:
        return found  # a program wrote its amounts as texts, with the marks of its land
    if found.affix:
        return found  # no format has numbers with a unit: a text is all that one can hold
    if declared is ColumnType.STRING and found.type in (
        ColumnType.INTEGER,
        ColumnType.DECIMAL,
        ColumnType.NULL,
    ):
        return Inferred(
            ColumnType.STRING,
            total,
            total,
            f"stored as text by the {parsed.format.value} file itself",
            code=found.code,
        )
    return found


def _column(
    name: str,
    seat: Seat,
    found: Inferred,
    counts: Counter[str],
    total: int,
    about: Meaning | None,
    header: str,
) -> ColumnProfile:
    null_words = sum(counts[word] for word in found.null_values)
    nulls = total - sum(counts.values()) + null_words
    kept = (
        [value for value in counts if value not in found.null_values] if found.null_values else list(counts)
    )
    lengths = list(map(len, kept))
    low, high = _range(found, kept)
    enum = _enum(found, kept, total - nulls)
    required = suggests_required(header, found.type, nulls, total, seat)
    return ColumnProfile(
        name=bounded(name),
        position=seat.place,
        type=found.type,
        share=round(found.agree / found.values, 4) if found.values else 1.0,
        evidence=bounded(found.evidence, 400),
        nullable=not required,
        values=total - nulls,
        nulls=nulls,
        distinct=len(kept),
        min_length=min(lengths, default=0),
        max_length=max(lengths, default=0),
        minimum=bounded(low) if low is not None else None,
        maximum=bounded(high) if high is not None else None,
        format=found.format,
        decimal_char=found.decimal_char,
        group_char=found.group_char,
        negative=found.negative,
        affix=found.affix,
        decimals=found.decimals,
        true_values=found.true_values,
        false_values=found.false_values,
        null_values=tuple(bounded(word, 40) for word in found.null_values),
        timezone=found.zone,
        locale=_LOCALES.get((found.decimal_char or "", found.group_char or "")),
        code_of_digits=found.code,
        meaning=about,
        enum=enum,
        examples=tuple(bounded(value, 80) for value in kept[:_EXAMPLES]),
        constraints=SuggestedConstraints(
            required=required,
            unique=total > 1 and len(kept) == total,
            enum=enum,
            minimum=low if found.type in (ColumnType.INTEGER, ColumnType.DECIMAL) else None,
            maximum=high if found.type in (ColumnType.INTEGER, ColumnType.DECIMAL) else None,
            max_length=max(lengths, default=0) if found.type is ColumnType.STRING else None,
        ),
    )


def _range(found: Inferred, kept: list[str]) -> tuple[str | None, str | None]:
    """Return the smallest and the largest value in the type's own order, as they stand in the file."""
    if not kept or found.type in (ColumnType.BOOLEAN, ColumnType.OBJECT, ColumnType.ARRAY, ColumnType.NULL):
        return None, None
    if found.type in (ColumnType.INTEGER, ColumnType.DECIMAL):
        return _number_range(found, kept)
    if (
        found.type in (ColumnType.DATE, ColumnType.DATETIME)
        and found.format
        and not found.format.startswith(("%Y", "iso"))
    ):
        return None, None
    return min(kept), max(kept)


def _number_range(found: Inferred, kept: list[str]) -> tuple[str | None, str | None]:
    marked = found.group_char or found.negative or found.affix
    plainly = not marked and found.decimal_char in (None, ".")
    if plainly and found.agree == found.values and all(map(str.isascii, kept)):
        numbers = _floats(kept)
        if numbers and not any(map(math.isnan, numbers)):
            return kept[numbers.index(min(numbers))], kept[numbers.index(max(numbers))]
    read = [
        (number, value)
        for value in kept
        if (number := number_in(value, found)) is not None and not math.isnan(number)
    ]
    return (min(read)[1], max(read)[1]) if read else (None, None)


def _floats(kept: list[str]) -> list[float]:
    """Return the values as numbers; none where a layout promised numbers and a broken record holds others."""
    try:
        return list(map(float, kept))
    except ValueError:
        return []


def _enum(found: Inferred, kept: list[str], filled: int) -> tuple[str, ...] | None:
    """Return the value list where values repeat so much that the list is probably closed."""
    if found.type not in (ColumnType.STRING, ColumnType.INTEGER) or (found.code and len(kept) > 12):
        return None
    if not kept or len(kept) > _ENUM_LARGEST or filled < 5 or max(map(len, kept)) > 60:
        return None
    if any(visible(value) != value for value in kept):  # nobody could read, or agree to, such a list
        return None
    repeats = filled / len(kept)
    if found.type is ColumnType.INTEGER and (len(kept) > 10 or repeats < 5):
        return None
    return tuple(sorted(kept)) if repeats >= 2.5 else None
