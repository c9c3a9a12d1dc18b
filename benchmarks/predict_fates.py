"""Follow one episode from run to run: still to strike, striking, or over.

Runs of a feed that start within an hour share the fate of the episode they meet: whether it comes at all is
drawn once, not once a run. What has been sensed is certain, also of the moment at which a run under way
started; what is still to come follows the law of its mechanism.
"""

import numpy as np
from numpy.typing import NDArray

from predictors.simulator.mechanisms import HIT, MECHANISMS, MENDED, Episodes, Kind

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

COMES = np.array([mechanism.comes for mechanism in MECHANISMS]) * (1.0 - MENDED)


class Fate:
    """The chance, per question, that no run so far has been struck, split by where the episode stands."""

    def __init__(self, episodes: Episodes, one: Whole, now: Floats) -> None:
        self._begin, self._fails, self._ends = episodes.begin[one], episodes.fails[one], episodes.ends[one]
        self._lead, self._lasts = episodes.due[one] - self._begin, episodes.lasts[one]
        self._low, self._high = episodes.low[one], episodes.high[one]
        # A line of free space says when it ends; only whether somebody clears it is open.
        exact = episodes.kind[one] == Kind.DATABASE_FULL
        self._low, self._high = (np.where(exact, self._lead, edge) for edge in (self._low, self._high))
        self._comes = COMES[episodes.kind[one]]
        over, striking = now >= self._ends, now >= self._fails
        self._now = self._at = now.copy()
        self._before = (~over & ~striking).astype(np.float64)
        self._striking = (~over & striking).astype(np.float64)
        self._over = over.astype(np.float64)

    @property
    def healthy(self) -> Floats:
        """Return the chance that no run so far has been struck."""
        return self._before + self._striking + self._over

    def meet(self, rows: Whole, start: Floats, ends: Floats) -> None:
        """Let the next run of some questions start; `ends` is its chance to end within the horizon."""
        past = start <= self._now[rows]
        hit = (start >= self._fails[rows]) & (start < self._ends[rows])
        known = np.where(past & hit, 1.0 - HIT * ends, 1.0)
        for part in (self._before, self._striking, self._over):
            part[rows] *= known
        ahead = ~past
        self._move(rows[ahead], start[ahead])
        self._striking[rows[ahead]] *= 1.0 - HIT * ends[ahead]

    def _move(self, rows: Whole, start: Floats) -> None:
        """Let time pass until a run starts."""
        start = np.maximum(start, self._at[rows])
        begin, lasts = self._begin[rows], self._lasts[rows]
        age, until = self._at[rows] - begin, start - begin
        low, high = np.maximum(age, self._low[rows]), self._high[rows]
        span = np.maximum(high - low, 1.0)
        # It strikes at some moment between `low` and `high`, each as likely, and lasts as it lasts.
        reach = np.clip(np.minimum(until, low + span), low, None)
        gone = np.where(until > low, (reach - low) / span, 0.0)
        fading = np.exp(-np.maximum(until - reach, 0.0) / lasts)
        on = lasts / span * (fading - np.exp(-np.maximum(until - low, 0.0) / lasts))
        before, striking = self._before[rows], self._striking[rows]
        still = before * np.clip(1.0 - gone, 0.0, 1.0)
        now = striking * np.exp(-(start - self._at[rows]) / lasts)
        now += before * self._comes[rows] * np.clip(on, 0.0, 1.0)
        self._over[rows] += before + striking - still - now
        self._before[rows], self._striking[rows], self._at[rows] = still, now, start
