"""Read reports of runs as they come over the wire and hand them to whoever keeps runs."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import orjson

from domain.errors import BadInput
from domain.ports.run_intake import Receipt, RunEvent, RunIntake
from domain.runs import RejectedRecord
from telemetry.bulk import pieces, receive
from telemetry.normalise import check
from telemetry.receivers.fields import JsonObject, RunFields
from telemetry.receivers.formats import from_airflow, from_dbt, from_open_lineage
from telemetry.unpacking import unpack

_READERS: dict[str, Callable[[JsonObject], Iterator[RunFields]]] = {
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


class RunReceiver:
    """Implements `RunReports`.

    Args:
        intake: Who keeps runs.
        now: The present moment, aware.
    """

    def __init__(self, intake: RunIntake, now: Callable[[], datetime]) -> None:
        self._intake, self._now = intake, now

    def receive(
        self, dialect: str, body: bytes, source: str, *, content_type: str = "", encoding: str = ""
    ) -> Receipt:
        """Return what a body brought; a file (CSV, Parquet, JSON lines) is taken in pieces."""
        body = unpack(body, encoding)
        suffix = _FILES.get(content_type.partition(";")[0].strip().casefold())
        if suffix is not None and dialect == "json":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"runs{suffix}"
                path.write_bytes(body)
                return _total([self._take(piece, source, dialect) for piece in _small(pieces(path))])
        records = _records(body)
        read = _READERS.get(dialect)
        told = [fields for record in records for fields in (read(record) if read else receive(record))]
        return _total(
            [
                self._take(told[at : at + _PIECE], source, dialect)
                for at in range(0, max(len(told), 1), _PIECE)
            ]
        )

    def _take(self, reports: Sequence[RunFields], source: str, dialect: str) -> Receipt:
        good, refused = check(reports, self._now())
        events = [
            RunEvent(
                run, source, dialect, told.reads, told.writes, told.columns, told.resources, told.namespace
            )
            for told, run in good
        ]
        return self._intake.take(events, refused, source=source)


def _records(body: bytes) -> list[JsonObject]:
    try:
        value = orjson.loads(body)
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
