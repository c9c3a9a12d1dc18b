"""What the times of a run say: that it never came, began late, took long; and that it was as usual."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from domain.counting import counted, lasting
from domain.investigation.evidence import EvidenceKind, RunFacts
from rca.findings import clean, figure
from rca.runs.run_notes import FOLLOWS, HINT, Note

_WAITED, _LONG = 0.5, 0.4
_SOON_SECONDS = 300.0
"""Who begins so little after being due did not wait."""


def time_notes(run: RunFacts) -> list[Note]:
    """Return every reason that the times of the run give."""
    return [*_missing_notes(run), *_wait_notes(run), *_duration_notes(run)]


def as_usual(run: RunFacts) -> str:
    """Return what is as usual of a run that is no trouble, as a sentence without its full stop."""
    name = f"run {clean(run.run_id, 60)}" if run.run_id else "its run"
    if run.finished_at is None:
        return f"{name} began at {_moment(run.started_at)}, goes on and is not late yet"
    took = run.finished_at - run.started_at
    parts = [f"{name} ended well at {_moment(run.finished_at)}"]
    parts += ["in time"] if run.late_by is not None else []
    parts.append(f"after {figure(took)} s{_usually(run.usual_seconds, ' s')}")
    parts += [f"with {counted(run.rows, 'row')}{_usually(run.usual_rows)}"] if run.rows is not None else []
    return ", ".join(parts)


def _usually(values: Sequence[float], unit: str = "") -> str:
    return f" (usually {figure(float(np.median(values)))}{unit})" if len(values) >= 3 else ""


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %H:%M} UTC"


def _wait_notes(run: RunFacts) -> list[Note]:
    """Return that the run was late, and how much of that it had waited before it began.

    Of a run that failed it is the failure that people ask about.
    """
    if run.late_by is None or run.late_by <= 0 or run.status not in ("succeeded", "late", "running"):
        return []
    late = f"{'ended' if run.finished_at is not None else 'is'} {lasting(run.late_by / 60.0)} late"
    waited = 0.0 if run.due_at is None else run.started_at - run.due_at
    if waited < _SOON_SECONDS:
        return [Note(run.feed, HINT, EvidenceKind.RUN, f"it {late}", f"run:{run.run_id}", run.started_at)]
    text = f"it began {lasting(waited / 60.0)} after it was due, and {late}"
    weight = max(HINT, _WAITED * min(1.0, waited / run.late_by))
    return [Note(run.feed, weight, EvidenceKind.RUN, text, f"run:{run.run_id}", run.due_at)]


def _missing_notes(run: RunFacts) -> list[Note]:
    """Return that the run never began: a fact to start from, and no cause by itself."""
    if run.status != "missing":
        return []
    at = _moment(run.started_at)
    text = f"no run has come for the load that was due at {at}: nothing started it, or nothing reported it"
    return [Note(run.feed, HINT, EvidenceKind.RUN, text, f"run:{run.run_id}", run.started_at)]


def _duration_notes(run: RunFacts) -> list[Note]:
    if run.finished_at is None or len(run.usual_seconds) < 3:
        return []
    usual = np.log1p(np.asarray(run.usual_seconds, dtype=float))
    spread = max(1.4826 * float(np.median(np.abs(usual - np.median(usual)))), 0.15)
    z = (float(np.log1p(max(run.finished_at - run.started_at, 0.0))) - float(np.median(usual))) / spread
    if z < 4.0:
        return []
    took, middle = run.finished_at - run.started_at, float(np.median(run.usual_seconds))
    text = f"it took {figure(took)} s where {figure(middle)} s are usual"
    weight = _LONG * min(1.0, z / 12.0)
    if run.status == "failed":  # it may have waited for what failed it
        weight = min(weight, FOLLOWS)
    return [Note(run.feed, weight, EvidenceKind.RUN, text, f"run:{run.run_id}", run.started_at)]
