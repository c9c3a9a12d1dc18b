"""What is known of a feed's own runs when the next one starts."""

import numpy as np
import pandas as pd
import pytest

from predictors.questions.run_features import run_features

HOUR = 3_600.0


def runs(**failed: str) -> pd.DataFrame:
    """Return a run an hour and feed, each known ten minutes after its start; `x` failed, `.` went well."""
    rows = [
        (feed, HOUR * turn, HOUR * turn + 600.0, "fail" if state == "x" else "ok")
        for feed, states in failed.items()
        for turn, state in enumerate(states)
    ]
    return pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "status"])


def asked(frame: pd.DataFrame, feed: str, *moments: float) -> dict[str, np.ndarray]:
    return run_features(frame, pd.DataFrame({"feed_id": feed, "t": moments}))


def test_what_stays_broken_is_told_from_what_fails_once() -> None:
    frame = runs(stays="....xxxxx....xxxxx....x", once="..x.x..x.x..x.x..x.x..x")

    stays, once = (asked(frame, feed, 23 * HOUR)["comes_again"][0] for feed in ("stays", "once"))

    assert np.exp(stays) > 0.5
    assert np.exp(once) < 0.3


def test_how_long_a_feed_has_been_good_or_bad_is_counted_in_its_runs() -> None:
    told = asked(runs(feed="x...xx"), "feed", 0.0, 3.5 * HOUR, 6 * HOUR)

    assert np.expm1(told["good_runs"]) == pytest.approx([0.0, 3.0, 0.0])
    assert np.expm1(told["bad_runs"]) == pytest.approx([0.0, 0.0, 2.0])


def test_the_share_of_feeds_that_are_broken_counts_runs_once_they_have_ended() -> None:
    frame = runs(one=".x.", two="...", three=".xx", four="..x")

    told = asked(frame, "two", 1.1 * HOUR, 1.5 * HOUR, 2.5 * HOUR)["bad_now"]

    assert np.expm1(told) / 50.0 == pytest.approx([0.0, 0.5, 0.5])


def test_a_feed_nobody_has_seen_is_taken_for_one_that_was_good_last() -> None:
    frame = runs(one="...x...", two=".......")

    stranger, known = (asked(frame, feed, 7 * HOUR)["comes_again"][0] for feed in ("new", "two"))

    assert stranger == pytest.approx(known, abs=0.7)
    assert np.exp(stranger) < 0.1
