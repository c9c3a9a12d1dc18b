"""The craft behind errands: telemetry's readers and scores, the feeds' own rules, tables of two databases."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from domain.configuration.feed_config import FeedConfig
from domain.data_quality.quality import Reconciliation
from domain.data_quality.reconciling import Comparable
from domain.errands import Errand
from domain.errors import NotFound
from domain.ids import FeedName
from domain.ports.errand_work import ImportedHistory
from domain.ports.transactions import UnitOfWork
from domain.watch.feed_health import MismatchPoint, QualityPoint, ReconciliationPoint
from runtime.settings.house import Settings
from runtime.wiring.comparing.comparables import KnownTables
from runtime.wiring.comparing.configured_files import ConfiguredFiles
from runtime.wiring.comparing.configured_tables import (
    BY_CONFIGURATION,
    DECLARED,
    NOT_COMPARED,
    declared_checks,
)
from runtime.wiring.comparing.confined_files import score_in_child
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.declared_days import DeclaredDays
from runtime.wiring.comparing.delivery_scoring import ScoreAsked, fault_of
from runtime.wiring.comparing.reconciling import compare
from runtime.wiring.comparing.source_folders import SourceFolders
from runtime.wiring.history_import import HistoryImport
from runtime.wiring.stores import Stores

_EARLIER = 10
_HABIT = 3
"""So many deliveries with the same fault that people released below the bar make it usual."""


class EngineErrands:
    """Implements `ErrandWork`."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._stores = stores
        self._bar = settings.watch.quality_bar
        self._tables = KnownTables(settings, stores)
        self._doors = DatabaseDoors(settings)
        self._folders = SourceFolders(settings)

    def import_runs(
        self, path: Path, name: str, now: datetime, *, live_from: str = "", zone: str = ""
    ) -> ImportedHistory:
        """Take in a file of run history, by the suffix of its name; as news where it is live."""
        return HistoryImport(self._stores, now, live_from, zone=zone).take(path, name)

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score the rows of a file by the feed's rules and its earlier deliveries."""
        with self._stores.transactions.reading() as uow:
            runs = uow.runs.of_feed(feed, 60)
            earlier = [uow.errands.get(one) for one in self._usual(uow, feed)]
        asked = ScoreAsked(
            feed=feed,
            path=path.resolve(),
            name=name,
            now=now,
            config=self._agreed(feed),
            run_rows=tuple(run.rows_written for run in runs if run.rows_written is not None),
            earlier=tuple(file for one in earlier if (file := self._kept(one)) is not None),
        )
        return score_in_child(asked)

    def _usual(self, uow: UnitOfWork, feed: FeedName) -> list[str]:
        """Return the deliveries that tell what is usual.

        What people let pass once or twice is no habit, and different faults are none together.
        """
        released = uow.quality.released(feed, _EARLIER)
        faults = {one: found for one in released if (found := self._forced_faults(uow, one))}
        times = Counter(fault for found in faults.values() for fault in found)
        habits = {fault for fault, often in times.items() if often >= _HABIT}
        return [one for one in released if faults.get(one, set()) <= habits]

    def _forced_faults(self, uow: UnitOfWork, delivery: str) -> set[str]:
        """Return what was wrong with a delivery that people released below the bar; nothing of any other."""
        known = uow.quality.state_of(delivery)
        if known is None:
            return set()
        point = known[1]
        bar = self._bar if point.bar is None else point.bar
        if point.overall >= bar and not point.broken:
            return set()
        return {fault_of(finding) for finding in point.findings} or {""}

    def reconcile(self, feed: FeedName, business_date: str, now: datetime) -> ReconciliationPoint:
        """Compare a feed's source with its target for a day, and with what was declared."""
        from telemetry.declared_checks import joined

        known = self._tables.of(feed)
        if known.lacks:
            raise NotFound(f"no tables of {feed}", say=known.lacks)
        config = self._agreed(feed)
        of_it = config if known.by == BY_CONFIGURATION else None
        found = joined(
            self._rows_compared(known, of_it, business_date), self._declared(known, of_it, business_date)
        )
        tolerated = int(known.tables.get("tolerated_per_mille", "0")) / 1_000
        agreed = config.reconciliation if config is not None else None
        configured = agreed.on_break if agreed is not None and agreed.checks else ""
        told = {
            "tolerated": tolerated,
            "on_break": known.tables.get("on_break", configured),
            "sentence": known.tables.get(NOT_COMPARED, ""),
        }
        return comparison_point(found, business_date, now).model_copy(update=told)

    def _rows_compared(self, known: Comparable, config: FeedConfig | None, day: str) -> Reconciliation | None:
        if known.tables.get(DECLARED) and "key" not in known.tables:
            return None
        rows = ConfiguredFiles(config, self._stores, self._folders).rows if config is not None else None
        return compare(known.tables, day, self._doors, rows)

    def _declared(self, known: Comparable, config: FeedConfig | None, day: str) -> Reconciliation | None:
        if config is None or not known.tables.get(DECLARED):
            return None
        table = {
            name.removeprefix("declared_"): told
            for name, told in known.tables.items()
            if name.startswith("declared_")
        }
        files = ConfiguredFiles(config, self._stores, self._folders)
        counts = DeclaredDays(config, files, self._doors, table)
        return counts.compare(declared_checks(config, known.tables), day)

    def _agreed(self, feed: FeedName) -> FeedConfig | None:
        return self._tables.configuration(feed)

    def _kept(self, errand: Errand) -> tuple[Path, str] | None:
        """Return where an earlier delivery lies, and its name; None for one that is gone."""
        if errand.blob is None:
            return None
        try:
            return self._stores.blobs.path(errand.blob).resolve(), errand.file_name
        except NotFound:
            return None


def comparison_point(found: Reconciliation, business_date: str, now: datetime) -> ReconciliationPoint:
    """Return a comparison as it is kept and shown."""
    return ReconciliationPoint(
        id="",
        business_date=business_date,
        at=now,
        state="done",
        source_rows=found.source_rows,
        target_rows=found.target_rows,
        matched_rows=found.matched_rows,
        mismatches=tuple(
            MismatchPoint(
                kind=one.kind.value,
                rows=one.rows,
                column=one.column,
                detail=one.detail[:200],
                is_declared=one.is_declared,
            )
            for one in found.mismatches
        ),
    )
