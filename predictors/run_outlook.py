"""Say which runs of a feed are likely to end in each stretch of the next hour, and when those start.

What strikes a run is the state of the world at its start: a stretch in which a run ends that began ten
minutes ago looks back to that moment, one whose run begins in half an hour looks ahead from what is seen now.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_DUE = 5
USUAL_WAIT = 40.0
LATE_WAIT = 300.0
# A run that should have started and has not may never come, or its report was lost.
_STILL_COMES = 0.7
_ENDLESS = 0.98


@dataclass(frozen=True)
class AskedRun:
    """A run of a feed as it is seen at a moment: seconds until its start (negative once under way)."""

    feed: NDArray[np.intp]
    now: Floats
    lead: Floats
    under_way: NDArray[np.bool_]


@dataclass(frozen=True)
class UnderWay:
    """What is known of each question's feed now.

    Attributes:
        now: The moment of the question.
        running: Whether a run is under way; start: when it began.
        waiting: Whether a run is due that has not started.
        due: The next due times, one column per run ahead; infinity without one.
        middle: Log of the duration to expect, seconds; spread: deviation of that log.
    """

    now: Floats
    running: NDArray[np.bool_]
    start: Floats
    waiting: NDArray[np.bool_]
    due: Floats
    middle: Floats
    spread: Floats


@dataclass(frozen=True)
class Ending:
    """One stretch: how many runs should end in it, and the likeliest of them.

    Attributes:
        ends: Expected number of runs.
        lead: Seconds from the question to the start of the likeliest run, negative for one under way.
        under_way: Whether that is the run under way.
    """

    ends: Floats
    lead: Floats
    under_way: NDArray[np.bool_]


def upcoming(due_key: Floats, base: Floats, span: float) -> Floats:
    """Return the next due times after each key `base` (feed and moment), as seconds ahead (rows x runs)."""
    if not len(due_key):
        return np.full((len(base), _MOST_DUE), np.inf)
    first = np.searchsorted(due_key, base, "right")[:, None] + np.arange(_MOST_DUE)
    found = due_key[np.minimum(first, len(due_key) - 1)]
    ours = (first < len(due_key)) & (np.floor(found / span) == np.floor(base / span)[:, None])
    return np.where(ours, found - base[:, None], np.inf)


def endings(known: UnderWay, stretches: tuple[tuple[float, float], ...]) -> list[Ending]:
    """Return what should end in each stretch (seconds ahead, from and until)."""
    starts = [known.start - known.now, np.full(len(known.now), LATE_WAIT)]
    starts += [known.due[:, place] + USUAL_WAIT for place in range(known.due.shape[1])]
    found = []
    for low, high in stretches:
        chance = [_of_run_under_way(known, low, high)]
        chance.append(np.where(known.waiting, _STILL_COMES * _within(known, starts[1], low, high), 0.0))
        chance += [_within(known, start, low, high) for start in starts[2:]]
        each = np.column_stack(chance)
        likeliest = np.argmax(each, axis=1)
        lead = np.column_stack(starts)[np.arange(len(each)), likeliest]
        found.append(
            Ending(
                each.sum(axis=1),
                np.where(each.max(axis=1) > 0.0, lead, high),
                known.running & (likeliest == 0),
            )
        )
    return found


def _of_run_under_way(known: UnderWay, low: float, high: float) -> Floats:
    lasted = np.maximum(known.now - known.start, 1.0)
    gone, before, after = (_ended(known, lasted + ahead) for ahead in (0.0, low, high))
    usual = (after - before) / np.maximum(1.0 - gone, 1.0 - _ENDLESS)
    # What is overdue for long can end at any moment.
    any_moment = np.exp(-low / 2_700.0) - np.exp(-high / 2_700.0)
    return np.where(known.running, np.where(gone > _ENDLESS, any_moment, usual), 0.0)


def _within(known: UnderWay, start: Floats, low: float, high: float) -> Floats:
    """Return the chance that a run which starts so many seconds ahead ends in the stretch."""
    return _ended(known, high - start) - _ended(known, low - start)


def _ended(known: UnderWay, lasted: Floats) -> Floats:
    """Return the chance that a run has ended after lasting so long."""
    from scipy.special import ndtr

    told = ndtr((np.log(np.maximum(lasted, 1e-3)) - known.middle) / known.spread)
    return np.asarray(np.where(lasted > 0.0, told, 0.0), dtype=np.float64)
