"""Say when news of the run that a feed owes was due: when nine in ten of its runs have ended by."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from predictors.known.landscape import Landscape, last_due
from predictors.timeliness.lateness import OwedRun
from predictors.timeliness.punctuality import Punctuality

Floats = NDArray[np.float64]


def due_news(scene: Landscape, owed: OwedRun, known: Sequence[Punctuality]) -> tuple[Floats, Floats]:
    """Return, for every feed, from when on the end of the run that it owes should have been heard of, and the
    same of the newest run that is due by then; NaN where nothing is promised.

    Args:
        scene: The feeds and due times.
        owed: What every feed owes, in their order.
        known: How punctual each of them is.
    """
    grace = np.array([60.0 * one.schedule.grace_minutes for one in scene.feeds])
    usual = np.array([one.allowed for one in known]) - grace
    oldest = np.where(owed.running, owed.begun, owed.due) + usual
    oldest = np.where(np.isfinite(owed.deadline) & np.isfinite(oldest), oldest, np.nan)
    newest = last_due(scene, np.arange(len(scene.feeds), dtype=np.intp), owed.now - usual) + usual
    return oldest, np.fmax(oldest, np.where(np.isfinite(newest) & np.isfinite(oldest), newest, np.nan))
