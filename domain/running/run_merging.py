"""How a later report of a run completes an earlier one: the one rule, for every store of runs.

Reports come in any order and more than once. A run that has ended stays ended; what a report leaves out is
kept from before; a late START still tells when an ended run began. A report of an earlier end, as of a try
that was followed by another, only fills what is not known yet. While a run is under way, the earliest start
counts.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from domain.running.runs import Outcome, Rejection, Run

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
_NOTHING = (None, "", (), 0)


def merged(known: Run | None, report: Run) -> Run | Rejection:
    """Return the run as it stands after a report, or why the report changes nothing.

    Both speak of the same run. `DUPLICATE` and `OLDER` are harmless; `ENDS_BEFORE_START` means that the two
    reports contradict each other.
    """
    if known is None:
        return report
    if report.outcome is Outcome.RUNNING and known.outcome is not Outcome.RUNNING:
        return _late_start(known, report)
    if _ended_before(report, known):
        return _filled_by(known, report)
    if report.outcome is Outcome.RUNNING:
        report = _as_begun_first(report, known)
    together = replace(_with_facts_of(report, known), seen_at=max(known.seen_at, report.seen_at))
    together = _as_first_told(together, known)
    if together == replace(known, seen_at=together.seen_at):
        return Rejection.DUPLICATE
    if not ordered(together.started_at, together.finished_at):
        return Rejection.ENDS_BEFORE_START
    return together


def _as_begun_first(report: Run, known: Run) -> Run:
    """Return a report that a run is under way with when it began, of another try with when that did.

    A sign of life tells the moment of itself as its start.
    """
    begun = known.started_at
    is_later = begun is not None and report.started_at is not None and report.started_at > begun
    return replace(report, started_at=begun) if is_later and report.retries <= known.retries else report


def _with_facts_of(run: Run, other: Run, names: Collection[str] = _FACTS) -> Run:
    """Return a run with what another report tells of it where it tells nothing itself."""
    return replace(run, **{name: getattr(other, name) for name in names if getattr(run, name) in _NOTHING})


def _as_first_told(run: Run, known: Run) -> Run:
    """Return a run with the moments at which it was first told when it began, and that it ended so.

    What another try tells was not known by what was told of the one before.
    """
    is_same_end = run.outcome is known.outcome and run.finished_at == known.finished_at
    return replace(
        run,
        start_told_at=known.start_told_at if _is_same_start(run.started_at, known) else run.start_told_at,
        end_told_at=known.end_told_at if is_same_end else run.end_told_at,
    )


def _is_same_start(started: datetime | None, known: Run) -> bool:
    """Return whether a start is the one that a run told of, perhaps said more exactly."""
    if started is None or started == known.started_at:
        return True
    return known.start_told_at is not None and started <= known.start_told_at


def _ended_before(report: Run, known: Run) -> bool:
    """Return whether both tell of an end, the report of an earlier one."""
    if known.outcome is Outcome.RUNNING or report.finished_at is None or known.finished_at is None:
        return False
    # An end that is no later than the beginning was not told: it says nothing of which report is older.
    return report.started_at != report.finished_at < known.finished_at


def _filled_by(known: Run, report: Run) -> Run | Rejection:
    """Return a run with what an older report adds; why another try failed is nothing about the newer end."""
    of_its_end = () if report.outcome is known.outcome else ("error_class", "warnings")
    together = _with_facts_of(known, report, [name for name in _FACTS if name not in of_its_end])
    if known.started_at is None and together.started_at is not None:
        together = replace(together, start_told_at=report.start_told_at)
    if together == known or not ordered(together.started_at, together.finished_at):
        return Rejection.OLDER
    return together


def _late_start(known: Run, report: Run) -> Run | Rejection:
    begun = report.started_at
    if known.started_at is not None or begun is None or not ordered(begun, known.finished_at):
        return Rejection.OLDER
    return replace(
        known,
        started_at=begun,
        scheduled_at=known.scheduled_at or report.scheduled_at,
        start_told_at=report.start_told_at,
    )


def ordered(started: datetime | None, finished: datetime | None) -> bool:
    """Return whether a run may have begun and ended at these times."""
    return started is None or finished is None or started <= finished
