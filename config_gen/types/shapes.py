"""Group a column's values by shape, every digit read as 0: a long column has few shapes.

One translation of the joined values does the work, so that a hundred thousand numbers cost as much
as a few hundred regular expressions.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

_DIGITS = str.maketrans("123456789", "000000000")
_PARTING = "\x1e"


def shapes_of(counts: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """Return for each shape how many values have it, and one that does."""
    joined = _PARTING.join(counts)
    shapes = joined.translate(_DIGITS).split(_PARTING)
    if len(shapes) != len(counts):  # a value holds the parting character itself
        shapes = [value.translate(_DIGITS) for value in counts]
    examples = dict(zip(shapes, counts, strict=True))
    if max(counts.values(), default=1) == 1:
        grouped: Mapping[str, int] = Counter(shapes)
    else:
        sums: dict[str, int] = defaultdict(int)
        for shape, times in zip(shapes, counts.values(), strict=True):
            sums[shape] += times
        grouped = sums
    return {shape: (times, examples[shape]) for shape, times in grouped.items()}
