"""Compare a day with what its trailer, manifest or file names declare, as the feed's configuration asks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from domain.feed_config import FeedConfig
from domain.feed_rules import Comparison, CountSource, Layer, ReconciliationCheck
from domain.feed_source import FormatKind
from domain.quality import Mismatch, MismatchClass, Reconciliation
from runtime.wiring.compared_sides import Wanted
from runtime.wiring.configured_files import ConfiguredFiles, DayFile, day_forms
from runtime.wiring.database_doors import DatabaseDoors

if TYPE_CHECKING:
    import pandas as pd

    from telemetry.declared import Said, Spelling
    from telemetry.declared_checks import Allowed, Arrived

TELLERS = {
    CountSource.TRAILER: "the trailer",
    CountSource.MANIFEST: "the manifest",
    CountSource.FILE_NAME: "the file's name",
}
_ANY = frozenset(TELLERS)
_CAN = {
    Comparison.ROW_COUNT: _ANY,
    Comparison.CONTROL_TOTAL: _ANY,
    Comparison.FILE_COUNT: frozenset({CountSource.MANIFEST, CountSource.FILE_NAME}),
    Comparison.SEQUENCE: frozenset({CountSource.FILE_NAME}),
}
_READ = frozenset({FormatKind.DELIMITED, FormatKind.PARQUET, FormatKind.NDJSON})


def refusal(config: FeedConfig, check: ReconciliationCheck, has_table: bool) -> str:
    """Return why a check can't be carried out, in words that follow "the configuration"; empty if it can."""
    teller = TELLERS[check.source]
    if check.source not in _CAN.get(check.compares, frozenset()):
        return f"compares {check.id} by {check.compares.value}, which {teller} does not tell"
    dialect = config.format.delimited
    if check.source is CountSource.TRAILER and (dialect is None or not dialect.trailer_rows):
        return f"counts {check.id} by a trailer, and its format names no trailer_rows"
    if check.source is CountSource.MANIFEST and not config.source.signal_pattern:
        return f"counts {check.id} by a manifest, and names no source.signal_pattern to find it by"
    needs_rows = check.compares in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL)
    if needs_rows and config.format.kind not in _READ:
        return f"brings {config.format.kind.value} files, whose rows I don't count"
    if needs_rows and check.layer is not Layer.BRONZE and not has_table:
        # What came as it is can be counted in the file as well; what was made of it can't.
        where = check.layer.value
        return f"counts {check.id} in {where}, and I have no address of it, or no column with the day"
    if check.compares is Comparison.CONTROL_TOTAL and not check.columns:
        return f"sums {check.id} over no column"
    return ""


class DeclaredCounts:
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

    def compare(self, checks: Sequence[ReconciliationCheck], day: str) -> Reconciliation:
        """Return what differs for a day; raises `NotFound` without a file of that day."""
        from telemetry.declared_checks import told_once

        wanted = Wanted(day, (), (), {}, self._table.get("date_column", ""))
        files = self._files.of_day(wanted)
        arrived = {file.name: self._in_file(file, checks) for file in files}
        found: list[Mismatch] = []
        declared = 0
        for check in checks:
            said = self._said(check, files, day)
            found += self._per_file(check, said, arrived)
            found += self._in_table(check, said, day)
            declared = max(declared, sum(one.rows or 0 for one in said.values()))
            found += self._of_files(check, files, day)
        rows = sum(one.rows for one in arrived.values())
        kinds = told_once(found)
        lost = sum(one.rows for one in kinds if one.kind is MismatchClass.MISSING_ROWS)
        return Reconciliation(declared or rows, rows, max(min(declared or rows, rows) - lost, 0), kinds)

    def of_delivery(self, checks: Sequence[ReconciliationCheck], file: DayFile) -> tuple[Mismatch, ...]:
        """Return how a delivered file differs from what its own trailer or name declares."""
        from telemetry.declared_checks import told_once

        own = [check for check in checks if check.source is not CountSource.MANIFEST]
        own = [check for check in own if check.compares in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL)]
        arrived = {file.name: self._in_file(file, own)} if own else {}
        found: list[Mismatch] = []
        for check in own:
            found += self._per_file(check, self._said(check, [file], ""), arrived)
        return told_once(found)

    def _said(self, check: ReconciliationCheck, files: Sequence[DayFile], day: str) -> dict[str, "Said"]:
        """Return what is declared of each file; nothing for checks that count files."""
        from telemetry.declared import Said, said_by_manifest, said_by_name, said_by_trailer

        if check.compares not in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL):
            return {}
        spelling = self._spelling(check)
        found: dict[str, Said] = {}
        texts = self._manifests(day) if check.source is CountSource.MANIFEST else []
        for file in files:
            said: Said | None = None
            if check.source is CountSource.TRAILER:
                records = self._files.closing(file)
                said = said_by_trailer(records[-1], spelling) if records else None
            elif check.source is CountSource.FILE_NAME:
                pattern = self._config.source.file_pattern
                said = said_by_name(file.name, pattern, day_forms(day) if day else (), spelling)
            else:
                size = file.path.stat().st_size
                told = (said_by_manifest(text, file.name, spelling, size) for text in texts)
                said = next((one for one in told if one is not None), None)
            found[file.name] = said or Said()
        return found

    def _per_file(
        self, check: ReconciliationCheck, said: Mapping[str, "Said"], arrived: Mapping[str, "Arrived"]
    ) -> list[Mismatch]:
        from telemetry.declared_checks import counts_differ, sums_differ

        found: list[Mismatch | None] = []
        teller, allowed = TELLERS[check.source], _allowed(check)
        for name, one in said.items():
            told, has = f"{teller} of {name}", arrived[name]
            if check.compares is Comparison.ROW_COUNT:
                known = one.rows is not None
                found.append(counts_differ(one.rows, has, allowed, told) if one.rows is not None else None)
            else:
                sums = one.sums or {}
                known = all(column in sums for column in check.columns)
                found += [sums_differ(column, sums[column], has, allowed, told) for column in sums]
            if not known:
                found.append(_nothing_said(check, name, has))
        return [one for one in found if one is not None]

    def _in_table(self, check: ReconciliationCheck, said: Mapping[str, "Said"], day: str) -> list[Mismatch]:
        from telemetry.declared_checks import counts_differ, sums_differ

        place = getattr(self._config.target, check.layer.value)
        if not self._table.get("url") or place is None or not said:
            return []
        arrived = self._counted(f"{place.database}.{place.table}", check.columns, day)
        told, allowed = TELLERS[check.source], _allowed(check)
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

    def _in_file(self, file: DayFile, checks: Sequence[ReconciliationCheck]) -> "Arrived":
        from telemetry.declared_checks import Arrived

        if not any(check.compares in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL) for check in checks):
            return Arrived(0)
        rows = self._files.cells(file)
        summed = tuple(dict.fromkeys(name for check in checks for name in check.columns))
        distinct = rows.drop_duplicates()
        dialect = self._config.format.delimited
        head, foot = (int(dialect.header), dialect.trailer_rows) if dialect is not None else (0, 0)
        return Arrived(
            rows=len(rows),
            sums={name: self._sum(rows, name)[0] for name in summed},
            distinct_rows=len(distinct),
            distinct_sums={name: self._sum(distinct, name)[0] for name in summed},
            digits={name: self._sum(rows, name)[1] for name in summed},
            edge_records=tuple({head, foot, head + foot} - {0}),
        )

    def _sum(self, rows: "pd.DataFrame", name: str) -> tuple[Decimal, int]:
        """Return the exact sum of a column's cells, and the most digits behind a point."""
        column = self._config.find_column(name)
        total, digits = Decimal(0), 0
        if column is None or column.source not in rows:
            return total, digits
        spelling = self._spelling(None, name)
        for cell in rows[column.source].dropna().astype(str):
            value = spelling.number(cell)
            if value is not None and value.is_finite():
                total += value
                exponent = value.as_tuple().exponent
                digits = max(digits, -exponent if isinstance(exponent, int) else 0)
        return total, digits

    def _counted(self, table: str, columns: Sequence[str], day: str) -> "Arrived":
        import psycopg
        from psycopg import sql

        from runtime.wiring.reconciling import in_words
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

    def _manifests(self, day: str) -> list[str]:
        encoding = self._config.format.encoding or "utf-8"
        return [one.path.read_text(encoding, errors="replace") for one in self._files.manifests(day)]

    def _spelling(self, check: ReconciliationCheck | None, name: str = "") -> "Spelling":
        from telemetry.declared import Spelling

        names = [name] if check is None else check.columns
        columns = {one: column for one in names if (column := self._config.find_column(one)) is not None}
        first = next(iter(columns.values()), None)
        return Spelling(
            {one: (column.source,) for one, column in columns.items()} if check is not None else {},
            (first.decimal_char if first else None) or ".",
            (first.group_char if first else None) or "",
        )


def _allowed(check: ReconciliationCheck) -> "Allowed":
    from telemetry.declared_checks import Allowed

    return Allowed(Decimal(check.tolerance or 0), check.tolerance_per_mille)


def _nothing_said(check: ReconciliationCheck, name: str, has: "Arrived") -> Mismatch:
    if check.source is CountSource.TRAILER:
        said = f"{name} ends without its trailer, or its trailer holds no such number"
        return Mismatch(MismatchClass.TRUNCATION, max(has.rows, 1), detail=said)
    said = f"{TELLERS[check.source]} says nothing of {name}"
    return Mismatch(MismatchClass.NOTHING_DECLARED, max(has.rows, 1), detail=said)
