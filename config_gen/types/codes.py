"""Tell codes made of digits from numbers: by leading zeros, check digits, length and name."""

import re
from collections import Counter
from collections.abc import Callable, Mapping

from config_gen.types.names import code_lengths, says_code, says_identifier, says_label, says_moment, words_of

_WHOLE_DIGITS = 15
_FINE_EPOCHS = {16: 1_000_000, 19: 1_000_000_000}
"""Digits of today's moments, counted in so many parts of a second."""
_YEAR_1990, _YEAR_2100 = 631_152_000, 4_102_444_800
_ENOUGH_LABELS = 100
_LONG = 8
_OF_ITS_LENGTH = 0.9


def code_reason(counts: Mapping[str, int], name: str) -> str | None:
    """Return why these digits are a code and no number, or None where they may be counted with.

    Args:
        counts: Distinct values, most of them whole numbers, with how often each occurs.
        name: The column's header, empty where there is none.
    """
    values = list(counts)[:5000]
    digits = [value for value in values if value.isdigit()]
    if values and all(len(value) > _LONG and value[0] == "+" for value in values):
        return f"all begin with a plus, as “{values[0]}” does: no program signs its numbers so"
    if not digits:
        return None
    zeros = [value for value in digits if len(value) > 1 and value[0] == "0" and value.strip("0")]
    if zeros and not any(value.startswith(("-", "+")) or "." in value for value in values):
        return f"“{zeros[0]}” begins with a zero"
    longest = max(len(value) for value in digits)
    if longest in _FINE_EPOCHS and says_moment(name) and _counts_from_1970(digits, _FINE_EPOCHS[longest]):
        return None
    if longest > _WHOLE_DIGITS:
        return f"up to {longest} digits are more than a number keeps"
    same_length = len({len(value) for value in digits}) == 1
    if says_code(name):
        return f"the name “{name[:60]}” speaks of a code"
    lengths = code_lengths(name)
    if lengths and _share(digits, lambda value: len(value) in lengths) >= _OF_ITS_LENGTH:
        return f"“{name[:60]}” is a numbering of {lengths[0]} digits"
    if says_label(name):
        return f"“{name[:60]}” is a name"
    if same_length and len(digits) >= 5 and longest >= 8 and (check := _check_digit(digits)):
        return f"the last digit is a {check} check digit"
    if "source" in words_of(name) and "value" in words_of(name):
        return "the name speaks of a code as the source wrote it"
    if longest >= 9 and same_length and says_identifier(name):
        return f"identifiers of always {longest} digits are labels"
    if same_length and len(digits) >= 20 and not _counts_seconds(digits):
        spread = len({value[0] for value in digits}) >= 4
        if longest >= 12 or (longest >= 9 and spread and not name and len(digits) == sum(counts.values())):
            return f"always {longest} digits, as labels have"
    if not name and len(digits) == len(values) == sum(counts.values()) and _drawn_at_random(digits, longest):
        return f"{len(digits):,} different numbers of about {longest} digits, spread as labels are"
    return None


def _counts_from_1970(digits: list[str], per_second: int) -> bool:
    """Tell whether these count parts of a second up to a moment between 1990 and 2100."""
    return all(_YEAR_1990 <= int(value) // per_second < _YEAR_2100 for value in digits)


def _drawn_at_random(digits: list[str], longest: int) -> bool:
    """Tell whether leading digits are spread evenly; those of amounts favour 1 (Benford, 1938)."""
    if len(digits) < _ENOUGH_LABELS or longest < _LONG:
        return False
    # Of numbers drawn evenly below a power of ten, nine in ten have all the digits.
    if sum(len(value) == longest for value in digits) < 0.8 * len(digits):
        return False
    if _counts_seconds(digits):
        return False
    lead = Counter(value[0] for value in digits)
    return len(lead) == 9 and max(lead.values()) <= 0.25 * len(digits) and "0" not in lead


def _counts_seconds(digits: list[str]) -> bool:
    """Tell whether these may be Unix times, in seconds or finer."""
    return len(digits[0]) in (10, 13, 16, 19) and all(value[0] in "12" for value in digits)


def _check_digit(values: list[str]) -> str | None:
    sample = values[:400]
    length = len(sample[0])
    if length in (8, 12, 13, 14, 18) and _share(sample, _gs1) >= 0.95:
        return "GS1"
    if length in (9, 14, 15, 16) and _share(sample, luhn) >= 0.95:
        return "Luhn"
    return None


def _share(values: list[str], test: Callable[[str], bool]) -> float:
    return sum(1 for value in values if test(value)) / len(values)


def luhn(value: str) -> bool:
    """Tell whether the digits pass the Luhn check (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(re.sub(r"[ -]", "", value))):
        digit = ord(char) - 48
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def _gs1(value: str) -> bool:
    total = sum((ord(char) - 48) * (3 if place % 2 else 1) for place, char in enumerate(reversed(value)))
    return total % 10 == 0
