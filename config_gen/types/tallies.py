"""Count a column's values, and group them by shape, where the cells lie outside Python's heap."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload


class ArrowCells(Sequence[str]):
    """The cells of one column, held outside Python's heap until they are asked for."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, int):
            return str(self.array[index].as_py())
        return list(self.array[index].to_pylist())

    def __iter__(self) -> Iterator[str]:
        return iter(self.array.to_pylist())

    def has_cell(self, value: str) -> bool:
        """Tell whether any cell is this text."""
        import pyarrow.compute as pc

        return bool(pc.index(self.array, value).as_py() >= 0)


class Tally(Counter[str]):
    """How often each value occurs, with the column that was counted, where all of it is kept as it stood."""

    def __init__(self, values: Iterable[str], times: Iterable[int], cells: ArrowCells | None = None) -> None:
        super().__init__()
        dict.update(self, zip(values, times, strict=True))
        self.cells = cells


def count_cells(column: Sequence[str]) -> Counter[str]:
    """Return how often each value occurs, surrounding blanks and empty cells left out."""
    if not isinstance(column, ArrowCells):
        return _stripped(Counter(column))
    found = column.array.value_counts()
    counts = Tally(found.field(0).to_pylist(), found.field(1).to_pylist(), column)
    if _has_blanks(found.field(0)):
        return _stripped(counts)
    counts.pop("", None)
    return counts


def shapes_in(tally: Tally) -> dict[str, tuple[int, str]] | None:
    """Return the shapes of a counted column, every digit read as 0, each with its number and an example."""
    if tally.cells is None or tally.total() < len(tally.cells):
        return None
    import numpy as np
    import pyarrow as pa

    array = tally.cells.array
    _, offsets, data = array.buffers()
    shaped = bytes(data).translate(bytes.maketrans(b"123456789", b"000000000"))
    same = pa.StringArray.from_buffers(len(array), offsets, pa.py_buffer(shaped), offset=array.offset)
    encoded = same.dictionary_encode()
    places = np.frombuffer(encoded.indices.buffers()[1], dtype=np.int32)[: len(array)]
    first = np.empty(len(encoded.dictionary), dtype=np.int64)
    first[places[::-1]] = np.arange(len(places) - 1, -1, -1)
    numbers = np.bincount(places, minlength=len(first)).tolist()
    # `pa.array` would load pandas, which takes longer than all else here.
    wanted = pa.Int64Array.from_buffers(pa.int64(), len(first), [None, pa.py_buffer(first.tobytes())])
    examples = array.take(wanted).to_pylist()
    return dict(zip(encoded.dictionary.to_pylist(), zip(numbers, examples, strict=True), strict=True))


def _has_blanks(values: Any) -> bool:
    """Tell whether any value begins or ends with a blank."""
    import pyarrow.compute as pc

    return bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(values), values)).as_py())


def _stripped(raw: Counter[str]) -> Counter[str]:
    bare = list(map(str.strip, raw))
    if bare == list(raw):  # what Arrow and Python call a blank differs in rare characters
        raw.pop("", None)
        return raw
    counts: Counter[str] = Counter()
    for value, times in zip(bare, raw.values(), strict=True):
        if value:
            counts[value] += times
    return counts
