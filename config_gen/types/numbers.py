"""Read numbers as people and programs write them: signs, grouping, decimal comma or point, percent, money."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

_MINUS = "\u2212"  # the sign itself, as typesetters, Sweden and Norway write it
_INTEGER = re.compile(rf"[+{_MINUS}-]?\d+$")
_PLAIN = re.compile(rf"[+{_MINUS}-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_COMMA = re.compile(rf"[+{_MINUS}-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?$")
_GROUPED_POINT = re.compile(rf"[+{_MINUS}-]?\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?:\.\d*)?$")
_GROUPED_COMMA = re.compile(rf"[+{_MINUS}-]?\d{{1,3}}(?:\.\d{{3}})+(?:,\d*)?$")
_GROUPED_BLANK = re.compile(rf"[+{_MINUS}-]?\d{{1,3}}(?:[ \u00a0\u202f'’]\d{{3}})+(?:[.,]\d*)?$")  # noqa: RUF001  these characters stand in files
_THREE = re.compile(rf"[+{_MINUS}-]?\d{{1,3}}[.,]\d{{3}}$")
_SPECIAL = re.compile(rf"[+{_MINUS}-]?(?:nan|inf|infinity)$", re.IGNORECASE)
_DRESS = re.compile(
    r"^\(?([+-]?)(?:[$€£¥₹]|USD|EUR|GBP|CHF|JPY)? ?([+-]?[\d.,'’ \u00a0\u202f]*\d[\d.,]*)(?: "  # noqa: RUF001  these characters stand in files
    r"?(?:[%‰$€£¥₹]|USD|EUR|GBP|CHF|JPY))?\)?$"
)


_AMOUNT_END = re.compile(r"\d[.,](\d{2,6})[)-]$")
_SHAPES_TRIED = 400
_LONGEST = 400
"""Signs; what is longer is no number, and takes the forms below a time that grows with its square."""
_GROUP_MARKS = " \u00a0\u202f'\u2019"


@dataclass(frozen=True)
class NumberReading:
    """How a column of numbers is written; `dressed` when currency or percent signs surround them."""

    integer: bool
    decimal_char: str | None
    group_char: str | None
    decimals: int
    agree: int
    dressed: bool = False
    ambiguous: str | None = None
    negative: str | None = None
    """`trailing` or `parentheses`, where the sign of negative numbers does not lead."""


_SIGNED = {
    "trailing": re.compile(r"(\d[\d.,'’ \u00a0\u202f]*)-$"),  # noqa: RUF001  these characters stand in files
    "parentheses": re.compile(r"\((\d[^()]*)\)$"),
}


def sign_first(text: str, negative: str | None) -> str:
    """Return a number with its sign where programs expect it; `negative` says how the column writes it."""
    found = _SIGNED[negative].match(text) if negative else None
    return f"-{found[1]}" if found else text.replace(_MINUS, "-", 1)


def without_thousands_of_zero(found: NumberReading, values: Iterable[str]) -> NumberReading:
    """Return the reading, with decimals where thousands would begin with a zero: 0,512 is not 512."""
    mark = found.group_char
    if (
        not found.ambiguous
        or not mark
        or not any(re.match(rf"[+{_MINUS}-]?0{mark}\d", one) for one in values)
    ):
        return found
    return replace(found, integer=False, decimal_char=mark, group_char=None, decimals=3, ambiguous=None)


def _bared(shapes: Mapping[str, tuple[int, str]]) -> tuple[str | None, Mapping[str, tuple[int, str]]]:
    """Return how negative numbers are written, and the shapes with their signs led.

    A column in which every number ends in a sign, or stands in parentheses, holds codes, unless all are
    amounts: (17) is a reference to a note, and (17.50) a loss.
    """
    for negative, mark in (("trailing", "-"), ("parentheses", ")")):
        form = _SIGNED[negative]
        signed = {shape for shape in shapes if shape.endswith(mark) and form.match(shape)}
        others = (shape for shape in shapes if shape not in signed)
        if not signed or not (_are_amounts(signed) or any(_is_number(shape) for shape in others)):
            continue
        bared: dict[str, tuple[int, str]] = {}
        for shape, (times, example) in shapes.items():
            led = sign_first(shape, negative)
            bared[led] = (times + bared.get(led, (0, ""))[0], sign_first(example, negative))
        return negative, bared
    return None, shapes


def _is_number(shape: str) -> bool:
    return _way(shape) not in (None, "dressed")


def _are_amounts(shapes: Iterable[str]) -> bool:
    """Tell whether all of these have two decimals or more, and all as many."""
    ends = [_AMOUNT_END.search(shape) for shape in shapes]
    return all(ends) and len({len(found[1]) for found in ends if found}) == 1


def read_numbers(shapes: Mapping[str, tuple[int, str]]) -> NumberReading | None:
    """Return how these values read as numbers, or None where no single reading fits any of them.

    Args:
        shapes: The column's shapes with how many values have each, and an example.

    Returns:
        The reading that most values agree with; `agree` counts occurrences.
    """
    negative, shapes = _bared(shapes)
    ways: Counter[str] = Counter()
    decimals: dict[str, int] = {}
    ambiguous, blank = None, None
    for seen, (shape, (times, example)) in enumerate(shapes.items()):
        if seen == _SHAPES_TRIED and len(ways) and sum(ways.values()) < seen // 2:
            return None
        way = _way(shape)
        if way is None:
            continue
        ways[way] += times
        decimals[way] = max(decimals.get(way, 0), _digits_after(shape))
        if way == "comma_three":
            ambiguous = ambiguous or example
        elif way.startswith("blank"):
            blank = next(char for char in shape if char in _GROUP_MARKS)
    found = _choose(ways, decimals, ambiguous, blank)
    return replace(found, negative=negative) if found is not None and negative else found


def _way(value: str) -> str | None:
    """Return which writings a shape belongs to; `comma_three` and `point_three` may part thousands."""
    if len(value) > _LONGEST:
        return None
    if _INTEGER.match(value):
        return "int"
    if _PLAIN.match(value):
        return "point_three" if _THREE.match(value) else "point"
    if _COMMA.match(value):
        return "comma_three" if _THREE.match(value) else "comma"
    if _GROUPED_POINT.match(value):
        return "thousands_comma"
    if _GROUPED_COMMA.match(value):
        return "thousands_point"
    if _GROUPED_BLANK.match(value):
        return "blank_comma" if "," in value else "blank_point" if "." in value else "blank"
    if _SPECIAL.match(value):
        return "special"
    return "dressed" if _DRESS.match(value) else None


# Decimal mark, thousands mark, and the ways that belong to each national writing; the first wins ties.
_WRITINGS = (
    (".", ",", ("int", "special", "point", "point_three", "thousands_comma", "comma_three")),
    (",", ".", ("int", "special", "comma", "comma_three", "thousands_point", "point_three")),
    (",", " ", ("int", "special", "comma", "comma_three", "blank", "blank_comma")),
    (".", " ", ("int", "special", "point", "point_three", "blank", "blank_point")),
)
_PARTS_THOUSANDS = {
    ",": ("thousands_comma", "comma_three"),
    ".": ("thousands_point", "point_three"),
    " ": ("blank", "blank_comma", "blank_point"),
}


def _choose(
    ways: Counter[str], decimals: dict[str, int], ambiguous: str | None, blank: str | None
) -> NumberReading | None:
    agree = [sum(ways[way] for way in writing) for _, _, writing in _WRITINGS]
    best = max(agree)
    if ways["dressed"] > best:
        return NumberReading(False, ".", None, 0, ways["dressed"] + best, dressed=True)
    if not best:
        return None
    mark, group, writing = _WRITINGS[agree.index(best)]
    parted = [way for way in _PARTS_THOUSANDS[group] if way in writing and ways[way]]
    if mark == "." and group == ",":
        parted = [way for way in parted if way != "point_three"]
    broken = [way for way in writing if ways[way] and way not in ("int", "blank") and way not in parted]
    broken += [
        way
        for way in parted
        if way in ("thousands_comma", "thousands_point", "blank_comma", "blank_point") and decimals[way]
    ]
    digits = max((decimals[way] for way in broken if way != "special"), default=0)
    lonely = ambiguous if set(ways) <= {"int", "comma_three", "special"} else None
    return NumberReading(
        integer=not broken,
        decimal_char=mark if broken else None,
        group_char=(blank if group == " " else group) if parted else None,
        decimals=digits,
        agree=best,
        ambiguous=lonely,
    )


def _digits_after(shape: str) -> int:
    """Return the digits behind the last mark where that mark can be a decimal mark."""
    mantissa = re.split("[eE]", shape)[0]
    if _GROUPED_POINT.match(mantissa) and "." not in mantissa:
        return 0
    if _GROUPED_COMMA.match(mantissa) and "," not in mantissa and not _PLAIN.match(mantissa):
        return 0
    parts = re.split("[.,]", mantissa)
    return len(parts[-1]) if len(parts) > 1 else 0


def as_float(value: str, decimal_char: str | None, group_char: str | None) -> float | None:
    """Return the number, or None where the value does not follow the column's writing."""
    value = sign_first(sign_first(value, "trailing"), "parentheses")
    text = value.replace(group_char, "") if group_char else value
    if decimal_char and decimal_char != ".":
        text = text.replace(decimal_char, ".")
    try:
        return float(text)
    except ValueError:
        return None


def is_unkept(text: str) -> bool:
    """Tell whether a program printed this for a number that is none, or beyond all."""
    return _SPECIAL.match(text) is not None


def most_decimals(values: Iterable[str]) -> int:
    """Return how many digits stand behind the point at most, in numbers as programs print them."""
    most = 0
    for value in values:
        whole, _, power = value.lower().partition("e")
        digits = len(whole.partition(".")[2])
        try:
            most = max(most, digits - int(power or "0"))
        except ValueError:
            continue
    return most
