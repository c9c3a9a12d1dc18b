"""Say by when runs have to have ended: at the moment that readers were promised, or after what is usual.

A promise is a time of the wall clock, so its distance from the due time changes with the clock; it is worked
out once for each due time and kept.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Feed, Schedule
from predictors.known.due_times import is_holiday

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


def deadlines(feeds: Sequence[Feed], feed: Whole, due: Floats, allowed: Floats) -> Floats:
    """Return the deadline of each due time; `feed` is the number of its feed, `allowed` what is usual."""
    found = due + allowed
    promises = np.array([one.schedule.is_promised for one in feeds], dtype=bool)
    for place in np.flatnonzero(promises[feed] & np.isfinite(due)).tolist():
        found[place] = _promised(feeds[feed[place]].schedule, float(due[place]))
    return found


def deadlines_of(feed: Feed, due: Floats, allowed: float) -> Floats:
    """Return the deadlines of one feed's due times."""
    return deadlines([feed], np.zeros(len(due), dtype=np.intp), due, np.full(len(due), allowed))


@lru_cache(maxsize=200_000)
def _promised(schedule: Schedule, due: float) -> float:
    by = schedule.promised_after(datetime.fromtimestamp(due, UTC), partial(_is_free, schedule.zone))
    return float("inf") if by is None else by.timestamp()


def _is_free(zone: str, day: date) -> bool:
    # By its own clock: noon of UTC is the next day already where clocks are twelve hours ahead.
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).timestamp()
    return bool(is_holiday(zone, np.array([noon]))[0])
