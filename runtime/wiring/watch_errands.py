"""The craft behind errands: telemetry's readers and scores, the feeds' own rules, tables of two databases."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from activities.calendars import learn_calendars
from domain.errors import NotFound
from domain.feed_config import FeedConfig
from domain.feed_health import MismatchPoint, QualityPoint, ReconciliationPoint
from domain.ids import FeedName
from domain.import_tally import ImportTally
from domain.ports.errand_work import ImportedHistory
from domain.ports.run_intake import RunEvent
from domain.quality import Finding, QualityScore, Reconciliation
from runtime.settings import Settings
from runtime.wiring.delivered_rows import read_rows
from runtime.wiring.reconciling import compare
from runtime.wiring.stores import Stores

if TYPE_CHECKING:
    from telemetry.quality import QualityRules

_ROWS_AT_ONCE = 10_000
_MOST_FINDINGS = 12


class EngineErrands:
    """Implements `ErrandWork`."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores

    def import_runs(self, path: Path, name: str, now: datetime) -> ImportedHistory:
        """Take in a file of run history, by the suffix of its name."""
        from telemetry.bulk import history_pieces

        source, tally = f"file:{name}", ImportTally()
        with _named(path, name) as named:
            for piece in history_pieces(named, now):
                for first in range(0, max(len(piece.fresh), 1), _ROWS_AT_ONCE):
                    with self._stores.transactions.writing() as uow:
                        tally.new += uow.runs.add_history(piece.fresh[first : first + _ROWS_AT_ONCE], now)
                again = [RunEvent(run, source, "file") for run in piece.again]
                with self._stores.transactions.writing() as uow:
                    receipt = uow.runs.merge(again, now)
                    uow.runs.note_datasets(piece.datasets)
                    refused = (*piece.rejected, *receipt.rejected)
                    uow.runs.note_refused(source, refused, now)
                tally.add(piece.fresh, refused)
        transactions = self._stores.transactions
        learned = learn_calendars(transactions.reading, transactions.writing, now)
        sentence = f"{tally.sentence()} {learned.sentence()}"
        return ImportedHistory(tally.taken, tally.new, len(tally.feeds), sentence)

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score the rows of a file by the feed's rules and its earlier deliveries."""
        from telemetry.quality import UsualDelivery, score_delivery

        rows = read_rows(path, name)
        with self._stores.transactions.reading() as uow:
            runs = uow.runs.of_feed(feed, 60)
        counts = tuple(run.rows_written for run in runs if run.rows_written is not None)
        usual = UsualDelivery(rows=counts) if _alike(counts, len(rows)) else UsualDelivery()
        return point_of(score_delivery(feed, rows, self._rules(feed), usual, now))

    def reconcile(self, feed: FeedName, business_date: str, now: datetime) -> ReconciliationPoint:
        """Compare a feed's source with its target for a day."""
        tables = self._settings.watch.reconciliations.get(feed)
        if tables is None:
            raise NotFound(
                f"no tables of {feed}",
                say=f"I don't know which tables to compare for {feed}.",
                next_step="Set them in watch.reconciliations.",
            )
        return comparison_point(compare(tables, business_date), business_date, now)

    def _rules(self, feed: FeedName) -> "QualityRules":
        from telemetry.quality import QualityRules

        content = self._stores.shelf.read_feed(feed)
        if content is None:
            return QualityRules()
        from config_gen.documents import parse

        return rules_of(parse(content))


def rules_of(config: FeedConfig) -> "QualityRules":
    """Return what a feed's configuration demands of its rows; columns go by the names in the file."""
    from telemetry.quality import ColumnRule, QualityRules

    columns = tuple(
        ColumnRule(
            column=column.source,
            required=not column.nullable,
            pattern=column.pattern or "",
            allowed=frozenset(column.allowed),
            least=_number(column.minimum),
            most=_number(column.maximum),
        )
        for column in config.columns
    )
    named = {column.name: column.source for column in config.columns}
    return QualityRules(
        columns=columns, key=tuple(named[name] for name in config.keys.primary if name in named)
    )


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
            MismatchPoint(kind=one.kind.value, rows=one.rows, column=one.column, detail=one.detail[:200])
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


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


class _named:  # noqa: N801  reads as a clause
    """A blob under the name it was dropped with: the reader goes by the suffix."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name

    def __enter__(self) -> Path:
        if self._path.suffix == Path(self._name).suffix:
            self._link = None
            return self._path
        import tempfile

        self._link = Path(tempfile.mkdtemp(prefix="dogwatch-")) / f"history{Path(self._name).suffix}"
        self._link.symlink_to(self._path.resolve())
        return self._link

    def __exit__(self, *_: object) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.parent.rmdir()
