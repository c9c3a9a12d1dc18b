"""Read the rows that a feed's own files brought for a day, as its configuration says they are written."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_source import SourceKind
from domain.errors import NotFound
from runtime.held_files import names_in
from runtime.wiring.comparing.compared_sides import Wanted
from runtime.wiring.comparing.configured_cells import DayFile
from runtime.wiring.comparing.confined_files import cells_in_child
from runtime.wiring.comparing.file_days import tells
from runtime.wiring.comparing.source_folders import SourceFolders
from runtime.wiring.comparing.trailers import closing_records
from runtime.wiring.comparing.typed_cells import typed
from runtime.wiring.stores import Stores

if TYPE_CHECKING:
    import pandas as pd

_MOST_DELIVERIES = 20
_LOOKED_INTO = 3


class ConfiguredFiles:
    """Finds the files of a day in the configured folder, or among the deliveries that were kept."""

    def __init__(self, config: FeedConfig, stores: Stores, folders: SourceFolders) -> None:
        self._config = config
        self._stores = stores
        self._folders = folders

    def rows(self, wanted: Wanted) -> "pd.DataFrame":
        """Return the rows of a day under their names in the tables; raises `NotFound` without a file."""
        import pandas as pd

        found = [self._named(self.cells(file)) for file in self.of_day(wanted)]
        return self._of_day(pd.concat(found, ignore_index=True), wanted)

    def of_day(self, wanted: Wanted) -> list[DayFile]:
        """Return the files of a day; raises `NotFound` without one."""
        found = list(self.of_folder(wanted.day)) or list(self._of_deliveries(wanted))
        if not found:
            raise NotFound(
                f"no file of {self._config.feed} for {wanted.day}",
                say=f"I have no file of {self._config.feed} for {wanted.day}.",
                next_step="It must lie in the folder of the configuration, its name telling the day, or have"
                " been delivered to me. A link that leads out of the folder is none of its files.",
            )
        return found

    def of_folder(self, day: str = "") -> Iterator[DayFile]:
        """Yield the files of the configured folder, all of them or those whose names tell a day."""
        source = self._config.source
        pattern, signal = source.file_pattern or "*", source.signal_pattern or ""
        for file in self._in_folder():
            is_ours = fnmatch(file.name, pattern) and not (signal and fnmatch(file.name, signal))
            if is_ours and (not day or tells(file.name, day)):
                yield file

    def manifests(self, day: str) -> list[DayFile]:
        """Return the manifests of a day; one whose name tells no day is the newest of all."""
        pattern = self._config.source.signal_pattern or ""
        found = [file for file in self._in_folder() if fnmatch(file.name, pattern)]
        named = [one for one in found if tells(one.name, day)]
        return named or [one for one in found if not re.search(r"\d{6}|\d{4}[-_]\d\d", one.name)]

    def _in_folder(self) -> Iterator[DayFile]:
        source = self._config.source
        if source.kind is not SourceKind.DIRECTORY or not source.location:
            return
        folder = self._folders.checked(source.location)
        for name, is_link in names_in(folder).items():
            path = folder / name
            if is_link:
                # Whoever may put files there could link to any file of ours.
                path = _target(path)
                if not path.is_relative_to(folder) or not path.is_file():
                    continue
            yield DayFile(name, path, is_others=True)

    def _of_deliveries(self, wanted: Wanted) -> Iterator[DayFile]:
        """Yield the newest delivery of the day: by its name, or by the days of its rows."""
        with self._stores.transactions.reading() as uow:
            kept = [uow.errands.get(one) for one in uow.quality.released(self._config.feed, _MOST_DELIVERIES)]
        held = [one for one in kept[::-1] if one.blob is not None]
        named = [one for one in held if tells(one.file_name, wanted.day)]
        for errand in named[:1] or (held[:_LOOKED_INTO] if wanted.date_column else ()):
            if errand.blob is None:
                continue
            try:
                file = DayFile(errand.file_name, self._stores.blobs.path(errand.blob))
                if named or len(self._of_day(self._named(self.cells(file)), wanted)):
                    yield file
                    return
            except NotFound:
                continue

    def _of_day(self, rows: "pd.DataFrame", wanted: Wanted) -> "pd.DataFrame":
        if wanted.date_column in rows:
            rows = rows[rows[wanted.date_column].astype(str).str[:10] == wanted.day]
        return rows[[name for name in wanted.names if name in rows]].reset_index(drop=True)

    def cells(self, file: DayFile) -> "pd.DataFrame":
        """Return the cells of a file as they stand there, without its trailer; raises `BadInput`."""
        with file.opened() as path:
            return cells_in_child(path, file.name, self._config)

    def closing(self, file: DayFile) -> list[list[str]]:
        """Return the records that close a delimited file, as far as they are no rows."""
        with file.opened() as path:
            return closing_records(path, self._config)

    def _named(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        """Return cells under their names in the tables, typed as a database gives them."""
        import pandas as pd

        found = {
            column.name: typed(rows[column.source], column)
            for column in self._config.columns
            if column.source in rows
        }
        return pd.DataFrame(found)


def _target(link: Path) -> Path:
    """Return what a link leads to, itself where it leads round in a circle."""
    try:
        return link.resolve()
    except (RuntimeError, OSError):
        return link
