"""Read the cells of a file as its feed's configuration says it is written."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_source import FormatKind
from domain.errors import BadInput
from runtime.held_files import held
from runtime.wiring.comparing.delimited_cells import delimited_cells
from runtime.wiring.comparing.delivered_rows import LARGEST_BYTES, memory_was_short
from runtime.wiring.comparing.trailers import closing_records

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DayFile:
    """A file of a day: its name, where its bytes are, and whether others may put something else there."""

    name: str
    path: Path
    is_others: bool = False

    @contextlib.contextmanager
    def opened(self) -> Iterator[Path]:
        """Yield where to read it; raises `NotFound` where something else took its place."""
        with held(self.path) if self.is_others else contextlib.nullcontext(self.path) as path:
            yield path


class FileCells:
    """Reads files that are handed in, in this process: only where that is the child of a file."""

    def __init__(self, config: FeedConfig) -> None:
        self._config = config

    def cells(self, file: DayFile) -> "pd.DataFrame":
        """Return the cells of a file as they stand there, without its trailer; raises `BadInput`."""
        with file.opened() as path:
            return cells_of(path, self._config)

    def closing(self, file: DayFile) -> list[list[str]]:
        """Return the records that close a delimited file, as far as they are no rows."""
        with file.opened() as path:
            return closing_records(path, self._config)


def cells_of(path: Path, config: FeedConfig) -> "pd.DataFrame":
    """Return the cells of a file as they stand there, without its trailer; raises `BadInput`."""
    import pandas as pd

    if path.stat().st_size > LARGEST_BYTES:
        raise BadInput("file too large", say=f"A file of {config.feed} is larger than 500 MB.")
    told = config.format
    try:
        if told.kind is FormatKind.PARQUET:
            return pd.read_parquet(path)
        if told.kind is FormatKind.NDJSON:
            return pd.read_json(path, lines=True, dtype=False, convert_dates=False)
        return delimited_cells(path, config, missing=("", *told.null_values), lenient=False)
    except (ValueError, pd.errors.ParserError) as error:
        memory_was_short(error)
        raise BadInput(
            f"file of {config.feed}: {type(error).__name__}",
            say=f"A file of {config.feed} is not written as its configuration says.",
        ) from error
