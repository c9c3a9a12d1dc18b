"""Tell cells that hold a number with its unit or currency: 23.4 °C, 45 %, 1013 hPa, 12,50 €, -$3.10.

One unit that people know, beside every number, is no part of any: it is taken off, and numbers are left.
What may be part of a code, a letter or a word that we do not know, stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from config_gen.types.digits import plain_digits
from config_gen.types.numbers import as_float, read_numbers
from config_gen.types.shapes import shapes_of
from config_gen.types.unit_words import BEHIND, IN_FRONT
from domain.counting import all_of

_FEWEST = 5
_GLANCE = 300
_CURRENCIES = "€$£¥₹₽₺₩₴₪₫฿₦₱₡₲₸₼₾￥￡＄￦"  # noqa: RUF001  these characters stand in files
_MEASURED = re.compile(
    r"([+\u2212-]?\d[\d.,' \u00a0\u202f]*?)[ \u00a0]?"
    rf"([^\W\d]{{1,6}}(?:[/·][^\W\d]{{1,4}})?[²³]?(?:/[^\W\d]{{1,4}})?|°[CFK]?|[%‰{_CURRENCIES}])"
)
_PRICED = re.compile(rf"([+\u2212-]?)([{_CURRENCIES}])[ \u00a0]?([+\u2212-]?\d[\d.,' \u00a0\u202f]*)")
"""A currency's sign may stand in front, on either side of the sign of the amount."""


_LEADING = "(+-\u2212"
_ZERO = re.compile(r"[+\u2212-]?0(?:[.,]0{1,9})?")
_PADDED = re.compile(r"[+\u2212-]?0\d")
_SHARES = ("%", "‰")


class Written(Protocol):
    """How a column writes its numbers."""

    @property
    def decimal_char(self) -> str | None: ...
    @property
    def group_char(self) -> str | None: ...
    @property
    def affix(self) -> str | None: ...


@dataclass(frozen=True)
class Affixed:
    """The numbers of a column without the text that stands beside each of them."""

    affix: str
    numbers: dict[str, int]


def read_affixed(counts: Mapping[str, int]) -> Affixed | None:
    """Return the numbers beside which one known unit or currency stands everywhere, None where it does not.

    A zero may stand alone. Numbers that begin with zeros are codes, whatever stands beside them.
    """
    first = next((value for value in counts if not _ZERO.fullmatch(value)), "")
    affix = _affix_of(first)
    if not affix or sum(counts.values()) < _FEWEST:
        return None
    numbers: dict[str, int] = {}
    for value, times in counts.items():
        bare = without_affix(value, affix)
        if (bare == value and not _ZERO.fullmatch(value)) or _PADDED.match(bare.lstrip("(")):
            return None
        if affix.isalnum() and _adjoins(value, affix) and not re.search(r"[.,]", bare):
            return None  # SEK12 is a code as well as an amount
        numbers[bare] = numbers.get(bare, 0) + times
    return Affixed(affix, numbers)


def without_affix(text: str, affix: str) -> str:
    """Return a number without the text at either of its ends, or behind its sign; else the text as it is."""
    opened = text[0] if text and text[0] in _LEADING else ""
    closed = ")" if opened == "(" and text.endswith(")") else ""
    core = text[len(opened) : len(text) - len(closed)].strip()
    if core.startswith(affix):
        return f"{opened}{core.removeprefix(affix).strip()}{closed}"
    if core.endswith(affix):
        return f"{opened}{core.removesuffix(affix).strip()}{closed}"
    return text


def lacks_share(text: str, affix: str) -> bool:
    """Tell whether the sign of a share is not there: 0.45 is not 0.45 %, and programs write it for 45 %."""
    return affix in _SHARES and without_affix(text, affix) == text and not _ZERO.fullmatch(text)


def number_in(value: str, column: Written) -> float | None:
    """Return the number of a cell as its column writes numbers, or None where it does not follow that."""
    bare = without_affix(value, column.affix) if column.affix else value
    return as_float(plain_digits(bare), column.decimal_char, column.group_char)


def _affix_of(text: str) -> str:
    """Return the known unit or currency beside a number; empty where there is none."""
    core = text.strip("()").lstrip(_LEADING).strip()
    digits = [n for n, char in enumerate(core) if char.isdecimal()]
    if not digits:
        return ""
    before = core[: digits[0]].rstrip(f"{_LEADING}., \u00a0\u202f")
    behind = core[digits[-1] + 1 :].lstrip("., \u00a0\u202f-")
    if before and not behind.strip():
        return next((one for one in (core[: digits[0]].strip(), before) if one in IN_FRONT), "")
    return behind if not before and behind in BEHIND else ""


def _adjoins(value: str, affix: str) -> bool:
    """Tell whether a number follows its affix without a blank."""
    return bool(re.match(rf"[(+\u2212-]?{re.escape(affix)}\d", value))


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
