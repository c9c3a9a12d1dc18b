"""Numbers in a model's words: each has to be one that was measured, perhaps rounded or in another unit."""

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w]*\d)")
_SMALL = 10
"""Up to here people count things, such as two services of three."""
_SCALES = (1.0, 100.0, 1_000.0, 0.001, 60.0, 1 / 60)
"""Percent, milliseconds and seconds, seconds and minutes."""


def numbers_in(texts: Iterable[str]) -> tuple[float, ...]:
    """Return the numbers that texts hold."""
    return tuple({_value(found) for text in texts for found in _NUMBER.findall(text)})


def made_up(text: str, measured: Iterable[float]) -> str:
    """Return the first number of a text that no measured one comes to, empty when there is none."""
    known = tuple(measured)
    for said in _NUMBER.findall(text):
        value, places = _value(said), len(said.partition(".")[2])
        if value <= _SMALL and not places:
            continue
        if not any(_is_rounded(value, places, one * scale) for one in known for scale in _SCALES):
            return str(said)
    return ""


def _is_rounded(value: float, places: int, exact: float) -> bool:
    """Return whether a number is another one rounded, to its decimals or to two leading digits."""
    if abs(value - exact) <= 0.5 * 10**-places + 1e-9:
        return True
    return abs(value - exact) <= 0.05 * abs(exact)


def _value(said: str) -> float:
    return float(said.replace(",", "").rstrip("."))
