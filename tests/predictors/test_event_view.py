"""Alerts as people see them, and folds at other cuts than the folder's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.predict_events import event_view
from benchmarks.predict_tasks import Kind, Task, other_folds

HOUR = 3_600


def test_an_alert_a_minute_too_early_holds_the_next_back_but_its_card_stays_open() -> None:
    trouble = 10 * HOUR
    t = np.array([trouble - 61 * 60, trouble - 31 * 60, trouble - 60, trouble + 5 * HOUR])
    truth = pd.DataFrame({"feed_id": "a", "t": t, "y": [0, 1, 1, 0], "event_t": [-1, trouble, trouble, -1]})

    seen = event_view(truth, np.array([0.9, 0.9, 0.9, 0.1]), np.full(4, 0.5), HOUR, "s")

    assert seen["lead_p50_min"] == pytest.approx(1.0)
    assert seen["card_lead_p50_min"] == pytest.approx(61.0)
    assert seen["card_warned"] == seen["events_warned"] == 1.0


def test_a_card_that_closed_long_before_the_trouble_warned_nobody() -> None:
    truth = pd.DataFrame(
        {"feed_id": "a", "t": [0, 4 * HOUR], "y": [0, 1], "event_t": [-1, 4 * HOUR + 600]}
    ).astype({"t": float})

    seen = event_view(truth, np.array([0.9, 0.1]), np.full(2, 0.5), HOUR, "s")

    assert seen["card_warned"] == 0.0
    assert seen["cards_per_feed_day"] > 0.0


@pytest.mark.parametrize("split", ["time", "feed"])
def test_other_cuts_keep_what_is_judged_out_of_what_is_learned(split: str) -> None:
    count = 120
    queries = pd.DataFrame(
        {
            "qid": np.arange(count),
            "feed_id": [f"f{n % 6}" for n in range(count)],
            "t": np.arange(count) * float(HOUR),
            "y": np.arange(count) % 2,
            "event_t": -1,
            "fold": 0,
        }
    )
    events = queries[["feed_id", "t"]].assign(t_avail=queries["t"], status="ok")
    info: dict[str, object] = {"kind": "runs", "split": split, "horizon": HOUR, "cuts": []}
    task = Task("a", Kind.RUNS, Path(), events, queries, pd.DataFrame(), info)

    found = other_folds(task, 3)

    assert len(found) == 3
    for fold in found:
        assert not set(fold.training.queries["qid"]) & set(fold.window.queries["qid"])
        if split == "time":
            last = fold.training.queries["t"].max()
            assert last + HOUR <= fold.window.queries["t"].min()
        else:
            assert not set(fold.training.queries["feed_id"]) & set(fold.window.queries["feed_id"])
