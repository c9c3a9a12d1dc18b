"""Say when people change something to end a trouble of one feed, as far as a watch hears of it.

A bad deployment is ended by another one, a drift of the schema by a change of how the feed reads it, or its
source takes it back. Most of these are told like any other change, some later, and some trouble is over
without a word. Not every try helps: now and then something is changed while the trouble goes on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.simulator.mechanisms import MECHANISMS, MENDED, Episodes, Kind

Floats = NDArray[np.float64]

# How often the end of a trouble is a change of the feed that is told; else it ends without a word.
_TOLD = {Kind.DEPLOYMENT: 0.85, Kind.SCHEMA_DRIFT: 0.6}
# How often something is changed before that and does not help.
_IN_VAIN = 0.25
# One mend in ten is told only minutes later.
_LATE, _LATEST = 0.1, 1_800.0


@dataclass(frozen=True)
class Mends:
    """Changes by which people meant to end troubles: where (place of the world), and when they were told."""

    place: NDArray[np.intp]
    told: Floats

    def of(self, place: int) -> Floats:
        """Return the moments of one place's, in order."""
        return np.sort(self.told[self.place == place])


def mends_of(episodes: Episodes, seed: int, end: float) -> Mends:
    """Return the changes that ended troubles of single feeds, or were to, by draws of their own."""
    random = np.random.default_rng([seed, 4])
    places, moments = [], []
    for kind, share in _TOLD.items():
        own = episodes.kind == kind
        place, ends = episodes.place[own], episodes.ends[own]
        failed = np.isfinite(episodes.fails[own])
        # What did not come to fail was harmless by itself, or somebody was faster.
        faster = MENDED / (1.0 - MECHANISMS[kind].comes * (1.0 - MENDED))
        mended = random.random(len(ends)) < share * np.where(failed, 1.0, faster)
        late = (random.random(len(ends)) < _LATE) * random.uniform(120.0, _LATEST, len(ends))
        heard = ends + random.uniform(1.0, 30.0, len(ends)) + late
        in_vain = failed & (random.random(len(ends)) < _IN_VAIN)
        since = np.where(failed, episodes.fails[own], ends)
        tried = since + random.random(len(ends)) * (ends - since)
        places += [place[mended], place[in_vain]]
        moments += [heard[mended], tried[in_vain]]
    where, told = np.concatenate(places), np.concatenate(moments)
    inside = told < end
    return Mends(where[inside], told[inside])
