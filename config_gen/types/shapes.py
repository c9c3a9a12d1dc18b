"""Group a column's values by shape, every digit read as 0: a long column has few shapes.

One translation of the joined values does the work, so that a hundred thousand numbers cost as much
as a few hundred regular expressions.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from config_gen.types.tallies import Tally, shapes_in

_DIGITS = str.maketrans("123456789", "000000000")
_PARTING = "\x1e"


def shapes_of(counts: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """Return for each shape how many values have it, and one that does."""
    if isinstance(counts, Tally) and (shapes := shapes_in(counts)) is not None:
        return shapes
    joined = _PARTING.join(counts)
    shaped = joined.translate(_DIGITS).split(_PARTING)
    if len(shaped) != len(counts):  # a value holds the parting character itself
        shaped = [value.translate(_DIGITS) for value in counts]
    examples = dict(zip(shaped, counts, strict=True))
    if max(counts.values(), default=1) == 1:
        grouped: Mapping[str, int] = Counter(shaped)
    else:
        sums: dict[str, int] = defaultdict(int)
        for shape, times in zip(shaped, counts.values(), strict=True):
            sums[shape] += times
        grouped = sums
    return {shape: (times, examples[shape]) for shape, times in grouped.items()}
