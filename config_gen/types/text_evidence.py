"""Say why a column is text: what its values are instead of a number, a day or a flag."""

from collections.abc import Mapping
from itertools import islice

from config_gen.types.numbers import NumberReading, read_numbers
from config_gen.types.shapes import shapes_of
from config_gen.types.units import numbers_with_unit
from domain.counting import counted

_GLANCE = 300


def why_text(counts: Mapping[str, int]) -> str:
    """Return why a column that nothing else fits is text."""
    return numbers_with_unit(counts) or _mixed_numbers(counts) or no_type_fits(counts)


def no_type_fits(counts: Mapping[str, int]) -> str:
    """Return that neither numbers nor days nor flags fit the values, and how many there are."""
    total = sum(counts.values())
    if len(counts) == 1:
        return "a single text" if total == 1 else f"all {total:,} values are the same text"
    return f"no number, date or flag fits its {counted(total, 'value')} ({len(counts):,} different)"


def _mixed_numbers(counts: Mapping[str, int]) -> str:
    """Return why a column that is mostly numbers is text all the same; empty for any other."""
    total = sum(counts.values())
    numbers = read_numbers(shapes_of(counts))
    if numbers is None or numbers.dressed or not total / 2 <= numbers.agree < total:
        return ""
    mark = {",": " with a decimal comma", ".": " with a decimal point"}.get(numbers.decimal_char or "", "")
    other = next((value for value in islice(counts, _GLANCE) if _reads_otherwise(value, numbers)), "")
    example = f", such as “{other[:40]}”" if other else ""
    return f"{numbers.agree:,} of {total:,} values are numbers{mark}, the others are not{example}"


def _reads_otherwise(value: str, numbers: NumberReading) -> bool:
    alone = read_numbers(shapes_of({value: 1}))
    return alone is None or alone.decimal_char not in (None, numbers.decimal_char)
