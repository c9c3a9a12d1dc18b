"""Features of every kind stay what they are when the future is cut away, for every question asked."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from predictors.questions.balance_features import balance
from predictors.questions.delivery_features import delivery_features
from predictors.questions.outage_features import outage_features
from predictors.questions.plain_features import plain_features
from predictors.questions.run_features import run_features
from predictors.questions.wear_features import learn_scale, wear_features

DAY = 86_400
Columns = Mapping[str, NDArray[np.float64]]
Features = Callable[[pd.DataFrame, pd.DataFrame], Columns]


def a_history(kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events that come late, at the same moment, and with gaps, and questions between them."""
    random = np.random.default_rng(11)
    count = 240
    t = np.sort(random.integers(0, 40 * DAY, count)).astype(float)
    if kind == "batch":
        t = np.repeat(np.arange(count // 4), 4) * float(DAY)
    events = pd.DataFrame(
        {
            "feed_id": np.resize(np.array(["a", "b", "c", "d"], dtype=object), count),
            "t": t,
            "t_avail": t + (random.integers(0, 3, count) * 600.0 if kind != "batch" else 0.0),
            "status": random.choice(["up", "down"] if kind == "outage" else ["ok", "fail"], count),
            "ms": random.normal(100.0, 20.0, count),
            "dur": random.exponential(60.0, count),
            "tries": random.integers(1, 4, count).astype(float),
            "pub_lag_h": random.exponential(1.0, count),
            "op1": random.choice([0.0, 1.0], count),
        }
    )
    flow = random.integers(0, 50, count).astype(float)
    events["new"] = flow
    events["total"] = pd.Series(flow).groupby(events["feed_id"]).cumsum() + random.choice([0, 0, 0, 5], count)
    events["parts_sum"] = events["total"] + random.choice([0, 0, 0, 0, 2], count)
    events.loc[random.random(count) < 0.05, "ms"] = np.nan
    queries = events[["feed_id", "t_avail"]].rename(columns={"t_avail": "t"})
    queries = queries.assign(y=random.integers(0, 2, count), event_t=-1)
    return events, queries


def features_of(kind: str, events: pd.DataFrame, queries: pd.DataFrame) -> Features:
    """Return the features of a kind as a model computes them: what training fixes is fixed."""
    numbers = events.drop(columns=["status"])
    if kind == "outage":
        return lambda seen, asked: outage_features(seen, asked, 3_600.0)
    if kind == "runs":
        return run_features
    if kind == "plain":
        return lambda seen, asked: plain_features(seen, asked, {"time_unit": "s"})
    if kind == "batch":
        labels = queries[queries["t"] < 20 * DAY]
        return lambda seen, asked: delivery_features(
            seen.drop(columns=["status"]), asked, labels[labels["t"] <= asked["t"].max()], 0.0
        )
    scale = learn_scale(numbers, queries)
    return lambda seen, asked: wear_features(scale, seen.drop(columns=["status"]), asked)


@pytest.mark.parametrize("kind", ["outage", "runs", "plain", "batch", "wear"])
def test_no_feature_changes_when_the_future_is_cut_away(kind: str) -> None:
    events, queries = a_history(kind)
    features = features_of(kind, events, queries)
    whole = features(events, queries)

    for place in range(20, len(queries), 13):
        asked = queries.iloc[[place]]
        then = features(events[events["t_avail"] <= asked["t"].iloc[0]], asked)
        for name, values in whole.items():
            assert np.isclose(then[name][0], values[place], atol=1e-9), name


def test_books_that_stop_balancing_are_noticed_and_no_sooner() -> None:
    feed = np.repeat(np.arange(2), 60)
    moments = np.tile(np.arange(60) * float(DAY), 2)
    flow = np.tile(np.arange(1.0, 61.0), 2)
    total = np.concatenate([np.cumsum(flow[:60]), np.cumsum(flow[:60])])
    total[60 + 50 :] -= 7.0
    values = np.column_stack([total, flow, np.full(120, 3.0)])

    told = balance(values, feed.astype(np.intp), moments)

    assert told["flow_broken"][60 + 50] == 1.0
    assert np.flatnonzero(told["flow_broken"]).tolist() == [60 + 50]
    assert told["flow_gap"][60 + 50] == pytest.approx(-np.log1p(7.0))
    assert told["flow_habit"][60 + 51] > 0.0 == told["flow_habit"][60 + 50]
