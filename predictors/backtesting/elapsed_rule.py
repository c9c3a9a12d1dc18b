"""The rule that answers before any model is there: how long it runs against how long such runs last.

A run that has outlasted most earlier ones is likely to be in trouble; a feed fails about as often as it did.
Both are the simple rules that every model has to beat before it may replace this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from domain.counting import counted, lasting
from domain.running.feeds import Feed
from domain.watch.models import RULE
from domain.watch.predictions import HORIZONS_MINUTES, Prediction, Reason, SuchMornings
from predictors.known.landscape import Landscape, last_due, next_due
from predictors.known.run_table import RunTable

_PRIOR_RUNS, _PRIOR_RATE = 20.0, 0.01
_DAY = 86_400.0


@dataclass(frozen=True)
class _Usual:
    durations: np.ndarray[tuple[int], np.dtype[np.float64]]
    failures: float
    runs: int


def elapsed_estimates(
    feeds: Sequence[Feed], scene: Landscape, table: RunTable, running: Sequence[float | None], now: datetime
) -> list[Prediction]:
    """Return one estimate per feed; `running` has the start of each feed's run under way, epoch seconds."""
    moment = now.timestamp()
    number, at = np.arange(len(feeds), dtype=np.intp), np.full(len(feeds), moment)
    ahead, behind = next_due(scene, number, at), last_due(scene, number, at)
    edges = np.searchsorted(table.feed, np.arange(len(feeds) + 1))
    start, hidden = table.newest_run(number, at), table.hides_starts(number, at)
    found = []
    for place, feed in enumerate(feeds):
        mine = slice(edges[place], edges[place + 1])
        durations = table.duration[mine]
        usual = _Usual(
            np.sort(durations[np.isfinite(durations)]), float(table.bad[mine].sum()), len(durations)
        )
        begun = running[place]
        due = behind[place] if begun is not None else ahead[place]
        # Whoever tells of runs that have ended is late only when one should have.
        lasts = float(np.median(usual.durations)) if hidden[place] and len(usual.durations) else 0.0
        late = _minutes_late(float(behind[place]), float(start[place]), begun, moment, lasts)
        levels = [_level(usual, begun, late, moment, minutes) for minutes in HORIZONS_MINUTES]
        found.append(
            Prediction(
                feed=feed.name,
                made_at=now,
                probabilities=tuple(zip(HORIZONS_MINUTES, levels, strict=True)),
                finish=None,
                reasons=_reasons(usual, begun, late, moment, "ended" if hidden[place] else "started"),
                record=SuchMornings(0, 0),
                model=RULE,
                due_at=datetime.fromtimestamp(due, UTC) if np.isfinite(due) and due - moment < _DAY else None,
            )
        )
    return found


def _minutes_late(behind: float, start: float, begun: float | None, now: float, lasts: float) -> float:
    """Return for how many minutes a run that is due has not begun; or ended, where only ends are told."""
    if begun is not None or not np.isfinite(behind) or not np.isfinite(start):
        return 0.0  # a feed that never ran can't be late for anything yet
    waited = start < behind - 300.0
    return max(now - behind - lasts, 0.0) / 60.0 if waited and now - behind < _DAY else 0.0


def _level(usual: _Usual, begun: float | None, late: float, now: float, minutes: int) -> float:
    rate = (usual.failures + _PRIOR_RUNS * _PRIOR_RATE) / (usual.runs + _PRIOR_RUNS)
    level = rate
    if begun is not None and len(usual.durations) >= 5:
        limit = 2.0 * float(np.quantile(usual.durations, 0.9))
        outlasted = float(np.searchsorted(usual.durations, now - begun, "right"))
        beyond = len(usual.durations) - float(np.searchsorted(usual.durations, limit, "right"))
        still = max(len(usual.durations) - outlasted, 0.0)
        # Of the earlier runs that lasted this long, so many went beyond twice what is usual.
        overrun = (beyond + 0.5) / (still + 1.0) if now - begun + 60.0 * minutes > limit else 0.0
        level = 1.0 - (1.0 - rate) * (1.0 - min(overrun, 0.95))
    if late > 0:
        level = 1.0 - (1.0 - level) * float(np.exp(-late / 60.0))
    return round(min(level, 0.99), 5)


def _reasons(usual: _Usual, begun: float | None, late: float, now: float, awaited: str) -> tuple[Reason, ...]:
    found = []
    if begun is not None and len(usual.durations) >= 5:
        ratio = (now - begun) / max(float(np.median(usual.durations)), 1.0)
        if ratio > 1.5:
            found.append(Reason(f"the run under way has taken {ratio:.1f} times its usual time", 1.0))
    if late >= 5:
        found.append(Reason(f"it should have {awaited} {lasting(late)} ago", 1.0))
    if usual.failures and usual.failures / usual.runs > 0.05:
        found.append(Reason(f"failed {usual.failures:.0f} of its last {counted(usual.runs, 'run')}", 0.5))
    return tuple(found)
