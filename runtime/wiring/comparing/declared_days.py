"""Compare a day with what its trailer, manifest or file names declare, as the feed's configuration asks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Comparison, CountSource, ReconciliationCheck
from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from domain.errors import BadInput
from runtime.wiring.comparing.compared_sides import Wanted
from runtime.wiring.comparing.configured_cells import DayFile
from runtime.wiring.comparing.configured_files import ConfiguredFiles
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.declared_counts import TELLERS, DeclaredCounts, allowed_by
from runtime.wiring.comparing.file_days import day_forms

if TYPE_CHECKING:
    from telemetry.declared import Said
    from telemetry.declared_checks import Arrived

_LARGEST_MANIFEST = 5_000_000


class DeclaredDays:
    """Compares for one feed.

    Args:
        config: The feed's configuration.
        files: Finds and reads the files of a day.
        doors: Opens the databases.
        table: The column with the day (`date_column`), and address and credential of the platform (`url`,
            `credential`); without an address rows are counted in the files alone.
    """

    def __init__(
        self, config: FeedConfig, files: ConfiguredFiles, doors: DatabaseDoors, table: Mapping[str, str]
    ) -> None:
        self._config = config
        self._files = files
        self._doors = doors
        self._table = table
        self._counts = DeclaredCounts(config, files)

    def compare(self, checks: Sequence[ReconciliationCheck], day: str) -> Reconciliation:
        """Return what differs for a day; raises `NotFound` without a file of that day."""
        from telemetry.declared_checks import told_once

        wanted = Wanted(day, (), (), {}, self._table.get("date_column", ""))
        files = self._files.of_day(wanted)
        arrived = {file.name: self._counts.in_file(file, checks) for file in files}
        found: list[Mismatch] = []
        declared = 0
        for check in checks:
            said = self._counts.said(check, files, day, self._told_by(check, day))
            found += self._counts.per_file(check, said, arrived)
            found += self._in_table(check, said, day)
            declared = max(declared, sum(one.rows or 0 for one in said.values()))
            found += self._of_files(check, files, day)
        rows = sum(one.rows for one in arrived.values())
        kinds = told_once(found)
        lost = sum(one.rows for one in kinds if one.kind is MismatchClass.MISSING_ROWS)
        return Reconciliation(declared or rows, rows, max(min(declared or rows, rows) - lost, 0), kinds)

    def _in_table(self, check: ReconciliationCheck, said: Mapping[str, "Said"], day: str) -> list[Mismatch]:
        from telemetry.declared_checks import counts_differ, sums_differ

        place = getattr(self._config.target, check.layer.value)
        if not self._table.get("url") or place is None or not said:
            return []
        arrived = self._counted(f"{place.database}.{place.table}", check.columns, day)
        told, allowed = TELLERS[check.source], allowed_by(check)
        if check.compares is Comparison.ROW_COUNT:
            counts = [one.rows for one in said.values()]
            if any(count is None for count in counts):
                return []
            one = counts_differ(sum(count or 0 for count in counts), arrived, allowed, told)
            return [one] if one is not None else []
        found = []
        for column in check.columns:
            sums = [(one.sums or {}).get(column) for one in said.values()]
            if all(value is not None for value in sums):
                total = sum((value or Decimal(0) for value in sums), Decimal(0))
                found.append(sums_differ(column, total, arrived, allowed, told))
        return [one for one in found if one is not None]

    def _of_files(self, check: ReconciliationCheck, files: Sequence[DayFile], day: str) -> list[Mismatch]:
        from telemetry.declared import files_of_manifest, number_in_name, parts_in_name
        from telemetry.declared_checks import files_differ, numbers_missing

        names = [file.name for file in files]
        one: Mismatch | None = None
        if check.compares is Comparison.FILE_COUNT and check.source is CountSource.MANIFEST:
            listed = [name for text in self._manifests(day) for name in files_of_manifest(text)]
            one = files_differ(listed, names, TELLERS[check.source])
        elif check.compares is Comparison.FILE_COUNT:
            parts = max((parts_in_name(name) or 0 for name in names), default=0)
            one = files_differ(parts, names, TELLERS[check.source]) if parts else None
        elif check.compares is Comparison.SEQUENCE:
            pattern, forms = self._config.source.file_pattern, day_forms(day)
            today = [n for name in names if (n := number_in_name(name, pattern, forms)) is not None]
            earlier = [file.name for file in self._files.of_folder() if file.name < min(names)]
            before = [n for name in earlier[-1:] if (n := number_in_name(name, pattern, forms)) is not None]
            one = numbers_missing(today, before)
        return [one] if one is not None else []

    def _counted(self, table: str, columns: Sequence[str], day: str) -> "Arrived":
        import psycopg
        from psycopg import sql

        from runtime.wiring.comparing.database_words import in_words
        from telemetry.declared_checks import Arrived

        sums = [sql.SQL("coalesce(sum({}::numeric), 0)").format(sql.Identifier(name)) for name in columns]
        asked = sql.SQL("SELECT {} FROM {} WHERE {}::date = {}").format(
            sql.SQL(", ").join([sql.SQL("count(*)"), *sums]),
            sql.SQL(".").join(sql.Identifier(part) for part in table.split(".")),
            sql.Identifier(self._table["date_column"]),
            sql.Literal(day),
        )
        try:
            with self._doors.open(self._table["url"], self._table.get("credential", "")) as connection:
                row: Any = connection.execute(asked).fetchone()
        except psycopg.Error as error:
            raise in_words(error) from error
        return Arrived(row[0], dict(zip(columns, row[1:], strict=True)), where=table)

    def _told_by(self, check: ReconciliationCheck, day: str) -> list[str]:
        return self._manifests(day) if check.source is CountSource.MANIFEST else []

    def _manifests(self, day: str) -> list[str]:
        encoding = self._config.format.encoding or "utf-8"
        return [_text_of(one, encoding) for one in self._files.manifests(day)]


def _text_of(manifest: DayFile, encoding: str) -> str:
    with manifest.opened() as path:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise BadInput(
                "manifest too large", say=f"The manifest {manifest.name[:80]} is larger than 5 MB."
            )
        return path.read_text(encoding, errors="replace")
