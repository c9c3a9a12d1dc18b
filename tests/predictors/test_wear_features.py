"""Wear is seen whichever way a unit wears out."""

import numpy as np
import pandas as pd

from predictors.questions.wear_features import learn_scale, wear_features


def two_ways_to_wear() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Twenty units of 100 steps; over the last forty a sensor rises in every other unit, else it falls."""
    random = np.random.default_rng(1)
    rows = []
    for unit in range(20):
        drift = np.maximum(np.arange(100) - 60, 0) * (0.1 if unit % 2 else -0.1)
        for step in range(100):
            rows.append((f"u{unit}", step, step, random.normal() + drift[step], random.normal()))
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "s1", "s2"])
    queries = events[["feed_id", "t"]].assign(y=(events["t"] >= 70).astype(int), event_t=100)
    return events, queries


def test_units_that_wear_out_in_opposite_ways_are_both_seen_to_wear() -> None:
    events, queries = two_ways_to_wear()
    known, others = (queries["feed_id"].isin([f"u{n}" for n in part]) for part in (range(10), range(10, 20)))

    scale = learn_scale(events[known], queries[known])
    columns = wear_features(scale, events[others], queries[others])

    near = queries.loc[others, "y"].to_numpy() == 1
    for name in ("departed", "wear_curved"):
        fresh, worn = columns[name][~near], columns[name][near]
        assert (worn[:, None] > fresh).mean() > 0.85, name
    assert (columns["wear"][near][:, None] > columns["wear"][~near]).mean() < 0.7
