"""Read numbers as people and programs write them: signs, grouping, decimal comma or point, percent, money."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_INTEGER = re.compile(r"[+-]?\d+$")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?$")
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$")
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$")
_GROUPED_BLANK = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d*)?$")
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)$", re.IGNORECASE)
_DRESS = re.compile(
    r"^\(?([+-]?)(?:[$€£¥₹]|USD|EUR|GBP|CHF|JPY)? ?([+-]?[\d.,'’ \u00a0\u202f]*\d[\d.,]*)(?: ?(?:[%‰$€£¥₹]|USD|EUR|GBP|CHF|JPY))?\)?$"
)


_SHAPES_TRIED = 400
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


def read_numbers(shapes: Mapping[str, tuple[int, str]]) -> NumberReading | None:
    """Return how these values read as numbers, or None where no single reading fits any of them.

    Args:
        shapes: The column's shapes with how many values have each, and an example.

    Returns:
        The reading that most values agree with; `agree` counts occurrences.
    """
    counts = dict.fromkeys(
        ("int", "plain", "comma", "gpoint", "gcomma", "gblank", "dressed", "special", "fraction"), 0
    )
    decimals, ambiguous, group = 0, None, None
    hits = 0
    for seen, (shape, (times, example)) in enumerate(shapes.items()):
        if seen == _SHAPES_TRIED and hits < seen // 2:
            return None
        way = _way(shape)
        if way is None:
            continue
        hits += 1
        counts[way] += times
        if way in ("plain", "comma"):
            decimals = max(decimals, _digits_after(shape))
            if ambiguous is None and re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", example):
                ambiguous = example
        elif way == "gpoint" and "." in shape:
            counts["fraction"] += times
            decimals = max(decimals, len(shape) - shape.index(".") - 1)
        elif way == "gblank":
            group = next(char for char in shape if char in _GROUP_MARKS)
    return _choose(counts, decimals, ambiguous, group)


def _way(value: str) -> str | None:
    if _INTEGER.match(value):
        return "int"
    if _PLAIN.match(value):
        return "plain"
    if _GROUPED_POINT.match(value) and (value.count(",") > 1 or "." in value):
        return "gpoint"
    if _COMMA.match(value):
        return "comma"
    if _GROUPED_POINT.match(value):
        return "gpoint"
    if _GROUPED_COMMA.match(value):
        return "gcomma"
    if _GROUPED_BLANK.match(value):
        return "gblank"
    if _SPECIAL.match(value):
        return "special"
    return "dressed" if _DRESS.match(value) else None


def _choose(
    counts: dict[str, int], decimals: int, ambiguous: str | None, group: str | None
) -> NumberReading | None:
    plain = counts["int"] + counts["plain"] + counts["special"]
    point = plain + counts["gpoint"]  # "fraction" counts a part of these
    comma = counts["int"] + counts["comma"] + counts["gcomma"] + counts["special"]
    blank = plain + counts["gblank"]
    best = max(point, comma, blank)
    if best == 0 and not counts["dressed"]:
        return None
    if counts["dressed"] > best:
        return NumberReading(False, ".", None, decimals, counts["dressed"] + point, dressed=True)
    if best == point:
        # 1,234 alone reads as grouped thousands; a point or another group elsewhere proves it.
        whole = counts["plain"] == 0 and counts["special"] == 0 and counts["fraction"] == 0
        grouped = counts["gpoint"] > 0
        return NumberReading(
            whole and decimals == 0,
            "." if not whole else None,
            "," if grouped else None,
            decimals,
            point,
            ambiguous=None,
        )
    if best == blank:
        return NumberReading(counts["plain"] == 0, ".", group, decimals, blank)
    only_groups_of_three = (
        counts["comma"] > 0 and decimals == 3 and ambiguous is not None and counts["gcomma"] == 0
    )
    return NumberReading(
        counts["comma"] == 0 and counts["gcomma"] > 0,
        ",",
        "." if counts["gcomma"] else None,
        decimals,
        comma,
        ambiguous=ambiguous if only_groups_of_three else None,
    )


def _digits_after(value: str) -> int:
    mantissa = re.split("[eE]", value)[0]
    parts = re.split("[.,]", mantissa)
    return len(parts[-1]) if len(parts) > 1 else 0


def as_float(value: str, decimal_char: str | None, group_char: str | None) -> float | None:
    """Return the number, or None where the value does not follow the column's writing."""
    text = value.replace(group_char, "") if group_char else value
    if decimal_char and decimal_char != ".":
        text = text.replace(decimal_char, ".")
    try:
        return float(text)
    except ValueError:
        return None
