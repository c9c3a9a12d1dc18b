"""Read reports of runs as they come over the wire and hand them to whoever keeps runs."""

import codecs
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import orjson

from domain.errors import BadInput
from domain.ports.run_intake import Receipt, RunEvent, RunIntake
from domain.running.runs import RejectedRecord, Rejection
from telemetry.bulk import pieces, receive
from telemetry.normalise import check
from telemetry.receivers.dbt import from_dbt
from telemetry.receivers.fields import JsonObject, RunFields
from telemetry.receivers.formats import from_airflow, from_open_lineage
from telemetry.unpacking import unpack

_READERS: dict[str, Callable[[JsonObject], Iterable[RunFields]]] = {
    "openlineage": from_open_lineage,
    "airflow": from_airflow,
    "dbt": from_dbt,
}
_FILES = {
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
}
_PIECE = 2_000
_MOST_REFUSED = 1_000
_MOST_PARTS = 2_000_000


CheckedReports = tuple[list[RunEvent], list[RejectedRecord]]
ReadFile = Callable[[Path, str, str, datetime], Iterator[CheckedReports]]
"""Yields the reports in a file, from its path, source, dialect and the present moment."""


def reports_of_file(path: Path, source: str, dialect: str, now: datetime) -> Iterator[CheckedReports]:
    """Yield the reports in a file piece by piece, and what of them is refused; raises `BadInput`."""
    for piece in _small(pieces(path)):
        yield _checked(piece, source, dialect, now)


class RunReceiver:
    """Implements `RunReports`.

    Args:
        intake: Who keeps runs.
        now: The present moment, aware.
        read_packed: Reads files of packed columns, which may unfold to any size.
    """

    def __init__(
        self, intake: RunIntake, now: Callable[[], datetime], read_packed: ReadFile = reports_of_file
    ) -> None:
        self._intake, self._now, self._read_packed = intake, now, read_packed

    def receive(
        self, dialect: str, body: bytes, source: str, *, content_type: str = "", encoding: str = ""
    ) -> Receipt:
        """Return what a body brought; a file (CSV, Parquet, JSON lines) is taken in pieces."""
        body = unpack(body, encoding)
        _must_be_flat(body)
        suffix = _FILES.get(content_type.partition(";")[0].strip().casefold())
        if suffix is not None and dialect == "json":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"runs{suffix}"
                path.write_bytes(body)
                read = self._read_packed if suffix == ".parquet" else reports_of_file
                found = read(path, source, dialect, self._now())
                return _total([self._intake.take(*piece, source=source) for piece in found])
        records = _records(body)
        reader = _READERS.get(dialect, receive)
        told = [fields for record in records for fields in reader(record)]
        pieces_taken = [
            self._take(told[at : at + _PIECE], source, dialect) for at in range(0, max(len(told), 1), _PIECE)
        ]
        if dialect == "dbt" and (strange := _without_results(records)):
            pieces_taken.append(self._intake.take([], strange, source=source))
        return _total(pieces_taken)

    def _take(self, reports: Sequence[RunFields], source: str, dialect: str) -> Receipt:
        events, refused = _checked(reports, source, dialect, self._now())
        return self._intake.take(events, refused, source=source)


def _checked(reports: Sequence[RunFields], source: str, dialect: str, now: datetime) -> CheckedReports:
    good, refused = check(reports, now)
    events = [
        RunEvent(run, source, dialect, told.reads, told.writes, told.columns, told.resources, told.namespace)
        for told, run in good
    ]
    return events, refused


def _without_results(records: Sequence[JsonObject]) -> list[RejectedRecord]:
    """Return refusals of dbt's other documents, such as its manifest, which have no list of results."""
    return [
        RejectedRecord(Rejection.NOT_READABLE, "no list of results: this is no run_results.json", "")
        for record in records
        if not isinstance(record.get("results"), list)
    ]


def _must_be_flat(body: bytes) -> None:
    """Refuse a body of little else than brackets: an empty object takes a hundred times its three bytes."""
    if body.count(b"{") + body.count(b"[") > _MOST_PARTS:
        raise BadInput(
            "run reports of too many parts",
            say=f"That body holds more than {_MOST_PARTS:,} objects and lists.",
            next_step="Send smaller batches.",
        )


def _records(body: bytes) -> list[JsonObject]:
    try:
        value = orjson.loads(body.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise BadInput(
            f"run reports: {error.msg}",
            say="That is not JSON.",
            next_step="Send one object or an array of them.",
        ) from error
    found = value if isinstance(value, list) else [value]
    # What is no object becomes a record without anything, which is refused with the others' reasons.
    return [one if isinstance(one, dict) else {} for one in found]


def _small(found: Iterator[list[RunFields]]) -> Iterator[list[RunFields]]:
    for piece in found:
        for begin in range(0, len(piece), _PIECE):
            yield piece[begin : begin + _PIECE]


def _total(receipts: Sequence[Receipt]) -> Receipt:
    rejected: list[RejectedRecord] = [one for receipt in receipts for one in receipt.rejected]
    return Receipt(
        taken=sum(receipt.taken for receipt in receipts),
        known=sum(receipt.known for receipt in receipts),
        rejected=tuple(rejected[:_MOST_REFUSED]),
    )
