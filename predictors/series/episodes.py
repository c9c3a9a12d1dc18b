"""Group surprises into episodes: how large the larger ones were before, and which deserve a report.

A size that came once or twice may come again and still be news; what came three times is a habit.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HABIT = 3
# What comes back after a longer calm is another time: with 50, peaks that come every 25 points were one
# endless episode, never a habit.
_SAME_EPISODE = 20
_SAME_SIZE = 0.7
_QUIET_SHARE, _QUIET_LEAST, _QUIET_MOST = 0.1, 20.0, 200.0
_STRANGER = 1.25


def habitual_sizes(sizes: Floats) -> Floats:
    """Return, before each point, the size that was reached in three episodes; 0 while there were fewer.

    Points belong to the largest episode that had its size, or most of it, at most 20 points ago.
    """
    found = np.zeros(len(sizes))
    peaks: list[list[float]] = []  # size and the last point that was about as large, largest first
    for place, size in enumerate(np.nan_to_num(sizes, nan=-1.0).tolist()):
        if len(peaks) == _HABIT:
            found[place] = peaks[-1][0]
        if size < 0.0:
            continue
        near = next((peak for peak in peaks if place - peak[1] <= _SAME_EPISODE), None)
        if near is not None:
            if size >= _SAME_SIZE * near[0]:
                near[1] = place
            if size <= near[0]:
                continue
            near[0] = size
        elif len(peaks) < _HABIT:
            peaks.append([size, place])
        elif size > peaks[-1][0]:
            peaks[-1] = [size, place]
        else:
            continue
        peaks.sort(key=lambda peak: -peak[0])
    return found


def worth_a_report(strange: Floats) -> Floats:
    """Return each value that stands well above those returned lately, and 0 instead of every other.

    Lately is the last tenth of what was seen, at least 20 and at most 200 points: who was told of a trouble
    wants to hear of it again only when it has become clearly worse.
    """
    told = np.zeros(len(strange))
    lately: deque[tuple[int, float]] = deque()  # what was returned and nothing later outdid
    for place, value in enumerate(strange.tolist()):
        quiet = min(max(_QUIET_SHARE * place, _QUIET_LEAST), _QUIET_MOST)
        while lately and lately[0][0] < place - quiet:
            lately.popleft()
        if value <= (_STRANGER * lately[0][1] if lately else 0.0):
            continue
        told[place] = value
        lately.clear()
        lately.append((place, value))
    return told
