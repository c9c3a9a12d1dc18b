"""Tell cells that hold a number with its unit or currency: 23.4 °C, 45 %, 1013 hPa, 12,50 €, -$3.10."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from config_gen.types.numbers import read_numbers
from config_gen.types.shapes import shapes_of
from domain.counting import all_of

_FEWEST = 5
_GLANCE = 300
_CURRENCIES = "€$£¥₹₽₺₩₴₪₫฿₦₱₡₲₸₼₾"
_MEASURED = re.compile(
    r"([+\u2212-]?\d[\d.,' \u00a0\u202f]*?)[ \u00a0]?"
    rf"([^\W\d]{{1,6}}(?:[/·][^\W\d]{{1,4}})?[²³]?(?:/[^\W\d]{{1,4}})?|°[CFK]?|[%‰{_CURRENCIES}])"
)
_PRICED = re.compile(rf"([+\u2212-]?)([{_CURRENCIES}])[ \u00a0]?([+\u2212-]?\d[\d.,' \u00a0\u202f]*)")
"""A currency's sign may stand in front, on either side of the sign of the amount."""


@dataclass(frozen=True)
class _Measured:
    number: str
    unit: str
    where: str


def numbers_with_unit(counts: Mapping[str, int]) -> str:
    """Return that all values are numbers with one unit, and so text until it goes; nothing otherwise."""
    total = sum(counts.values())
    read = [_measured(value) for value in islice(counts, _GLANCE)]
    cells = [cell for cell in read if cell is not None]
    if total < _FEWEST or len(cells) < len(read) or len({(cell.unit, cell.where) for cell in cells}) != 1:
        return ""
    different = {cell.number: 1 for cell in cells}
    numbers = read_numbers(shapes_of(different))
    if numbers is None or numbers.agree < len(different):
        return ""
    if not all(map(_measured, counts)):
        return ""
    said = all_of(total, "value is a number", "values are numbers")
    return f"{said} with “{cells[0].unit}” {cells[0].where}: kept as text with its unit"


def _measured(value: str) -> _Measured | None:
    if found := _MEASURED.fullmatch(value):
        return _Measured(found[1], found[2], "behind")
    if found := _PRICED.fullmatch(value):
        return _Measured(found[1] + found[3], found[2], "in front")
    return None
