"""Answer every question as well as it can be answered: by the hidden state, but not by what is still to come.

The oracle senses every episode that has begun and whether it already fails; it knows the laws by which
episodes come, last and fade, how long runs take, and which runs have ended how. It does not know the draws:
neither whether an episode will fade, nor when exactly a run will end. What it sensed when a run under way
started, it remembers. Its score is the ceiling; no model may read its answers.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.predict_fates import COMES, Fate
from predictors.known.run_table import SPAN
from predictors.simulator.mechanisms import HIT, LOOK_BACK, MECHANISMS, PASSED_ON, Kind, begun, signs
from predictors.simulator.runs import History, busyness, parent_failed, queue_seconds, slowdown
from predictors.simulator.world import World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_MOST_RUNS = 8
_LONGEST = 2.0 * 3_600.0


def truth(history: History, feed: Whole, now: Floats, horizon: float = 3_600.0) -> Floats:
    """Return 1 where a run fails in (now, now + horizon], or would have, had nobody acted on an alert."""
    bad = history.would_fail
    key = np.sort(history.feed[bad] * SPAN + history.finished[bad])
    base = feed * SPAN + now
    found = np.searchsorted(key, base + horizon, "right") - np.searchsorted(key, base, "right")
    return (found > 0).astype(np.float64)


def oracle(world: World, history: History, feed: Whole, now: Floats, horizon: float = 3_600.0) -> Floats:
    """Return the probability of a failed run in (now, now + horizon], by perfect sensing of the present."""
    told = np.empty(len(feed))
    for begin in range(0, len(feed), 200_000):
        part = slice(begin, begin + 200_000)
        told[part] = _Oracle(world, history).asked(feed[part], now[part], horizon)
    return told


class _Oracle:
    """Holds the sorted keys of a history."""

    def __init__(self, world: World, history: History) -> None:
        self._world, self._history = world, history
        self._due_key = history.feed * SPAN + history.due
        self._order = np.lexsort((history.finished, history.feed))
        self._key = (history.feed * SPAN + history.finished)[self._order]
        self._failed = history.would_fail[self._order]
        self._background = _background(world)

    def asked(self, feed: Whole, now: Floats, horizon: float) -> Floats:
        """Return probabilities for one block of questions."""
        base = feed * SPAN + now
        first = np.searchsorted(self._due_key, base - _LONGEST, "right")
        last = np.searchsorted(self._due_key, base + horizon, "right")
        healthy = np.ones(len(feed))
        met: list[tuple[Whole, Floats, Floats]] = []
        # The newest runs count, so that many short ones that are over do not hide those that matter.
        for step in range(_MOST_RUNS, 0, -1):
            rows = np.flatnonzero(last - step >= first)
            run = last[rows] - step
            still = self._history.finished[run] > now[rows]
            rows, run = rows[still], run[still]
            if not len(rows):
                continue
            ends, start = self._ends(run, now[rows], horizon)
            healthy[rows] *= 1.0 - ends * self._apart(feed[rows], now[rows], start)
            met.append((rows, start, ends))
        return 1.0 - healthy * self._struck(feed, now, met)

    def _struck(self, feed: Whole, now: Floats, met: list[tuple[Whole, Floats, Floats]]) -> Floats:
        """Return the chance that no episode begun by now strikes any of the runs met."""
        world, healthy = self._world, np.ones(len(feed))
        for column in range(world.places.shape[1]):
            place = world.places[feed, column]
            for back in range(LOOK_BACK):
                one, ours = begun(world.episodes, place, now, back)
                asked = np.flatnonzero(ours & (world.episodes.ends[one] > now - _LONGEST))
                if not len(asked):
                    continue
                fate = Fate(world.episodes, one[asked], now[asked])
                number = np.full(len(feed), -1, dtype=np.intp)
                number[asked] = np.arange(len(asked))
                for rows, start, ends in met:
                    mine = number[rows] >= 0
                    fate.meet(number[rows][mine], start[mine], ends[mine])
                healthy[asked] *= fate.healthy
        return healthy

    def _ends(self, run: Whole, now: Floats, horizon: float) -> tuple[Floats, Floats]:
        """Return the chance that a run, not ended yet, ends within the horizon, and its (expected) start."""
        history = self._history
        due, begun = history.due[run], history.started[run] <= now
        feed = history.feed[run]
        sign, _ = signs(self._world.episodes, self._world.places[feed], np.minimum(due, now))
        busy = busyness(due)
        wait = queue_seconds(sign, busy)
        file_late = sign[:, Kind.FILE_LATE].astype(np.float64)
        usual = history.usual[feed] * slowdown(sign, busy)
        start = np.where(begun, history.started[run], np.maximum(due + wait + 1_200.0 * file_late, now))
        spread = np.where(begun, 0.0, np.sqrt(wait**2 + (700.0 * file_late) ** 2))
        width = np.sqrt((0.12 * usual) ** 2 + spread**2) + 1.0
        middle = start + usual * 1.007
        before = _normal((now - middle) / width)
        within = _normal((now + horizon - middle) / width)
        return np.clip((within - before) / np.maximum(1.0 - before, 1e-6), 0.0, 1.0), start

    def _apart(self, feed: Whole, now: Floats, start: Floats) -> Floats:
        """Return the chance that a run fails by chance, by what its upstreams did before it started, or by an
        episode that has not begun yet."""
        healthy = self._quiet(feed, now, start)
        for column in range(self._world.scene.upstream.shape[1]):
            parent = self._world.scene.upstream[feed, column]
            safe = np.maximum(parent, 0)
            known = parent_failed(self._world, self._key, self._failed, feed, np.minimum(start, now), column)
            # A parent that is due to end between now and the start may still fail, or come good.
            last = np.searchsorted(self._due_key, safe * SPAN + start, "right") - 1
            due = np.where(last >= 0, self._due_key[np.maximum(last, 0)] - safe * SPAN, -np.inf)
            ends = due + self._history.usual[safe]
            pending = (parent >= 0) & (due >= 0) & (ends > now) & (ends <= start)
            begin = np.maximum(due, 0.0)
            one = (np.arange(len(feed)), begin, np.ones(len(feed)))
            own = 1.0 - self._quiet(safe, now, begin) * self._struck(safe, now, [one])
            chance = np.where(pending, own, known.astype(np.float64))
            healthy *= 1.0 - PASSED_ON * np.where(parent >= 0, chance, 0.0)
        return 1.0 - healthy

    def _quiet(self, feed: Whole, now: Floats, start: Floats) -> Floats:
        """Return the chance that neither chance nor an episode still to begin strikes a run."""
        world = self._world
        healthy = np.full(len(feed), 1.0 - world.sudden)
        ahead = np.maximum(start - now, 0.0)
        for column in range(world.places.shape[1]):
            place = world.places[feed, column]
            coming = self._background(np.maximum(place, 0), ahead)
            healthy *= 1.0 - HIT * np.where(place >= 0, coming, 0.0)
        return healthy


def _background(world: World) -> "_Background":
    return _Background(world)


class _Background:
    """The chance that an episode which has not begun yet fails some time ahead; small, and known by law."""

    def __init__(self, world: World) -> None:
        places = int(world.places.max()) + 1
        span = world.end - world.start
        self._rate = np.zeros((places, len(Kind)))
        np.add.at(self._rate, (world.episodes.place, world.episodes.kind), 1.0 / span)
        # What counts is the law of a kind of place, not the luck of one of them.
        self._unit = np.ones(places)
        feeds = len(world.scene.feeds)
        self._unit[places - feeds :] = world.scene.interval
        for kind in Kind:
            used = self._rate[:, kind] > 0
            if used.any():
                self._rate[used, kind] = self._rate[used, kind].mean()

    def __call__(self, place: Whole, ahead: Floats) -> Floats:
        """Return the chance per place, this many seconds ahead."""
        total = np.zeros(len(place))
        for kind, mechanism in enumerate(MECHANISMS):
            unit = self._unit[place] if mechanism.place == "feed" else 1.0
            low, high = (edge * unit for edge in mechanism.lead)
            span = np.maximum(high - low, 1.0)
            inside = np.clip(ahead - low, 0.0, span)
            mean = inside**2 / (2.0 * span) + np.maximum(ahead - low - span, 0.0)
            total += self._rate[place, kind] * COMES[kind] * mean
        return np.clip(total, 0.0, 1.0)


def _normal(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)
