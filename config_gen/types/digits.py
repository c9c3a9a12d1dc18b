"""Read digits of other scripts as 0 to 9: Arabic, Persian, Devanagari, full-width and others."""

from collections.abc import Mapping
from itertools import islice

_GLANCE = 20
_MARKS = {"\u066b": ".", "\u066c": ","}
"""The Arabic decimal and thousands separators."""


def plain_digits(text: str) -> str:
    """Return a text with its digits as 0 to 9, and with the marks between them that go with these."""
    if text.isascii():
        return text
    return "".join(str(int(char)) if char.isdecimal() else _MARKS.get(char, char) for char in text)


def in_plain_digits(counts: Mapping[str, int]) -> dict[str, int] | None:
    """Return a column's values with digits as 0 to 9; None where they are so, or none are among the first."""
    if not any(plain_digits(value) != value for value in islice(counts, _GLANCE)):
        return None
    plain: dict[str, int] = {}
    for value, times in counts.items():
        bare = plain_digits(value)
        plain[bare] = plain.get(bare, 0) + times
    return plain
