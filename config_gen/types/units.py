"""Tell cells that hold a number with its unit, as instruments print them: 23.4 °C, 45 %, 1013 hPa."""

import re
from collections.abc import Mapping
from itertools import islice

from config_gen.types.numbers import read_numbers
from config_gen.types.shapes import shapes_of
from domain.counting import all_of

_FEWEST = 5
_GLANCE = 300
_MEASURED = re.compile(
    r"([+\u2212-]?\d[\d.,' \u00a0\u202f]*?)[ \u00a0]?"
    r"([^\W\d]{1,6}(?:[/·][^\W\d]{1,4})?[²³]?(?:/[^\W\d]{1,4})?|°[CFK]?|[%‰])"
)


def numbers_with_unit(counts: Mapping[str, int]) -> str:
    """Return that all values are numbers with one unit, and so text until it goes; nothing otherwise."""
    total = sum(counts.values())
    found = [_MEASURED.fullmatch(value) for value in islice(counts, _GLANCE)]
    cells = [one.groups() for one in found if one is not None]
    if total < _FEWEST or len(cells) < len(found) or len({unit for _, unit in cells}) != 1:
        return ""
    numbers = read_numbers(shapes_of({number: 1 for number, _ in cells}))
    if numbers is None or numbers.agree < len({number for number, _ in cells}):
        return ""
    if not all(map(_MEASURED.fullmatch, counts)):
        return ""
    said = all_of(total, "value is a number", "values are numbers")
    return f"{said} with “{cells[0][1]}” behind: kept as text with its unit"
