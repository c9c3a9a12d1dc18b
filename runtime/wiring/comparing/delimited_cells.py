"""Read a delimited file as its configuration says, under the names that the configuration knows."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config_gen.samples.edges import has_second_header
from config_gen.samples.parsed import unique_names
from config_gen.types.unit_words import is_unit
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput
from runtime.wiring.comparing.trailers import closing_records, without_last

if TYPE_CHECKING:
    import pandas as pd

_LOOKED_AT = 40
"""Records, of which the first is none where the others are of other kinds."""
_FEW = 4
"""Records that do not tell of what kind a column is."""
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})


def delimited_cells(
    path: Path, config: FeedConfig, *, missing: tuple[str, ...] = (), lenient: bool
) -> "pd.DataFrame":
    """Return the cells of the records as text, without what stands above and below them.

    Args:
        path: The file.
        config: What says how it is written.
        missing: Texts that become missing values; none when left out.
        lenient: Whether a record of too many cells is passed over, in place of a `ParserError`.

    Raises:
        BadInput: The configuration names no delimiter.
    """
    import pandas as pd

    dialect = config.format.delimited
    if dialect is None:
        raise BadInput("no dialect", say=f"The configuration of {config.feed} names no delimiter.")
    plainly = len(dialect.delimiter) == 1
    how: dict[str, Any] = {
        "sep": dialect.delimiter if plainly else re.escape(dialect.delimiter),
        "engine": "c" if plainly else "python",
        "quotechar": dialect.quote or '"',
        "escapechar": dialect.escape,
        "doublequote": dialect.double_quote,
        "skipinitialspace": dialect.skip_initial_space,
        "header": None,
        "encoding": config.format.encoding or "utf-8",
        "encoding_errors": "replace",
        "dtype": str,
        "keep_default_na": False,
    }
    names = [column.source for column in config.columns]
    if dialect.header:
        head = pd.read_csv(path, skiprows=dialect.preamble_rows, nrows=1, **how)
        names = unique_names([str(cell) for cell in head.iloc[0]], head.shape[1])
    else:
        try:
            width = pd.read_csv(path, skiprows=dialect.preamble_rows, nrows=1, **how).shape[1]
        except pd.errors.EmptyDataError:
            width = 0
        # A cell more than was agreed is named, too: pandas would leave it out without a word.
        names = unique_names(names, max(len(names), width))
    closing = len(closing_records(path, config))
    above = dialect.preamble_rows + bool(dialect.header)
    if dialect.below_header_rows:
        looks = how | {"nrows": _LOOKED_AT, "on_bad_lines": "skip"}
        first = pd.read_csv(path, skiprows=above, names=names, index_col=False, **looks)
        # A file without its units has a record there, and it counts.
        above += dialect.below_header_rows if _begins_with_units(first.fillna(""), config) else 0
    cells = pd.read_csv(
        without_last(path, closing) if closing else path,
        skiprows=above,
        names=names,
        index_col=False,
        na_values=list(missing),
        on_bad_lines="skip" if lenient else "error",
        **how,
    )
    agreed = {column.source for column in config.columns}
    # A delimiter at the end of every record makes a column that nobody named and nothing fills.
    kept = [name for name in cells if name in agreed or not _is_nothing(str(name), cells[name])]
    return pd.DataFrame(cells[kept])


def _begins_with_units(first: "pd.DataFrame", config: FeedConfig) -> bool:
    """Tell whether the first record holds units; where few follow, by its cells of agreed numbers alone."""
    rows = first.values.tolist()
    if has_second_header(rows) or not rows:
        return bool(rows)
    numbers = {column.source for column in config.columns if column.type in _NUMBERS}
    cells = [str(cell).strip() for name, cell in zip(first, rows[0], strict=True) if name in numbers]
    told = [cell for cell in cells if cell]
    few = len(rows) <= _FEW
    return few and any(map(is_unit, told)) and all(is_unit(c) or not any(map(str.isdigit, c)) for c in told)


def _is_nothing(name: str, cells: "pd.Series[str]") -> bool:
    return re.fullmatch(r"column_\d+", name) is not None and not cells.fillna("").str.strip().any()
