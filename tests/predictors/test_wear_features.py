"""Wear is seen whichever way a unit wears out."""

import numpy as np
import pandas as pd

from predictors.questions.wear_features import learn_scale, wear_features
from predictors.questions.wear_training import taught_features


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


def units_of_noise(count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return units of 60 steps whose fifteen sensors say nothing."""
    random = np.random.default_rng(5)
    events = pd.DataFrame(random.normal(size=(60 * count, 15)), columns=[f"s{n}" for n in range(15)])
    # A habit of the unit's own, by which a fit on sensors learns single units by heart.
    unit = np.repeat(np.arange(count), 60)
    events += random.normal(size=(count, 15))[unit]
    life = 60 + random.integers(0, 60, count)
    events = events.assign(feed_id=[f"u{n}" for n in unit], t=np.tile(np.arange(60.0), count))
    events["t_avail"] = events["t"]
    queries = events[["feed_id", "t"]].assign(event_t=life[unit])
    return events, queries.assign(y=(queries["event_t"] - queries["t"] <= 30).astype(int))


def test_units_teach_by_what_other_units_say_of_wear() -> None:
    events, queries = units_of_noise(20)
    left = (queries["event_t"] - queries["t"]).to_numpy()
    scale = learn_scale(events, queries)

    known = np.corrcoef(wear_features(scale, events, queries)["wear_curved"], left)[0, 1]
    taught = np.corrcoef(taught_features(scale, events, queries)["wear_curved"], left)[0, 1]

    assert known < -0.7
    assert taught > -0.4


def test_the_end_of_a_unit_says_nothing_to_its_own_lesson() -> None:
    events, queries = units_of_noise(20)
    own = (queries["feed_id"] == "u3").to_numpy()
    other = queries.assign(event_t=queries["event_t"].where(~own, 400))

    columns, changed = (taught_features(learn_scale(events, q), events, q)["wear"] for q in (queries, other))

    assert np.allclose(columns[own], changed[own])
    assert not np.allclose(columns[~own], changed[~own])


def test_of_few_units_all_teach_and_later_units_are_judged_by_all() -> None:
    for events, queries in (units_of_noise(15), units_of_noise(1)):
        scale = learn_scale(events, queries)

        taught, asked = taught_features(scale, events, queries), wear_features(scale, events, queries)

        assert all(np.array_equal(taught[name], asked[name]) for name in asked)
