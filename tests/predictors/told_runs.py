"""The runs of a simulated world as senders would report them, one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from domain.ids import RunId
from domain.running.runs import Outcome, Run
from predictors.simulator.mechanisms import Kind
from predictors.simulator.runs import History
from predictors.simulator.world import World

_DOUBLED_AFTER = 300.0
_ERRORS = {
    int(Kind.SOURCE_SLOW): "timeout",
    int(Kind.FILE_LATE): "file missing",
    int(Kind.DATABASE_FULL): "no space left",
    int(Kind.POOL_BUSY): "killed: out of memory",
    int(Kind.SCHEMA_DRIFT): "unexpected column",
    int(Kind.DEPLOYMENT): "configuration",
    int(Kind.CERTIFICATE): "certificate expired",
    int(Kind.NETWORK_SLOW): "connection reset",
}


def told_runs(world: World, history: History) -> Iterator[Run]:
    """Yield the reported runs as the domain speaks of them, in the order in which they reached us; a doubled
    report comes twice."""
    kept = np.flatnonzero(history.reported)
    again = np.flatnonzero(history.reported & history.doubled)
    order = np.r_[kept, again]
    seen = history.columns["seen"][order] + np.r_[np.zeros(len(kept)), np.full(len(again), _DOUBLED_AFTER)]
    for place in np.argsort(seen, kind="stable").tolist():
        yield _report(world, history, int(order[place]), float(seen[place]))


def _report(world: World, history: History, row: int, seen: float) -> Run:
    """Return what one run reports, at the moment its report reaches us."""
    columns = history.columns
    rows, cause = columns["rows"][row], int(history.cause[row])
    return Run(
        feed=world.scene.feeds[history.feed[row]].name,
        run=RunId(f"{int(history.due[row])}"),
        seen_at=_moment(seen),
        outcome=_outcome(bool(history.failed[row]), cause),
        scheduled_at=_moment(history.due[row]),
        started_at=_moment(columns["started"][row]),
        finished_at=_moment(columns["finished"][row]),
        rows_read=int(columns["rows_read"][row]),
        rows_written=None if np.isnan(rows) else int(rows),
        rows_rejected=int(columns["rejected"][row]),
        bytes_read=int(columns["bytes"][row]),
        retries=int(columns["retries"][row]),
        queue_seconds=float(columns["queue"][row]),
        error_class=_ERRORS.get(cause, "error") if history.failed[row] else "",
        warnings=_lines(float(columns["lines"][row])),
    )


def _outcome(failed: bool, cause: int) -> Outcome:
    if not failed:
        return Outcome.OK
    return {Kind.FILE_LATE: Outcome.LATE, Kind.SCHEMA_DRIFT: Outcome.PARTIAL}.get(
        Kind(max(cause, 0)), Outcome.FAILED
    )


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)


def _lines(number: float) -> tuple[str, ...]:
    """Return the templates of the lines of that number."""
    drifted, warns = divmod(int(number), 2)
    said = ["disk space or certificate: <n> left"] if warns else []
    return (*said, f"column c{drifted} of an unknown type") if drifted else tuple(said)
