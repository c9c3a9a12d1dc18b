"""The craft behind errands: telemetry's readers and scores, the feeds' own rules, tables of two databases."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errands import Errand
from domain.errors import BadInput, NotFound
from domain.feed_config import FeedConfig
from domain.feed_health import MismatchPoint, QualityPoint, ReconciliationPoint
from domain.ids import FeedName
from domain.ports.errand_work import ImportedHistory
from domain.quality import Finding, QualityScore, Reconciliation
from domain.reconciling import Comparable
from runtime.settings import Settings
from runtime.wiring.comparables import KnownTables
from runtime.wiring.configured_files import ConfiguredFiles, DayFile
from runtime.wiring.configured_tables import BY_CONFIGURATION, DECLARED, NOT_COMPARED, declared_checks
from runtime.wiring.database_doors import DatabaseDoors
from runtime.wiring.declared_counts import TELLERS, DeclaredCounts, refusal
from runtime.wiring.delivered_rows import read_rows
from runtime.wiring.delivery_rules import broken_rules, column_drift, rules_of
from runtime.wiring.history_import import HistoryImport
from runtime.wiring.reconciling import compare
from runtime.wiring.stores import Stores
from runtime.wiring.trailers import closing_records

if TYPE_CHECKING:
    import pandas as pd

    from telemetry.quality import UsualDelivery

_MOST_FINDINGS = 12
_MOST_BREAKS = 3
_EARLIER = 10
_LEAST_EARLIER = 3
_LARGEST_EARLIER = 50_000_000


class EngineErrands:
    """Implements `ErrandWork`."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._stores = stores
        self._tables = KnownTables(settings, stores)
        self._doors = DatabaseDoors(settings)

    def import_runs(self, path: Path, name: str, now: datetime, *, live_from: str = "") -> ImportedHistory:
        """Take in a file of run history, by the suffix of its name; as news where it is live."""
        return HistoryImport(self._stores, now, live_from).take(path, name)

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score the rows of a file by the feed's rules and its earlier deliveries."""
        from telemetry.quality import QualityRules, score_delivery

        config = self._agreed(feed)
        rows = read_rows(path, name, len(closing_records(path, config)) if config is not None else 0)
        usual = self._usual(feed, len(rows))
        if config is None:
            return point_of(score_delivery(feed, rows, QualityRules(), usual, now))
        own = broken_rules(config, path, now)
        found = point_of(score_delivery(feed, rows, rules_of(config), usual, now, own))
        broken = self._broken(config, DayFile(name, path))
        findings = (*((f"reconciliation: {broken}",) if broken else ()), *found.findings)
        # What contradicts its own trailer or name is no matter of degree.
        held = broken if config.reconciliation.on_break != "warn" else ""
        told = {"bar": config.quality.least_score, "findings": findings, "broken": held}
        return found.model_copy(update=told | {"drift": column_drift(config, map(str, rows.columns))})

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
        rows = ConfiguredFiles(config, self._stores).rows if config is not None else None
        return compare(known.tables, day, self._doors, rows)

    def _declared(self, known: Comparable, config: FeedConfig | None, day: str) -> Reconciliation | None:
        if config is None or not known.tables.get(DECLARED):
            return None
        table = {
            name.removeprefix("declared_"): told
            for name, told in known.tables.items()
            if name.startswith("declared_")
        }
        counts = DeclaredCounts(config, ConfiguredFiles(config, self._stores), self._doors, table)
        return counts.compare(declared_checks(config, known.tables), day)

    def _broken(self, config: FeedConfig, file: DayFile) -> str:
        """Return how a delivery differs from what its trailer or name declares; empty when it does not."""
        checks = [check for check in config.reconciliation.checks if check.source in TELLERS]
        checks = [check for check in checks if not refusal(config, check, has_table=True)]
        if not checks:
            return ""
        counts = DeclaredCounts(config, ConfiguredFiles(config, self._stores), self._doors, {})
        return "; ".join(one.detail for one in counts.of_delivery(checks, file)[:_MOST_BREAKS])

    def _agreed(self, feed: FeedName) -> FeedConfig | None:
        return self._tables.configuration(feed)

    def _usual(self, feed: FeedName, rows: int) -> "UsualDelivery":
        """Return what is usual, from the newest released deliveries and from the row counts of runs."""
        from telemetry.quality import usual_of

        with self._stores.transactions.reading() as uow:
            runs = uow.runs.of_feed(feed, 60)
            earlier = [uow.errands.get(one) for one in uow.quality.released(feed, _EARLIER)]
        frames = [frame for one in earlier if (frame := self._rows_of(one)) is not None]
        usual = usual_of(frames) if len(frames) >= _LEAST_EARLIER else usual_of([])
        counts = tuple(run.rows_written for run in runs if run.rows_written is not None)
        return replace(usual, rows=counts) if _alike(counts, rows) else usual

    def _rows_of(self, errand: Errand) -> "pd.DataFrame | None":
        """Return the rows of an earlier delivery; None for one that is gone or too large to look at again."""
        if errand.blob is None:
            return None
        try:
            path = self._stores.blobs.path(errand.blob)
            return None if path.stat().st_size > _LARGEST_EARLIER else read_rows(path, errand.file_name)
        except (NotFound, BadInput):
            return None


def point_of(score: QualityScore) -> QualityPoint:
    """Return a score as it is kept and shown."""
    return QualityPoint(
        measured_at=score.measured_at,
        overall=score.overall,
        dimensions={dimension.value: round(value, 2) for dimension, value in score.dimensions},
        findings=tuple(_in_words(one) for one in score.findings[:_MOST_FINDINGS]),
    )


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


def _alike(counts: tuple[int, ...], rows: int) -> bool:
    """Return whether a file has about as many rows as runs report: else the runs count something else."""
    middle = sorted(counts)[len(counts) // 2] if counts else 0
    return middle > 0 and rows > 0 and 0.01 < rows / middle < 100.0


def _in_words(one: Finding) -> str:
    where = f" of {one.column}" if one.column else ""
    detail = f" ({one.detail})" if one.detail else ""
    return f"{one.dimension.value}: {one.rule}{where}, {one.bad:,} of {one.checked:,}{detail}"
