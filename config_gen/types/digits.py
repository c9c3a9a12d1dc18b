"""Read digits of other scripts as 0 to 9: Arabic, Persian, Devanagari, full-width and others."""

import re
from collections.abc import Mapping
from itertools import islice

_DIGITS = re.compile(r"\d+")
_GLANCE = 20
_MARKS = {"\u066b": ".", "\u066c": ","}
"""The Arabic decimal and thousands separators."""


def plain_digits(text: str) -> str:
    """Return a text with its digits as 0 to 9, and with the marks between them that go with these.

    A number of two scripts stays: the 4 of Bengali looks like an 8 of ours, and nobody writes both in one.
    """
    if text.isascii() or any(map(_is_mixed, _DIGITS.findall(text))):
        return text
    return "".join(str(int(char)) if char.isdecimal() else _MARKS.get(char, char) for char in text)


def _is_mixed(digits: str) -> bool:
    return len({ord(digit) - int(digit) for digit in digits}) > 1


def in_plain_digits(counts: Mapping[str, int]) -> dict[str, int] | None:
    """Return a column's values with digits as 0 to 9; None where they are so, or none are among the first."""
    if not any(plain_digits(value) != value for value in islice(counts, _GLANCE)):
        return None
    plain: dict[str, int] = {}
    for value, times in counts.items():
        bare = plain_digits(value)
        plain[bare] = plain.get(bare, 0) + times
    return plain
