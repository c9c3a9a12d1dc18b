"""Say what a watcher of endpoints knows at each question: faded failures of the endpoint and of the whole
system.

Outages come in swarms: what is down together now, and what went down at this hour on other days, says more
than
any response time. Failures of others are counted as the share of the system, so that one noisy endpoint is
not mistaken for a storm.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import (
    DAY_SECONDS,
    NEVER,
    carry_forward,
    count_between,
    fading_sum,
    groups,
    latest,
    medians_before,
    same_hour,
    since_latest,
)

Floats = NDArray[np.float64]

_FADES = {"2h": 7_200.0, "12h": 43_200.0, "3d": 3 * DAY_SECONDS}
_RATE_FADE = 45 * DAY_SECONDS
# What has been down for longer is given up rather than a sign of a storm.
_STORM = DAY_SECONDS
# Who goes down this soon after another goes down with it; so many outages of the other are believed at once.
_TOGETHER, _PRIOR_TOGETHER, _USUAL_TOGETHER = 7_200.0, 10.0, 0.01
# How long an endpoint stays up is told by so many of its newest spells, beside so many as its rate has them.
_SPELLS, _PRIOR_SPELLS = 100, 4.0
# What "degraded" means differs from house to house: as so large a column its weight is soon learned.
_DEGRADED = 3.0

PRIOR = {
    "system_2h": 1.0,
    "system_12h": 0.3,
    "system_3d": -0.2,
    "system_hour": 0.4,
    "partner_down": 0.5,
    "own_2h": 0.3,
    "own_12h": 0.3,
    "own_3d": 0.0,
    "own_rate": 0.15,
    "own_hour": 0.3,
    "own_exact": 0.4,
    "response": 0.05,
    "degraded": 0.2,
}
HABIT = dict.fromkeys(PRIOR, 0.1) | {
    "own_rate": 0.8,
    "own_hour": 0.2,
    "own_exact": 0.3,
    "system_3d": 0.0,
    "partner_down": 0.3,
}
EXTRA = (
    "clock_sin",
    "clock_cos",
    "weekday",
    "since_own",
    "since_system",
    "last_outage",
    "rate_90",
    "rate_ever",
    "last_ms",
    "usual_ms",
    "spread_ms",
    "own_half",
    "own_week",
    "system_down",
    "system_down_ever",
    "system_exact",
    "system_week",
    "own_half_hour",
    "since_up",
    "down_day",
    "down_month",
    "own_age",
)


@dataclass(frozen=True)
class _Feed:
    """One endpoint's rows: when, whether down, response, and where its outages began and ended; `falls` has
    one that nobody saw begin as well."""

    times: Floats
    down: NDArray[np.bool_]
    ms: Floats
    falls: Floats
    onsets: Floats
    ends: Floats
    degraded: Floats

    @cached_property
    def storms(self) -> tuple[Floats, Floats]:
        """Return from when until when it was down, as long as that is news."""
        ends = np.r_[self.ends, np.inf][np.searchsorted(self.ends, self.onsets, "right")]
        return self.onsets, np.minimum(ends, self.onsets + _STORM)


def outage_features(events: pd.DataFrame, queries: pd.DataFrame, horizon: float) -> dict[str, Floats]:
    """Return the columns of `PRIOR` and `EXTRA`, one value per question, from rows known at its moment."""
    feeds = _feeds(events)
    now = queries["t"].to_numpy(np.float64)
    columns = {name: np.zeros(len(now)) for name in (*PRIOR, *EXTRA)}
    pooled = _system(columns, feeds, now, horizon)
    _down_now(columns, feeds, now)
    for name, rows in groups(queries["feed_id"].to_numpy(object)).items():
        feed = feeds.get(name)
        if feed is not None:
            _own(columns, feed, rows, now[rows], pooled[rows], horizon)
            columns["partner_down"][rows] = _partners(feeds, name, now[rows])
    return columns


def _feeds(events: pd.DataFrame) -> dict[str, _Feed]:
    ordered = events.sort_values("t_avail", kind="stable")
    times = ordered["t_avail"].to_numpy(np.float64)
    # A degraded endpoint still answers: only "down" is an outage.
    down = (ordered["status"] == "down").to_numpy()
    degraded = np.where(ordered["status"].isin(["up", "down"]), 0.0, _DEGRADED)
    ms = ordered["ms"].to_numpy(np.float64) if "ms" in ordered else np.full(len(ordered), np.nan)
    feeds: dict[str, _Feed] = {}
    for name, rows in groups(ordered["feed_id"].to_numpy(object)).items():
        own, moments = down[rows], times[rows]
        # The first row is no onset even when it is down: nobody saw it begin.
        began, ended = own[1:] & ~own[:-1], ~own[1:] & own[:-1]
        falls = moments[np.r_[own[:1], began]]
        onsets, ends = moments[1:][began], moments[1:][ended]
        feeds[name] = _Feed(moments, own, ms[rows], falls, onsets, ends, degraded[rows])
    return feeds


def _system(columns: dict[str, Floats], feeds: dict[str, _Feed], now: Floats, horizon: float) -> Floats:
    """Fill the columns about the whole system; return the pooled outages per second and endpoint."""
    onsets = np.sort(np.concatenate([np.zeros(0), *(feed.onsets for feed in feeds.values())]))
    first = np.sort(np.array([feed.times[0] for feed in feeds.values()]))
    watched = np.maximum(np.searchsorted(first, onsets, "right"), 1)
    share = 1.0 / watched
    moments, inverse = np.unique(now, return_inverse=True)
    for label, fade in _FADES.items():
        columns[f"system_{label}"] = np.log1p(10.0 * fading_sum(onsets, share, moments, fade))[inverse]
    columns["system_hour"] = np.log1p(10.0 * same_hour(onsets, share, moments, horizon))[inverse]
    columns["system_exact"] = np.log1p(10.0 * same_hour(onsets, share, moments, horizon, slack=0.0))[inverse]
    columns["system_week"] = np.log1p(10.0 * _same_weekday(onsets, share, moments, horizon))[inverse]
    columns["since_system"] = np.log1p(since_latest(onsets, moments))[inverse]
    clock = 2.0 * np.pi * (now % DAY_SECONDS) / DAY_SECONDS
    columns["clock_sin"], columns["clock_cos"] = np.sin(clock), np.cos(clock)
    columns["weekday"] = (now // DAY_SECONDS + 4.0) % 7.0
    present = np.searchsorted(first, moments, "right")
    exposure = present * moments - np.r_[0.0, np.cumsum(first)][present]
    pooled = (np.searchsorted(onsets, moments, "right") + 1.0) / (exposure + 60.0 * DAY_SECONDS)
    return np.asarray(pooled[inverse], dtype=np.float64)


def _down_now(columns: dict[str, Floats], feeds: dict[str, _Feed], now: Floats) -> None:
    """Fill the columns about the share of endpoints that are down at each question."""
    moments, inverse = np.unique(now, return_inverse=True)
    first = np.sort(np.array([feed.times[0] for feed in feeds.values()]))
    watched = np.maximum(np.searchsorted(first, moments, "right"), 1)
    spans = {
        "system_down": [feed.storms for feed in feeds.values()],
        "system_down_ever": [(feed.falls, feed.ends) for feed in feeds.values()],
    }
    for name, pairs in spans.items():
        begins, ends = (
            np.sort(np.concatenate([np.zeros(0), *(pair[at] for pair in pairs)])) for at in (0, 1)
        )
        down = np.searchsorted(begins, moments, "right") - np.searchsorted(ends, moments, "right")
        columns[name] = np.log1p(10.0 * down / watched)[inverse]


def _partners(feeds: dict[str, _Feed], name: str, now: Floats) -> Floats:
    """Return the log of how likely an endpoint goes down with those that are down now, in hundredths, by how
    often each of them took it along before (as a noisy or)."""
    own, order = feeds[name].onsets, np.argsort(now, kind="stable")
    moments, healthy = now[order], np.zeros(len(now))
    for other, feed in feeds.items():
        begins, ends = feed.storms
        low, high = np.searchsorted(moments, begins), np.searchsorted(moments, ends)
        if other == name or not (high > low).any():
            continue
        rows = np.concatenate([np.arange(*edges) for edges in zip(low, high, strict=True)])
        told_at = feed.onsets + _TOGETHER
        went_too = count_between(own, feed.onsets, told_at) > 0
        known = np.searchsorted(told_at, moments[rows], "right")
        together = np.r_[0.0, np.cumsum(went_too)][known] + _PRIOR_TOGETHER * _USUAL_TOGETHER
        healthy[order[rows]] += np.log1p(-together / (known + _PRIOR_TOGETHER))
    return np.asarray(np.log1p(100.0 * (1.0 - np.exp(healthy))), dtype=np.float64)


def _own(
    columns: dict[str, Floats],
    feed: _Feed,
    rows: NDArray[np.intp],
    now: Floats,
    pooled: Floats,
    horizon: float,
) -> None:
    one = np.ones(len(feed.onsets))
    for label, fade in _FADES.items():
        columns[f"own_{label}"][rows] = np.log1p(fading_sum(feed.onsets, one, now, fade))
    columns["own_hour"][rows] = np.log1p(same_hour(feed.onsets, one, now, horizon))
    columns["own_exact"][rows] = np.log1p(same_hour(feed.onsets, one, now, horizon, slack=0.0))
    columns["own_half"][rows] = np.log1p(same_hour(feed.onsets, one, now, horizon / 2.0, slack=0.0))
    columns["own_week"][rows] = np.log1p(_same_weekday(feed.onsets, one, now, horizon))
    age = np.maximum(now - feed.times[0], 0.0)
    seen = _RATE_FADE * (1.0 - np.exp(-age / _RATE_FADE))
    faded = fading_sum(feed.onsets, one, now, _RATE_FADE)
    # A gamma prior worth one outage at the pooled rate: a new endpoint starts as an average one.
    columns["own_rate"][rows] = np.log((faded + 1.0) / (seen + 1.0 / pooled) / pooled)
    for name, days in (("rate_90", 90.0), ("rate_ever", 1e4)):
        window = np.minimum(days * DAY_SECONDS, age)
        count = count_between(feed.onsets, now - window, now)
        columns[name][rows] = np.log((count + 1.0) / (window + 1.0 / pooled) * horizon)
    columns["own_half_hour"][rows] = np.log1p(fading_sum(feed.onsets, one, now, 1_800.0))
    columns["since_own"][rows] = np.log1p(since_latest(feed.onsets, now))
    columns["since_up"][rows] = np.log1p(since_latest(feed.ends, now))
    for name, span in (("down_day", DAY_SECONDS), ("down_month", 30 * DAY_SECONDS)):
        columns[name][rows] = _time_down(feed, now, span)
    columns["own_age"][rows] = _age_law(feed, now, columns["rate_90"][rows], horizon)
    place = latest(feed.times, now)
    columns["degraded"][rows] = np.where(place >= 0, feed.degraded[np.maximum(place, 0)], 0.0)
    columns["last_outage"][rows] = np.log1p(_last_outage(feed, now))
    _responses(columns, feed, rows, now)


def _age_law(feed: _Feed, now: Floats, log_rate: Floats, horizon: float) -> Floats:
    """Return the log of how often this endpoint, up for as long as it is now, went down within the horizon:
    by its newest spells of being up, and by its rate (as the log of outages a horizon) where they are few."""
    expected = 1.0 - np.exp(-np.exp(log_rate))
    fell, lasted = _PRIOR_SPELLS * expected, np.full(len(now), _PRIOR_SPELLS)
    if len(feed.ends):
        # The spell before each outage began with the end of the outage before, or with the first row.
        before = latest(feed.ends, feed.onsets)
        began = np.where(before >= 0, feed.ends[np.maximum(before, 0)], feed.times[0])
        spells = feed.onsets - began
        age = now - np.where(now >= feed.ends[0], now - since_latest(feed.ends, now), feed.times[0])
        place = latest(feed.onsets, now)
        for back in range(min(len(spells), _SPELLS)):
            known = place >= back
            spell = spells[np.maximum(place - back, 0)]
            at_risk = known & (spell > age)
            lasted += at_risk
            fell += at_risk & (spell <= age + horizon)
    return np.asarray(np.log(fell / lasted), dtype=np.float64)


def _time_down(feed: _Feed, now: Floats, span: float) -> Floats:
    """Return the share of the newest `span` seconds, or since it is known, that the endpoint was down."""
    if not len(feed.falls):
        return np.zeros(len(now))
    # One that still lasts goes on for now.
    ends = np.r_[feed.ends, feed.falls[-1] + NEVER][: len(feed.falls)]
    edges = np.column_stack([feed.falls, ends]).ravel()
    after = np.cumsum(ends - feed.falls)
    total = np.column_stack([after - (ends - feed.falls), after]).ravel()
    first = np.maximum(now - span, feed.times[0])
    down = np.interp(now, edges, total) - np.interp(first, edges, total)
    return np.asarray(down / np.maximum(now - first, 1.0), dtype=np.float64)


def _same_weekday(times: Floats, weight: Floats, now: Floats, horizon: float) -> Floats:
    """Return how strongly this hour had outages on the same day of up to eight earlier weeks."""
    return same_hour(times, weight, now, horizon, slack=0.0, days=56, every=7, fade_days=28.0)


def _last_outage(feed: _Feed, now: Floats) -> Floats:
    """Return how long the last finished outage lasted, 0 when there was none."""
    if not len(feed.ends):
        return np.zeros(len(now))
    began = np.r_[feed.times[0], feed.onsets]
    lasted = feed.ends - began[np.maximum(latest(began, feed.ends), 0)]
    place = latest(feed.ends, now)
    return np.where(place >= 0, lasted[np.maximum(place, 0)], 0.0)


def _responses(columns: dict[str, Floats], feed: _Feed, rows: NDArray[np.intp], now: Floats) -> None:
    log_ms = np.where(feed.down | ~(feed.ms >= 0), np.nan, np.log1p(np.maximum(feed.ms, 0.0)))
    usual = carry_forward(medians_before(log_ms))
    spread = carry_forward(medians_before(np.abs(log_ms - usual)))
    shown = carry_forward(log_ms)
    place = np.maximum(latest(feed.times, now), 0)
    last, middle, wide = (np.nan_to_num(part[place]) for part in (shown, usual, spread))
    known = np.isfinite(usual[place])
    columns["response"][rows] = np.where(known, np.clip((last - middle) / (wide + 0.15), -4, 4) / 2, 0.0)
    columns["last_ms"][rows], columns["usual_ms"][rows], columns["spread_ms"][rows] = last, middle, wide
