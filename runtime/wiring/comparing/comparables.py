"""Which feeds can be compared with their source: by the setting, or as their configuration says."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from domain.configuration.feed_config import FeedConfig
from domain.data_quality.reconciling import Comparable
from domain.errors import DogwatchError, OutsideTrouble
from domain.ids import FeedName
from runtime.settings.house import Settings
from runtime.wiring.comparing.compared_sides import CONFIGURED
from runtime.wiring.comparing.configured_tables import comparable_of
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.source_folders import SourceFolders
from runtime.wiring.stores import Stores

log = logging.getLogger("dogwatch.reconciling")

_DAYS_BACK = "days_back"
_READ_AT_ONCE = 25
_UNKNOWN = "Set its tables in watch.reconciliations, or checks under `reconciliation` in its configuration."


class KnownTables:
    """Implements `Comparables`; a configuration is read again when another commit is merged."""

    def __init__(self, settings: Settings, stores: Stores, *, at_once: int = _READ_AT_ONCE) -> None:
        self._settings = settings
        self._stores = stores
        self._at_once = at_once
        self._doors = DatabaseDoors(settings)
        self._folders = SourceFolders(settings)
        self._configured: dict[str, tuple[str, Comparable]] = {}
        self._delivered: set[FeedName] = set()

    def every(self) -> Sequence[Comparable]:
        """Return the feeds whose tables are named; those that lack something say what."""
        named = [self.of(feed) for feed in sorted(self._settings.watch.reconciliations)]
        configured = self._by_configuration()
        if not self._settings.watch.databases:
            # Nobody meant their tables to be compared; what files declare of themselves needs no database.
            configured = [one for one in configured if not one.lacks]
        return [*named, *configured]

    def of(self, feed: str) -> Comparable:
        """Return one feed; what it lacks is said in words, also for a feed that nobody named."""
        tables = self._settings.watch.reconciliations.get(feed)
        if tables is not None:
            return Comparable(FeedName(feed), tables, days_back=int(tables.get(_DAYS_BACK, "1")))
        return self._with_files([self._of_configuration(feed)])[0]

    def configuration(self, feed: str) -> FeedConfig | None:
        """Return a feed's agreed configuration, or None."""
        content = self._stores.shelf.read_feed(FeedName(feed))
        if content is None:
            return None
        from config_gen.documents import parse

        return parse(content)

    def _of_configuration(self, feed: str) -> Comparable:
        config = self.configuration(feed)
        if config is None:
            say = f"I don't know which tables to compare for {feed}. {_UNKNOWN}"
            return Comparable(FeedName(feed), lacks=say)
        found = comparable_of(config, self._settings.watch.databases)
        folder = found.tables.get("source_folder", "")
        objection = self._folders.objection_to(folder) if folder and not found.lacks else ""
        return replace(found, lacks=objection) if objection else found

    def shut(self) -> list[str]:
        """Return which databases of which feeds can't be opened, as far as shows without asking them."""
        found = []
        for one in (one for one in self.every() if not one.lacks):
            for side in ("source", "target", "declared"):
                url = one.tables.get(f"{side}_url", "")
                lacks = self._doors.lacks(url, one.tables.get(f"{side}_credential", "")) if url else ""
                found += [f"{one.feed}: {lacks}"] if lacks else []
        return found

    def _by_configuration(self) -> list[Comparable]:
        """Return the configured feeds, reading few at a time: a host may be far, another round comes."""
        with self._stores.transactions.reading() as uow:
            merged = {entry.name: entry.commit for entry in uow.feeds.every()}
        named = self._settings.watch.reconciliations
        fresh = [
            name
            for name, commit in merged.items()
            if name not in named and self._configured.get(name, ("",))[0] != commit
        ]
        for name in fresh[: self._at_once]:
            try:
                found = self._of_configuration(name)
            except OutsideTrouble as error:
                log.warning("the configuration of %s could not be read: %s", name, error)
                continue
            except DogwatchError as error:
                found = Comparable(FeedName(name), lacks=error.sentence())
            self._configured[name] = (merged[name], found)
        return self._with_files(
            [found for name, (_, found) in sorted(self._configured.items()) if name in merged]
        )

    def _with_files(self, known: Sequence[Comparable]) -> list[Comparable]:
        """Return feeds, lacking their files where none can be here; what was delivered once stays so."""
        asked = [one.feed for one in known if _needs_delivery(one) and one.feed not in self._delivered]
        if asked:
            with self._stores.transactions.reading() as uow:
                self._delivered |= uow.quality.delivered(asked)
        return [
            _without_files(one) if _needs_delivery(one) and one.feed not in self._delivered else one
            for one in known
        ]


def _needs_delivery(one: Comparable) -> bool:
    """Return whether its files can only be those that were delivered: there is no folder that I see."""
    folder = one.tables.get("source_folder", "")
    return not (
        one.lacks or one.tables.get("source_file") != CONFIGURED or (folder and Path(folder).is_dir())
    )


def _without_files(one: Comparable) -> Comparable:
    say = f"I see no files of {one.feed}: its folder is not on this machine, and none was delivered to me."
    return Comparable(one.feed, one.tables, say, one.days_back, one.by)
