"""What a rule is for what a column is about: words in its name, and a test of its values.

A label needs both a fitting name and mostly fitting values, or values so particular (check digits,
addresses, UUIDs) that they speak alone: `alone` is the share of values that is enough without a name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from domain.text.redaction import holds_key

ValueTest = Callable[[str], bool]


@dataclass(frozen=True)
class Rule:
    """One label: `words` match the name, `test` the values; `named` is the share needed with the name."""

    label: str
    words: re.Pattern[str]
    test: ValueTest
    named: float = 0.8
    alone: float | None = None
    alone_distinct: int = 1
    verified: bool = False
    personal: bool = False
    not_words: re.Pattern[str] | None = None


def words_like(pattern: str) -> re.Pattern[str]:
    """Return a test for a name, given as lower-case words parted by blanks."""
    return re.compile(rf"(?:^| )(?:{pattern})(?: |$)")


def values_like(pattern: str, flags: int = 0) -> ValueTest:
    """Return a test for whole values."""
    compiled = re.compile(rf"(?:{pattern})$", flags)
    return lambda value: compiled.match(value) is not None


def number_between(low: float, high: float) -> ValueTest:
    """Return a test for numbers in a range, both ends included."""

    def test(value: str) -> bool:
        try:
            return low <= float(value.replace(",", ".")) <= high
        except ValueError:
            return False

    return test


def holds_a_key(value: str) -> bool:
    """Tell whether a value holds what looks like a key, by the shapes that services give theirs."""
    return holds_key(value)


ANY_TEXT = values_like(r"(?=.*[^\W\d_]).{1,120}")
_LEGAL = re.compile(
    r"\b(?:inc|corp|corporation|co|company|ltd|limited|llc|llp|plc|ag|gmbh|kg|se|sa|s\.a|spa"
    r"|s\.p\.a|srl|nv|n\.v|bv|b\.v|ab|oyj|asa|as|a/s|aps|oy|holdings?|group|trust|fund|etf"
    r"|bank|bancorp|pty|kk|sarl|sas|publ|brewing|brewery|partners|industries|international"
    r"|technologies|pharmaceuticals|energy|capital|solutions|services|systems|associates)\b",
    re.IGNORECASE,
)


def looks_like_company(value: str) -> bool:
    """Tell whether a name carries a legal form or a usual word of companies."""
    return _LEGAL.search(value) is not None
