"""Say what anybody would compute first of any kind of events: the last row, counts of troubles, means.

Special features know a kind of question well; these know nothing and are therefore never wrong about a
system that is unlike those the special ones were thought out for. Trees see both.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS, NEVER, groups
from predictors.questions.event_frame import PLAIN

Floats = NDArray[np.float64]

_GOOD = ("ok", "up")
_COUNTS = ("last_bad", "since_bad", "since_row", "rows", "bad_all", "bad_1d", "bad_7d", "bad_30d")


def plain_features(
    events: pd.DataFrame, queries: pd.DataFrame, info: Mapping[str, object]
) -> dict[str, Floats]:
    """Return columns named `plain_…`, one value per question, from rows known at its moment.

    Args:
        events: Rows with `feed_id`, `t_avail`, perhaps `status`, and any numeric columns.
        queries: Questions with `feed_id` and `t`.
        info: The task's constants; `time_unit` other than "s" counts days as single steps.
    """
    ordered = events.sort_values("t_avail", kind="stable").reset_index(drop=True)
    bad: Floats = np.zeros(len(ordered))
    if "status" in ordered:
        bad = np.asarray(~ordered["status"].isin(_GOOD), dtype=np.float64)
    numeric = [c for c in ordered.columns if c not in PLAIN and pd.api.types.is_numeric_dtype(ordered[c])]
    values, times = ordered[numeric].to_numpy(np.float64), ordered["t_avail"].to_numpy(np.float64)
    now = queries["t"].to_numpy(np.float64)
    seconds = info.get("time_unit", "s") == "s"
    width = len(_COUNTS)
    table = np.zeros((len(now), width + 2 * len(numeric)))
    table[:, 1:3] = NEVER
    lines = groups(ordered["feed_id"].to_numpy(object))
    for feed, rows in groups(queries["feed_id"].to_numpy(object)).items():
        own = lines.get(feed)
        if own is None:
            continue
        place = np.searchsorted(times[own], now[rows], "right") - 1
        table[rows, :width] = _counts(times[own], bad[own], now[rows], place, DAY_SECONDS if seconds else 1.0)
        has = (place >= 0)[:, None]
        mean = pd.DataFrame(values[own]).rolling(5, min_periods=1).mean().to_numpy()
        table[rows, width:] = np.where(has, np.hstack([values[own], mean])[np.maximum(place, 0)], 0.0)
    table = np.nan_to_num(table, posinf=1e30, neginf=-1e30)
    names = [*_COUNTS, *(f"last_{name}" for name in numeric), *(f"mean5_{name}" for name in numeric)]
    columns = {f"plain_{name}": table[:, place] for place, name in enumerate(names)}
    if seconds:
        clock = 2.0 * np.pi * (now % DAY_SECONDS) / DAY_SECONDS
        columns |= {"plain_clock_sin": np.sin(clock), "plain_clock_cos": np.cos(clock)}
        columns["plain_weekday"] = (now // DAY_SECONDS + 4.0) % 7.0
    return columns


def _counts(times: Floats, bad: Floats, now: Floats, place: NDArray[np.intp], day: float) -> Floats:
    """Return the columns of `_COUNTS` of one feed; `place` is each question's newest row or -1."""
    last, known = np.maximum(place, 0), place >= 0
    total = np.r_[0.0, np.cumsum(bad)]
    onset = times[bad > 0]
    since = np.full(len(now), NEVER)
    if len(onset):
        before = np.searchsorted(onset, now, "right") - 1
        since = np.where(before >= 0, now - onset[np.maximum(before, 0)], NEVER)
    counts = [
        total[place + 1] - total[np.searchsorted(times, now - days * day, "right")] for days in (1, 7, 30)
    ]
    fresh = np.where(known, now - times[last], NEVER)
    return np.column_stack([bad[last] * known, since, fresh, place + 1.0, total[place + 1], *counts])
