"""How a later report of a run completes an earlier one: the one rule, for every store of runs.

Reports come in any order and more than once. A run that has ended stays ended; what a report leaves out is
kept from before; a late START still tells when an ended run began.
"""

from dataclasses import replace
from datetime import datetime

from domain.runs import Outcome, Rejection, Run

_FACTS = (
    "scheduled_at",
    "started_at",
    "finished_at",
    "rows_read",
    "rows_written",
    "rows_rejected",
    "bytes_read",
    "retries",
    "queue_seconds",
    "error_class",
    "warnings",
)


def merged(known: Run | None, report: Run) -> Run | Rejection:
    """Return the run as it stands after a report, or why the report changes nothing.

    Both speak of the same run. `DUPLICATE` and `OLDER` are harmless; `ENDS_BEFORE_START` means that the two
    reports contradict each other.
    """
    if known is None:
        return report
    if report.outcome is Outcome.RUNNING and known.outcome is not Outcome.RUNNING:
        return _late_start(known, report)
    filled = {name: getattr(known, name) for name in _FACTS if getattr(report, name) in (None, "", (), 0)}
    together = replace(report, **filled)
    if together == replace(known, seen_at=together.seen_at):
        return Rejection.DUPLICATE
    if not ordered(together.started_at, together.finished_at):
        return Rejection.ENDS_BEFORE_START
    return together


def _late_start(known: Run, report: Run) -> Run | Rejection:
    begun = report.started_at
    if known.started_at is not None or begun is None or not ordered(begun, known.finished_at):
        return Rejection.OLDER
    return replace(known, started_at=begun, scheduled_at=known.scheduled_at or report.scheduled_at)


def ordered(started: datetime | None, finished: datetime | None) -> bool:
    """Return whether a run may have begun and ended at these times."""
    return started is None or finished is None or started <= finished
