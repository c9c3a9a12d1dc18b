"""Say which runs of a feed may end within the next hour, when each starts, and how likely it ends by when.

What strikes a run is the state of the world at its start: a run that began ten minutes ago looks back to that
moment, one that begins in half an hour looks ahead from what is seen now. Every run is a case of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.failure.start_law import StartLaw
from predictors.timeliness.finish_model import FinishModel

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_MOST_DUE = 5
_ENDLESS = 0.98
# Runs less likely to end within the hour than this are no case.
_HARDLY = 0.002


@dataclass(frozen=True)
class AskedRun:
    """A run of a feed as it is seen at a moment: seconds until its start (negative once under way), and how
    many runs of the feed are to end before it."""

    feed: Whole
    now: Floats
    lead: Floats
    under_way: NDArray[np.bool_]
    before: Floats


@dataclass(frozen=True)
class Known:
    """What is known of each question's feed now.

    Attributes:
        now: The moment of the question.
        running: Whether a run is under way; start: when it began; beyond: how many deviations of the log it
            is beyond its usual duration.
        finish: How long runs take, and how often one has ended unheard.
        overdue: Seconds ahead (negative) at which a run was due that has not started; infinity without one.
        due: The next due times in seconds ahead, one column per run; infinity without one.
        held: What holds up runs that have not started.
        middle: Log of the duration to expect, seconds; spread: deviation of that log.
        starts: How runs start.
    """

    now: Floats
    running: NDArray[np.bool_]
    start: Floats
    beyond: Floats
    finish: FinishModel
    overdue: Floats
    due: Floats
    held: Whole
    middle: Floats
    spread: Floats
    starts: StartLaw


@dataclass(frozen=True)
class Outlook:
    """Runs that may end within the hour, some per question.

    Attributes:
        question: Which question each belongs to.
        lead: Seconds until it starts, negative for one under way.
        under_way: Whether it is under way.
        before: How many runs of the feed are to end before it.
        ends: Chance to have ended by each horizon (runs x horizons).
    """

    question: Whole
    lead: Floats
    under_way: NDArray[np.bool_]
    before: Floats
    ends: Floats


def upcoming(due_key: Floats, base: Floats, served: Floats, span: float) -> Floats:
    """Return the next due times after each key `base` (feed and moment), as seconds ahead (rows x runs);
    those up to `served` (likewise) have had their run, which began early."""
    if not len(due_key):
        return np.full((len(base), _MOST_DUE), np.inf)
    first = np.searchsorted(due_key, np.fmax(base, served), "right")[:, None] + np.arange(_MOST_DUE)
    found = due_key[np.minimum(first, len(due_key) - 1)]
    ours = (first < len(due_key)) & (np.floor(found / span) == np.floor(base / span)[:, None])
    return np.where(ours, found - base[:, None], np.inf)


def outlook(known: Known, horizons: tuple[float, ...]) -> Outlook:
    """Return the runs that may end by each of the horizons (seconds ahead); each question has one at least,
    if only a stray one."""
    count, last = len(known.now), horizons[-1]
    stray = np.tile(known.starts.stray * np.array(horizons) / last, (count, 1))
    ahead = known.running.astype(np.float64)
    runs = [(known.start - known.now, _of_run_under_way(known, horizons), np.zeros(count))]
    runs.append((*_of_run_to_come(known, known.overdue, horizons), ahead))
    ahead = ahead + np.isfinite(known.overdue)
    for place in range(known.due.shape[1]):
        runs.append((*_of_run_to_come(known, known.due[:, place], horizons), ahead + place))
    none = np.max([ends[:, -1] for _, ends, _ in runs], axis=0) < _HARDLY
    runs.append((np.full(count, last / 2.0), np.where(none[:, None], stray, 0.0), np.zeros(count)))
    rows = [np.flatnonzero(ends[:, -1] >= _HARDLY) for _, ends, _ in runs]
    rows[-1] = np.flatnonzero(none)
    return Outlook(
        np.concatenate(rows).astype(np.intp),
        np.concatenate([lead[kept] for (lead, _, _), kept in zip(runs, rows, strict=True)]),
        np.repeat(np.arange(len(runs)) == 0, [len(kept) for kept in rows]),
        np.concatenate([before[kept] for (_, _, before), kept in zip(runs, rows, strict=True)]),
        np.concatenate([ends[kept] for (_, ends, _), kept in zip(runs, rows, strict=True)]),
    )


def _of_run_under_way(known: Known, horizons: tuple[float, ...]) -> Floats:
    lasted = np.maximum(known.now - known.start, 1.0)
    gone = _ended(known, lasted)
    still = known.finish.still_on(known.beyond)
    columns = []
    for ahead in horizons:
        usual = (_ended(known, lasted + ahead) - gone) / np.maximum(1.0 - gone, 1.0 - _ENDLESS)
        # What is overdue for long can end at any moment.
        any_moment = 1.0 - np.exp(-ahead / 2_700.0)
        told = np.where(gone > _ENDLESS, any_moment, usual) * still
        columns.append(np.where(known.running, told, 0.0))
    return np.asarray(np.clip(np.column_stack(columns), 0.0, 1.0), dtype=np.float64)


def _of_run_to_come(known: Known, due: Floats, horizons: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return when runs that have not started will (seconds ahead), and their chance to have ended by each
    horizon."""
    lead, ends = np.zeros(len(due)), np.zeros((len(due), len(horizons)))
    rows = np.flatnonzero(due < horizons[-1])
    starts, comes = known.starts.ahead(known.held[rows], due[rows])
    lead[rows] = starts.mean(axis=1)
    for place, horizon in enumerate(horizons):
        told = [_ended(known, horizon - start, rows) for start in starts.T]
        ends[rows, place] = comes * np.mean(told, axis=0)
    return lead, ends


def _ended(known: Known, lasted: Floats, rows: Whole | None = None) -> Floats:
    """Return the chance that a run (of the questions `rows`) has ended after lasting so long."""
    from scipy.special import ndtr

    chosen = slice(None) if rows is None else rows
    told = ndtr((np.log(np.maximum(lasted, 1e-3)) - known.middle[chosen]) / known.spread[chosen])
    return np.asarray(np.where(lasted > 0.0, told, 0.0), dtype=np.float64)
