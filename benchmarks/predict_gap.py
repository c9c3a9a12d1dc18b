"""Where a model lacks what the oracle knows: the missing Brier skill, by what hidden state a question meets.

A question counts where the first of these holds: something of its own feed fails (a deployment, a drift of
its schema), something that it uses fails, signs are growing, an upstream is in trouble, or nothing is. Points
are hundredths of the way from the base rate to the oracle; together they are what the share lacks.
"""

import numpy as np
from numpy.typing import NDArray

from predictors.simulator.mechanisms import MECHANISMS, signs
from predictors.simulator.world import World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
_OWN = np.array([mechanism.place == "feed" for mechanism in MECHANISMS])


def gaps(
    world: World, asked: tuple[Whole, Floats], y: Floats, told: Floats, known: Floats
) -> dict[str, float]:
    """Return `gap_*_points` by situation.

    Args:
        world: Whose hidden states are looked up.
        asked: Feeds and moments (epoch seconds) of the questions.
        y: 1 where a run failed.
        told: The model's answers.
        known: The oracle's answers.
    """
    lacking = (y - told) ** 2 - (y - known) ** 2
    way = float(np.sum((y - y.mean()) ** 2 - (y - known) ** 2))
    left, found = np.ones(len(y), dtype=bool), {}
    for name, meets in _situations(world, *asked):
        mine = left & meets
        left &= ~meets
        found[f"gap_{name}_points"] = 100.0 * float(lacking[mine].sum()) / way
    return found


def _situations(world: World, feed: Whole, now: Floats) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return which questions meet each situation; a later one counts where no earlier one does."""
    strength, failing = signs(world.episodes, world.places[feed], now)
    above = np.zeros(len(feed), dtype=bool)
    for column in range(world.scene.upstream.shape[1]):
        parent = world.scene.upstream[feed, column]
        grown, fails = signs(world.episodes, world.places[np.maximum(parent, 0)], now)
        above |= (parent >= 0) & (fails.any(axis=1) | (grown > 0).any(axis=1))
    return [
        ("own_failing", np.asarray(failing[:, _OWN].any(axis=1), dtype=bool)),
        ("place_failing", np.asarray(failing[:, ~_OWN].any(axis=1), dtype=bool)),
        ("growing", np.asarray((strength > 0).any(axis=1), dtype=bool)),
        ("upstream", above),
        ("nothing", np.ones(len(feed), dtype=bool)),
    ]
