"""Find what is out of the ordinary in the series that a feed's runs make.

A run stands out when the series detector scores it well above the feed's own habits. What stands out lasts
while every run since is as far from what was usual before. The detector is costly, so it is asked only about
series whose newest run departs from the median of the twenty before it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.watch.oddities import FeedOddities, OddPoint, Series
from predictors.known.run_table import RunTable
from predictors.series.series_detector import anomaly_scores

Floats = NDArray[np.float64]
OneSeries = tuple[Floats, Floats]

_DEPARTS = float(np.log(1.5))
_USUAL_RUNS, _LEAST_RUNS = 20, 52
# Half is what is habitual for the feed; beyond this, 200 series of noise went once in 250 days.
_STANDS_OUT = 0.65
_LONGEST_STRETCH = 20
_LEAST_SHARE = 0.001
_MOST_POINTS = 20
_ONLY_MORE = frozenset({Series.REJECTED, Series.WARNINGS})


def series_of(table: RunTable, low: int, high: int) -> Mapping[Series, OneSeries]:
    """Return the series of one feed, its rows of the table from `low` to `high`: values and when runs ended.

    Values are logarithms, so that differences are ratios; runs stand in the order in which they ended.
    """
    order = low + np.argsort(table.finished[low:high], kind="stable")
    order = order[np.isfinite(table.finished[order])]
    ended, rows, rejected = table.finished[order], table.rows[order], np.nan_to_num(table.rejected[order])
    took = np.where(table.timed[order] > 0.0, ended - table.started[order], np.nan)
    share = rejected / np.maximum(np.nan_to_num(rows) + rejected, 1.0)
    values = {
        Series.DURATION: np.log(np.maximum(took, 1.0)),
        Series.ROWS: np.log1p(np.maximum(rows, 0.0)),
        Series.REJECTED: np.log(_LEAST_SHARE + share),
        Series.WARNINGS: np.log1p(np.nan_to_num(table.warnings[order])),
    }
    known = {name: np.isfinite(some) for name, some in values.items()}
    return {name: (some[known[name]], ended[known[name]]) for name, some in values.items()}


def newest_end(found: Mapping[Series, OneSeries]) -> float:
    """Return when the newest run ended, 0 without one."""
    return max((float(ended[-1]) for _, ended in found.values() if len(ended)), default=0.0)


def departing(found: Mapping[Series, OneSeries], since: float) -> frozenset[Series]:
    """Return the series in which a run that ended after a moment is far from the twenty before it."""
    return frozenset(name for name, one in found.items() if _departs(name, one, since))


def oddities(
    feed: FeedName, found: Mapping[Series, OneSeries], asked: frozenset[Series], before: FeedOddities | None
) -> FeedOddities:
    """Return what is unusual of a feed: of the asked series anew, of the others what was known and is no
    longer looked at as lasting."""
    points = [one for one in (before.points if before else ()) if one.series not in asked]
    lasting: list[OddPoint] = []
    for name in sorted(asked):
        values, ended = found[name]
        odd = np.flatnonzero(anomaly_scores(values, ended) >= _STANDS_OUT)
        points += [one for row in odd.tolist() if (one := _point(name, values, ended, row)) is not None]
        begin = _stretch(values)
        if begin is not None and (odd >= begin - 1).any():
            usual = float(np.median(values[max(begin - _USUAL_RUNS, 0) : begin]))
            times = float(np.exp(np.median(values[begin:]) - usual))
            if times > 1.0 or name not in _ONLY_MORE:
                lasting.append(OddPoint(series=name, at=_moment(ended[begin]), times=round(times, 3)))
    points.sort(key=lambda one: one.at)
    return FeedOddities(
        feed=feed,
        until=_moment(newest_end(found)),
        points=tuple(points[-_MOST_POINTS:]),
        lasting=tuple(lasting),
    )


def _departs(name: Series, one: OneSeries, since: float) -> bool:
    values, ended = one
    if len(values) < _LEAST_RUNS:
        return False
    first = max(int(np.searchsorted(ended, since, "right")), _LEAST_RUNS - 1)
    rows = np.arange(first, len(values))
    if not len(rows):
        return False
    windows = np.lib.stride_tricks.sliding_window_view(values, _USUAL_RUNS)
    off = values[rows] - np.median(windows[rows - _USUAL_RUNS], axis=1)
    return bool((off > _DEPARTS).any() or (name not in _ONLY_MORE and (off < -_DEPARTS).any()))


def _point(name: Series, values: Floats, ended: Floats, row: int) -> OddPoint | None:
    usual = float(np.median(values[max(row - _USUAL_RUNS, 0) : row])) if row else float(values[row])
    off = float(values[row]) - usual
    if abs(off) < _DEPARTS or (off < 0.0 and name in _ONLY_MORE):
        return None
    return OddPoint(series=name, at=_moment(ended[row]), times=round(float(np.exp(off)), 3))


def _stretch(values: Floats) -> int | None:
    """Return where the newest runs began to be far, on one side, from the twenty before them."""
    begin = None
    for length in range(1, min(_LONGEST_STRETCH, len(values) - _USUAL_RUNS) + 1):
        tail = values[-length:]
        off = tail - np.median(values[-length - _USUAL_RUNS : -length])
        if (off > _DEPARTS).all() or (off < -_DEPARTS).all():
            begin = len(values) - length
    return begin


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
