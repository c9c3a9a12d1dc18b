"""Say what is known when a run starts: the feed's own failures counted in runs, and how its neighbours fared.

Runs of one batch start together, so the others of the batch are not known yet: every figure comes from runs
that were finished before. Rates are shrunk toward the rate of all feeds, in runs rather than days, because a
feed that runs ten times a day learns ten times faster.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS, fading_sum, groups, latest, medians_before, since_latest

Floats = NDArray[np.float64]

_PRIOR_RUNS = 30.0
# Failures and runs that are presumed of all feeds, after a good run and after a failed one; and how many runs
# of all feeds stand beside a feed's own.
_USUAL_AFTER = ((1.0, 200.0), (0.5, 1.0))
_PRIOR_AFTER = (30.0, 4.0)
_FADES = {"5": 5.0, "30": 30.0, "200": 200.0}

PRIOR = {
    "rate_ever": 0.8,
    "rate_200": 0.2,
    "rate_30": 0.1,
    "rate_5": 0.05,
    "failed_last": 0.1,
    "retried": 0.2,
    "system_hour": 0.1,
    "system_day": 0.1,
    "slower": 0.1,
    "new_feed": 0.0,
}
# What broke stays broken until somebody mends it.
BROKEN = dict.fromkeys(PRIOR, 0.1) | {
    "rate_ever": 0.4,
    "rate_30": 0.3,
    "rate_5": 1.0,
    "failed_last": 1.5,
    "new_feed": 0.0,
}
EXTRA = (
    "runs",
    "since_own",
    "since_run",
    "since_system",
    "last_duration",
    "usual_duration",
    "weekday",
    "hour",
    "good_runs",
    "bad_runs",
    "comes_again",
    "bad_now",
)


def run_features(events: pd.DataFrame, queries: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns of `PRIOR` and `EXTRA`, one value per question, from runs finished at or before
    it."""
    ordered = events.sort_values("t_avail", kind="stable")
    finished = ordered["t_avail"].to_numpy(np.float64)
    failed = (ordered["status"] != "ok").to_numpy().astype(np.float64)
    now = queries["t"].to_numpy(np.float64)
    columns = {name: np.zeros(len(now)) for name in (*PRIOR, *EXTRA)}
    pooled = _system(columns, finished, failed, now)
    lines = groups(ordered["feed_id"].to_numpy(object))
    usual = _states(columns, lines, finished, failed, now)
    duration = _column(ordered, "dur")
    tries = _column(ordered, "tries")
    for name, rows in groups(queries["feed_id"].to_numpy(object)).items():
        own = lines.get(name, np.zeros(0, dtype=np.intp))
        _own(columns, rows, now[rows], finished[own], failed[own], pooled[rows])
        _state(columns, rows, now[rows], finished[own], failed[own], usual[rows])
        _effort(columns, rows, now[rows], finished[own], duration[own], tries[own])
    return columns


def _system(columns: dict[str, Floats], finished: Floats, failed: Floats, now: Floats) -> Floats:
    """Fill the columns about all feeds; return the pooled failure rate known at each question."""
    moments, inverse = np.unique(now, return_inverse=True)
    for name, fade in (("system_hour", 3_600.0), ("system_day", DAY_SECONDS)):
        share = (fading_sum(finished, failed, moments, fade) + 1e-3) / (
            fading_sum(finished, np.ones(len(failed)), moments, fade) + 1.0
        )
        columns[name] = np.log1p(50.0 * share)[inverse]
    done = np.searchsorted(finished, moments, "right")
    bad = np.r_[0.0, np.cumsum(failed)][done]
    columns["since_system"] = np.log1p(since_latest(finished[failed > 0], moments))[inverse]
    columns["weekday"] = (now // DAY_SECONDS + 4.0) % 7.0
    columns["hour"] = (now % DAY_SECONDS) / 3_600.0
    return np.asarray(((bad + 1.0) / (done + 200.0))[inverse], dtype=np.float64)


def _own(
    columns: dict[str, Floats],
    rows: NDArray[np.intp],
    now: Floats,
    finished: Floats,
    failed: Floats,
    pooled: Floats,
) -> None:
    done = np.searchsorted(finished, now, "right").astype(np.float64)
    bad = np.r_[0.0, np.cumsum(failed)][done.astype(np.intp)]
    columns["runs"][rows] = np.log1p(done)
    columns["new_feed"][rows] = 1.0 / (1.0 + done)
    columns["rate_ever"][rows] = _log_ratio(bad, done, pooled)
    # Fading is by number of runs: position in the feed's own sequence takes the place of time.
    places = np.arange(len(failed), dtype=np.float64)
    for label, fade in _FADES.items():
        faded = fading_sum(places, failed, done - 1.0, fade)
        seen = fading_sum(places, np.ones(len(failed)), done - 1.0, fade)
        columns[f"rate_{label}"][rows] = _log_ratio(faded, seen, pooled)
    place = latest(finished, now)
    if len(failed):
        columns["failed_last"][rows] = np.where(place >= 0, failed[np.maximum(place, 0)], 0.0)
    columns["since_own"][rows] = np.log1p(since_latest(finished[failed > 0], now))
    columns["since_run"][rows] = np.log1p(since_latest(finished, now))


def _states(
    columns: dict[str, Floats],
    lines: dict[str, NDArray[np.intp]],
    finished: Floats,
    failed: Floats,
    now: Floats,
) -> Floats:
    """Fill the share of feeds whose newest run failed; return how often a run fails that follows a good one,
    and one that follows a failed one (questions x 2), over all feeds."""
    before = np.full(len(failed), np.nan)
    for own in lines.values():
        before[own[1:]] = failed[own[:-1]]
    moments, inverse = np.unique(now, return_inverse=True)
    done = np.searchsorted(finished, moments, "right")
    usual = np.zeros((len(moments), 2))
    for state, (bad_before, seen_before) in enumerate(_USUAL_AFTER):
        like = before == state
        bad, seen = (np.r_[0.0, np.cumsum(part)][done] for part in (like * failed, like))
        usual[:, state] = (bad + bad_before) / (seen + seen_before)
    turned = np.where(np.isnan(before), failed, failed - np.nan_to_num(before))
    feeds = np.maximum(np.r_[0.0, np.cumsum(np.isnan(before))][done], 1.0)
    columns["bad_now"] = np.log1p(50.0 * np.r_[0.0, np.cumsum(turned)][done] / feeds)[inverse]
    return np.asarray(usual[inverse], dtype=np.float64)


def _state(
    columns: dict[str, Floats],
    rows: NDArray[np.intp],
    now: Floats,
    finished: Floats,
    failed: Floats,
    usual: Floats,
) -> None:
    """Fill for how many runs the feed has been good or bad, and how often it failed after a run like its
    newest: what broke stays so for one feed, and comes once for another."""
    columns["comes_again"][rows] = np.log(usual[:, 0])
    place = latest(finished, now)
    known, last = place >= 0, np.maximum(place, 0)
    if not known.any():
        return
    numbers = np.arange(len(failed), dtype=np.float64)
    for name, others in (("good_runs", failed > 0), ("bad_runs", failed == 0)):
        newest = np.maximum.accumulate(np.where(others, numbers, -1.0))
        columns[name][rows] = np.where(known, np.log1p(last - newest[last]), 0.0)
    for state, prior in enumerate(_PRIOR_AFTER):
        like = np.r_[False, failed[:-1] == state]
        asked = known & (failed[last] == state)
        bad, seen = (np.cumsum(part)[last[asked]] for part in (like * failed, like))
        columns["comes_again"][rows[asked]] = np.log((bad + prior * usual[asked, state]) / (seen + prior))


def _effort(
    columns: dict[str, Floats],
    rows: NDArray[np.intp],
    now: Floats,
    finished: Floats,
    duration: Floats,
    tries: Floats,
) -> None:
    if not len(finished):
        return
    place = latest(finished, now)
    known, last = place >= 0, np.maximum(place, 0)
    log_duration = np.log1p(np.maximum(np.nan_to_num(duration), 0.0))
    usual = np.nan_to_num(medians_before(log_duration), nan=float(log_duration[0]))
    columns["last_duration"][rows] = np.where(known, log_duration[last], 0.0)
    columns["usual_duration"][rows] = np.where(known, usual[last], 0.0)
    columns["slower"][rows] = np.where(known, np.clip(log_duration[last] - usual[last], -2, 2), 0.0)
    columns["retried"][rows] = np.where(known, np.clip(np.nan_to_num(tries[last], nan=1.0) - 1.0, 0, 3), 0.0)


def _log_ratio(bad: Floats, seen: Floats, pooled: Floats) -> Floats:
    """Return the log of the shrunk rate over the pooled rate: 0 for a feed nobody knows."""
    return np.asarray(np.log((bad + _PRIOR_RUNS * pooled) / (seen + _PRIOR_RUNS) / pooled), dtype=np.float64)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(np.float64) if name in frame else np.full(len(frame), np.nan)
