"""Read the rows of a delivered file, by the suffix of its name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import BadInput
from runtime.wiring.comparing.trailers import without_last

if TYPE_CHECKING:
    import pandas as pd

LARGEST_BYTES = 500_000_000
_AS_WRITTEN: "dict[str, Any]" = {"dtype": str, "keep_default_na": False, "na_values": [""]}


def read_rows(path: Path, name: str, closing: int = 0, *, as_written: bool = False) -> "pd.DataFrame":
    """Return the rows without the last records that are none; raises `BadInput` for what can't be read.

    With `as_written` cells of text files stay text, whatever they look like; only empty ones are missing.
    """
    import pandas as pd

    if path.stat().st_size > LARGEST_BYTES:
        raise BadInput("delivery too large", say="That delivery is larger than 500 MB.")
    kind = Path(name).suffix.casefold()
    try:
        if kind == ".parquet":
            return pd.read_parquet(path)
        if kind in (".jsonl", ".ndjson"):
            if as_written:
                return pd.read_json(path, lines=True, dtype=False, convert_dates=False)
            return pd.read_json(path, lines=True)
        if kind in (".csv", ".txt", ".tsv"):
            rows = without_last(path, closing) if closing else path
            how = _AS_WRITTEN if as_written else {}
            read: pd.DataFrame = pd.read_csv(
                rows, sep=None, engine="python", encoding_errors="replace", **how
            )
            return read
    except (ValueError, pd.errors.ParserError) as error:
        memory_was_short(error)
        raise BadInput(
            f"delivery: {type(error).__name__}", say="I can't read the rows of that file."
        ) from error
    raise BadInput(f"suffix {kind}", say="I score CSV, Parquet and JSON lines.")


def memory_was_short(error: Exception) -> None:
    """Raise `MemoryError` for what pandas' own reader of text says then: it is not the file that is wrong."""
    if "out of memory" in str(error):
        raise MemoryError(str(error)) from error
