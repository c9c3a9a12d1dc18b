"""What a person should look at before they believe a profile: odd values, keys by chance, no records."""

import datetime as dt
import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice

from config_gen.chance_keys import chance_key
from config_gen.meanings import is_hidden
from config_gen.signed_texts import signed_text
from config_gen.types.missing import means_missing
from config_gen.types.names import says_code, says_identifier, words_of
from config_gen.types.numbers import NumberReading, as_float, read_numbers
from config_gen.types.shapes import shapes_of
from config_gen.types.temporal import ISO, form_of, read_temporal
from config_gen.types.units import number_in
from domain.configuration.profiles import ColumnProfile, ColumnType, KeyCandidate, bounded
from domain.counting import counted, in_series

_LOOKED_AT = 3_000
_FEWEST = 4
_MOSTLY, _MOSTLY_NUMBERS = 0.5, 0.75
"""A column of two date formats is worth a word; text that holds some numbers is just text."""
_SHOWN = 3
_MOST = 5
_POWER = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{2}")
_SERIAL_DAYS = range(25_000, 60_000)
"""Days after 1899 as spreadsheets count them: from 1968 to 2064."""
_NINES = re.compile(r"-99|-?999+(?:[.,]0+)?")
_FAR = 5
_TYPED = {ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME, ColumnType.INTEGER, ColumnType.DECIMAL}


def doubts(
    columns: Sequence[ColumnProfile],
    cells: Sequence[Sequence[str]],
    counts: Sequence[Counter[str]],
    keys: Sequence[KeyCandidate],
    records: int,
) -> list[str]:
    """Return what to look at, each as a sentence; the columns whose values disagree first."""
    if columns and not records:
        return [
            "There is a header and no record, so no type, key or format can be told: drop one with records."
        ]
    mixed = [_mixed(column, cells[n], counts[n]) for n, column in enumerate(columns)]
    found = [
        sentence
        for sentence in (
            *mixed,
            *map(_century, columns),
            *map(_cut_digits, columns),
            *map(_counted_days, columns),
            *map(_other_digits, columns),
            *(_stand_in(column, counts[n]) for n, column in enumerate(columns)),
            *(signed_text(column, counts[n]) for n, column in enumerate(columns)),
        )
        if sentence
    ]
    more = [f"{len(found) - _MOST:,} more columns have values that are not like the others."]
    return found[:_MOST] + (more if len(found) > _MOST else []) + chance_key(columns, keys, records)


def _century(column: ColumnProfile) -> str:
    """Say it where a year of two digits decides a century: people are born in both."""
    born = column.meaning is not None and column.meaning.label == "date_of_birth"
    if not born or "%y" not in (column.format or ""):
        return ""
    name = bounded(column.name, 60)
    said = "years of two digits are read as 1969 to 2068; whoever was born before lands in the future."
    return f"{name}: {said}"


def _cut_digits(column: ColumnProfile) -> str:
    """Say it where a spreadsheet wrote codes as powers of ten: their last digits are gone for good."""
    is_code = says_code(column.name) or says_identifier(column.name)
    if (
        column.type is not ColumnType.DECIMAL
        or not is_code
        or not all(map(_POWER.fullmatch, column.examples))
    ):
        return ""
    said = f"{bounded(column.name, 60)}: a spreadsheet cut these codes to powers of ten, such as"
    return f"{said} “{column.examples[0]}”, and their last digits are gone. Have the column exported as text."


def _counted_days(column: ColumnProfile) -> str:
    """Say it where a spreadsheet shows days as it counts them, because nobody formatted the cells."""
    words = set(words_of(column.name))
    numbers = [int(text) for text in (column.minimum, column.maximum) if text and text.isdecimal()]
    is_counted = len(numbers) == 2 and all(number in _SERIAL_DAYS for number in numbers)
    if column.type is not ColumnType.INTEGER or not words & {"date", "datum", "fecha"} or not is_counted:
        return ""
    day = dt.date(1899, 12, 30) + dt.timedelta(days=numbers[0])
    return (
        f"{bounded(column.name, 60)}: these are days as a spreadsheet counts them, {numbers[0]} is"
        f" {day:%d %b %Y}. Have the cells formatted as dates; as it is they land as numbers."
    )


def _other_digits(column: ColumnProfile) -> str:
    """Say it where numbers or days are written in the digits of another script."""
    shown = [value for value in column.examples if any(char.isdecimal() for char in value)]
    if not shown or any(char.isalpha() or char in string.digits for value in shown for char in value):
        return ""
    return (
        f"{bounded(column.name, 60)}: written in digits other than 0 to 9, such as “{bounded(shown[0], 30)}”,"
        " which hardly any program reads. Have them written in 0 to 9."
    )


def _stand_in(column: ColumnProfile, counts: Mapping[str, int]) -> str:
    """Say it where a number of nines stands far from all others, as a mark for a missing one does."""
    if column.type not in (ColumnType.INTEGER, ColumnType.DECIMAL) or is_hidden(column.meaning):
        return ""
    found = next((value for value in counts if _NINES.fullmatch(value) and counts[value] > 1), None)
    if found is None:
        return ""
    others = [number for value in counts if value != found and (number := _plain(value, column)) is not None]
    if len(others) < _FEWEST:
        return ""
    mark, most = _plain(found, column) or 0.0, max(map(abs, others))
    is_far = abs(mark) > _FAR * most or (mark < 0 <= min(others) and abs(mark) > most / _FAR)
    if not is_far:
        return ""
    return (
        f"{bounded(column.name, 60)}: “{found}” stands {counts[found]:,} times and lies far from all others."
        " If it means that there is no value, have it left empty or list it in the column's `null_values`."
    )


def _plain(value: str, column: ColumnProfile) -> float | None:
    return number_in(value, column)


def _mixed(column: ColumnProfile, cells: Sequence[str], counts: Mapping[str, int]) -> str:
    """Return how many of a column's values are not like most of them, which, and in which records."""
    is_text = column.type is ColumnType.STRING and not column.code_of_digits and column.meaning is None
    if is_hidden(column.meaning):
        return ""
    if not (is_text or (column.type in _TYPED and column.share < 1)) or sum(counts.values()) < _FEWEST:
        return ""
    usual = _usual(counts)
    if usual is None:
        return ""
    words, fits = usual
    missing = {value.strip() for value in column.null_values}
    odd = [value for value in counts if value not in missing and not fits(value)]
    number = sum(counts[value] for value in odd)
    total = sum(times for value, times in counts.items() if value not in missing)
    if not number or number > (1 - _MOSTLY) * total:
        return ""
    shown = in_series([f"“{bounded(value, 30)}”{_where(value, cells)}" for value in odd[:_SHOWN]])
    more = " and more" if len(odd) > _SHOWN else ""
    ends = "so I keep all of it as text" if is_text else "so a load would reject them"
    do = "Mend these, or leave it as text." if is_text else "Mend these."
    said = (
        f"{bounded(column.name, 60)}: {total - number:,} of {counted(total, 'value')} {words}, {number:,} not"
    )
    return f"{said}: {shown}{more}; {ends}. {do}"


def _usual(counts: Mapping[str, int]) -> tuple[str, Callable[[str], bool]] | None:
    """Return what most values are, in words, and what tells whether a value is like them."""
    seen = {value: times for value, times in islice(counts.items(), _LOOKED_AT) if not means_missing(value)}
    total = sum(seen.values())
    for some in (seen, dict(islice(seen.items(), 1, None))):  # the very first may be an odd one
        moment = read_temporal(some) if some else None
        if moment is not None and moment.agree >= _MOSTLY * total:
            form = moment.format if moment.format != "iso" else "ISO 8601"
            kind, pattern = moment.type, moment.format
            return f"follow {form}", partial(
                _follows, ISO.get(kind) if pattern == "iso" else form_of(pattern)
            )
    numbers = read_numbers(shapes_of(seen)) if seen else None
    if numbers is None or numbers.dressed or numbers.agree < _MOSTLY_NUMBERS * total:
        return None
    mark = {",": " with a decimal comma", ".": " with a decimal point"}.get(numbers.decimal_char or "", "")
    return f"are numbers{mark}", lambda value: _is_number(value, numbers)


def _follows(form: re.Pattern[str] | None, value: str) -> bool:
    return form is not None and form.match(value) is not None


def _is_number(value: str, usual: NumberReading) -> bool:
    if as_float(value, usual.decimal_char, usual.group_char) is None:
        return False
    alone = read_numbers(shapes_of({value: 1}))
    return alone is not None and alone.decimal_char in (None, usual.decimal_char)


def _where(value: str, cells: Sequence[str]) -> str:
    place = next(
        (n for n, cell in enumerate(islice(cells, _LOOKED_AT * 20), 1) if cell.strip() == value), None
    )
    return f" in record {place:,}" if place else ""
