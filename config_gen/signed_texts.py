"""Say it where amounts have their sign in a letter behind them, which makes texts of numbers."""

import re
from collections.abc import Collection, Mapping

from domain.configuration.profiles import ColumnProfile, ColumnType, bounded

_OVERPUNCHED = re.compile(r"\d{1,30}[{}A-R]")
_SIDED = re.compile(
    r"\d[\d.,']{0,30} ?(?:(?<=[.,]\d\d)|(?<=[.,]\d\d )|(?=[CD]R))(CR|DR|C|D|S|H)\.?", re.IGNORECASE
)
"""A single letter behind a whole number is a seat, a flat or a degree."""
_SIDES = ({"CR", "DR"}, {"C", "D"}, {"S", "H"})
_FEWEST, _FEWEST_LETTERS = 6, 4


def signed_text(column: ColumnProfile, counts: Mapping[str, int]) -> str:
    """Return how the signs in a column of texts are written, and what to ask for; empty where it has none."""
    if column.type is not ColumnType.STRING or column.meaning is not None or len(counts) < _FEWEST:
        return ""
    name = bounded(column.name, 60)
    if _is_overpunched(counts):
        return (
            f"{name}: numbers of COBOL whose last letter holds a digit and the sign (overpunch), such as"
            f" “{bounded(next(iter(counts)), 30)}”; kept as text. Have them written with a sign of their own."
        )
    sides = [side[1].upper() for value in counts if (side := _SIDED.fullmatch(value)) is not None]
    if len(sides) == len(counts) and set(sides) in _SIDES:
        both = " and ".join(sorted(set(sides)))
        return (
            f"{name}: {both} behind each amount say to which side it is booked, so it is kept as text. Have"
            " them in a column of their own, or written as a sign."
        )
    return ""


def _is_overpunched(values: Collection[str]) -> bool:
    """Tell digits with the sign in the last: a nought is written as a brace there, as in no other code."""
    if not all(map(_OVERPUNCHED.fullmatch, values)):
        return False
    last = {value[-1] for value in values}
    return bool(last & set("{}")) and len(last) >= _FEWEST_LETTERS
