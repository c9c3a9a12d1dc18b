"""Part fields of fixed-width records that nothing parts: codes beside codes, numbers beside numbers.

Short codes are found by what is shorter to write down, the list of all pairs that occur or the two lists they
are made of (minimum description length, Rissanen 1978); numbers by the zeros with which the next one begins.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

_FEWEST_LINES = 20
_LONGEST_RUN = 16
_MOST_CODES = 12
_BITS_A_LETTER = math.log2(26)
_BUSY, _ALIVE = 2.0, 1.0
"""Bits that the last digit of a number varies by, and that some digit of the next one must."""
_ZEROS = 0.9
_SHORTEST_NUMBERS = 8
_CODE_LENGTH = 20
_MOMENT = re.compile(
    r"(?:19[5-9]|20\d)\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?)?"
)
"""What happens at night has a zero where its time begins."""


def parted(starts: Sequence[int], lines: Sequence[str], width: int) -> list[int]:
    """Return where fields begin, with runs of letters and of digits parted where they hold several."""
    if len(lines) < _FEWEST_LINES:
        return list(starts)
    found: list[int] = []
    for begin, end in zip(starts, [*starts[1:], width], strict=True):
        found.append(begin)
        cells = [line[begin:end].rstrip() for line in lines]
        if all(cell[:1].isdecimal() for cell in cells):
            cells = [cell.rstrip("+-") for cell in cells]  # where only some numbers have a sign
        length = len(cells[0])
        if len({len(cell) for cell in cells}) > 1:
            continue
        if 1 < length <= _LONGEST_RUN and all(cell.isalpha() for cell in cells):
            found += [begin + at for at in _codes(cells)]
        elif all(map(_MOMENT.fullmatch, cells)):
            continue
        elif length >= _SHORTEST_NUMBERS and all(cell[:-1].isdecimal() for cell in cells):
            found += [begin + at for at in _numbers([cell[:-1] for cell in cells])]  # a sign may end it
    return found


def is_list_of_codes(lines: Sequence[str]) -> bool:
    """Tell whether every line is one code, such as an ISIN: letters first, alike in all, and digits."""
    cells = [line.strip() for line in lines]
    if not all(cell.isalnum() and cell.isascii() and len(cell) <= _CODE_LENGTH for cell in cells):
        return False
    leads = {cell.rstrip("0123456789") for cell in cells}
    return len(set(cells)) == len(cells) and len(leads) <= 3 and all(0 < len(lead) <= 4 for lead in leads)


def _codes(cells: Sequence[str]) -> list[int]:
    """Return where inside runs of letters another code begins."""
    length = len(cells[0])

    @cache
    def bits(begin: int, end: int) -> float:
        counts = Counter(cell[begin:end] for cell in cells)
        if len(counts) > _MOST_CODES and (begin, end) != (0, length):
            return math.inf
        return _bits(counts) + len(counts) * (end - begin) * _BITS_A_LETTER

    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for end in range(1, length + 1):
        ways = [
            (best[begin][0] + bits(begin, end), [*best[begin][1], begin] if begin else best[begin][1])
            for begin in range(end)
        ]
        best.append(min(ways, key=lambda way: (round(way[0], 6), len(way[1]))))
    return best[length][1]


def _bits(counts: Counter[str]) -> float:
    total = counts.total()
    return -sum(times * math.log2(times / total) for times in counts.values())


def _numbers(cells: Sequence[str]) -> list[int]:
    """Return where inside runs of digits another number begins: with zeros, after a digit that varies."""
    length = len(cells[0])
    columns = [Counter(cell[at] for cell in cells) for at in range(length)]
    varies = [_bits(column) / len(cells) for column in columns]
    return [
        at
        for at in range(2, length - 1)
        if varies[at - 1] >= _BUSY
        and columns[at]["0"] >= _ZEROS * len(cells)
        and max(varies[at + 1 :]) >= _ALIVE
    ]
