"""Compare delivered files with what they declare of themselves, as the feed's configuration asks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Comparison, CountSource, Layer, ReconciliationCheck
from domain.configuration.feed_source import FormatKind
from domain.data_quality.quality import Mismatch, MismatchClass
from runtime.wiring.comparing.configured_cells import DayFile
from runtime.wiring.comparing.file_days import day_forms

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


class Cells(Protocol):
    """Reads the cells of a delivered file."""

    def cells(self, file: DayFile) -> "pd.DataFrame":
        """Return the cells of a file as they stand there, without its trailer; raises `BadInput`."""
        ...

    def closing(self, file: DayFile) -> list[list[str]]:
        """Return the records that close a delimited file, as far as they are no rows."""
        ...


class DeclaredCounts:
    """Compares delivered files with what they declare of themselves, for one feed."""

    def __init__(self, config: FeedConfig, cells: Cells) -> None:
        self._config = config
        self._cells = cells

    def of_delivery(self, checks: Sequence[ReconciliationCheck], file: DayFile) -> tuple[Mismatch, ...]:
        """Return how a delivered file differs from what its own trailer or name declares."""
        from telemetry.declared_checks import told_once

        own = [check for check in checks if check.source is not CountSource.MANIFEST]
        own = [check for check in own if check.compares in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL)]
        arrived = {file.name: self.in_file(file, own)} if own else {}
        found: list[Mismatch] = []
        for check in own:
            found += self.per_file(check, self.said(check, [file], ""), arrived)
        return told_once(found)

    def said(
        self, check: ReconciliationCheck, files: Sequence[DayFile], day: str, manifests: Sequence[str] = ()
    ) -> dict[str, "Said"]:
        """Return what is declared of each file; nothing for checks that count files."""
        from telemetry.declared import Said, said_by_manifest, said_by_name, said_by_trailer

        if check.compares not in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL):
            return {}
        spelling = self._spelling(check)
        found: dict[str, Said] = {}
        for file in files:
            said: Said | None = None
            if check.source is CountSource.TRAILER:
                records = self._cells.closing(file)
                said = said_by_trailer(records[-1], spelling) if records else None
            elif check.source is CountSource.FILE_NAME:
                pattern = self._config.source.file_pattern
                said = said_by_name(file.name, pattern, day_forms(day) if day else (), spelling)
            else:
                with file.opened() as path:
                    size = path.stat().st_size
                told = (said_by_manifest(text, file.name, spelling, size) for text in manifests)
                said = next((one for one in told if one is not None), None)
            found[file.name] = said or Said()
        return found

    def per_file(
        self, check: ReconciliationCheck, said: Mapping[str, "Said"], arrived: Mapping[str, "Arrived"]
    ) -> list[Mismatch]:
        """Return how each file differs from what is declared of it."""
        from telemetry.declared_checks import counts_differ, sums_differ

        found: list[Mismatch | None] = []
        teller, allowed = TELLERS[check.source], allowed_by(check)
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

    def in_file(self, file: DayFile, checks: Sequence[ReconciliationCheck]) -> "Arrived":
        """Return what a file brought, as far as the checks ask for it; raises `BadInput`."""
        from telemetry.declared_checks import Arrived

        if not any(check.compares in (Comparison.ROW_COUNT, Comparison.CONTROL_TOTAL) for check in checks):
            return Arrived(0)
        rows = self._cells.cells(file)
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

    def _spelling(self, check: ReconciliationCheck | None, name: str = "") -> "Spelling":
        from telemetry.declared import Spelling

        names = [name] if check is None else check.columns
        columns = {one: column for one in names if (column := self._config.find_column(one)) is not None}
        first = next(iter(columns.values()), None)
        return Spelling(
            {one: (column.source,) for one, column in columns.items()} if check is not None else {},
            (first.decimal_char if first else None) or ".",
            (first.group_char if first else None) or "",
            (first.affix if first else None) or "",
            (first.negative if first else None) or "",
        )


def allowed_by(check: ReconciliationCheck) -> "Allowed":
    """Return how far a number may be off."""
    from telemetry.declared_checks import Allowed

    return Allowed(Decimal(check.tolerance or 0), check.tolerance_per_mille)


def _nothing_said(check: ReconciliationCheck, name: str, has: "Arrived") -> Mismatch:
    if check.source is CountSource.TRAILER:
        said = f"{name} ends without its trailer, or its trailer holds no such number"
        return Mismatch(MismatchClass.TRUNCATION, max(has.rows, 1), detail=said)
    said = f"{TELLERS[check.source]} says nothing of {name}"
    return Mismatch(MismatchClass.NOTHING_DECLARED, max(has.rows, 1), detail=said)
