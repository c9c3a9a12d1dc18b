"""Who is down now says who may be next: the share of the system, and those that went down together before."""

import numpy as np
import pandas as pd
import pytest

from predictors.questions.outage_features import outage_features

DAY, HOUR = 86_400.0, 3_600.0


def events(**down: list[tuple[float, float]]) -> pd.DataFrame:
    """Return rows of endpoints that are up from 0 on but for these spans."""
    rows = [(name, 0.0, "up") for name in down]
    for name, spans in down.items():
        for begin, end in spans:
            rows += [(name, begin, "down"), (name, end, "up")]
    frame = pd.DataFrame(rows, columns=["feed_id", "t", "status"])
    return frame.assign(t_avail=frame["t"]).sort_values("t", kind="stable")


def asked(frame: pd.DataFrame, feed: str, *moments: float) -> dict[str, np.ndarray]:
    return outage_features(frame, pd.DataFrame({"feed_id": feed, "t": moments}), HOUR)


def test_the_share_of_endpoints_that_are_down_is_known_while_they_are() -> None:
    frame = events(asked=[], one=[(10 * HOUR, 11 * HOUR)], two=[(10.5 * HOUR, 12 * HOUR)], three=[])

    told = asked(frame, "asked", 9.9 * HOUR, 10 * HOUR, 10.5 * HOUR, 11 * HOUR, 12 * HOUR)["system_down"]

    assert np.expm1(told) / 10.0 == pytest.approx([0.0, 0.25, 0.5, 0.25, 0.0])


def test_an_endpoint_that_stays_down_is_a_sign_for_a_day() -> None:
    frame = events(asked=[], gone=[(DAY, 9 * DAY)])

    told = asked(frame, "asked", 1.5 * DAY, 2.5 * DAY)

    assert (told["system_down"] > 0.0).tolist() == [True, False]
    assert (told["system_down_ever"] > 0.0).tolist() == [True, True]


def test_those_that_took_an_endpoint_along_before_are_told_from_those_that_did_not() -> None:
    days = [day * DAY for day in range(1, 20)]
    frame = events(
        asked=[(at + 600.0, at + HOUR) for at in days],
        partner=[(at, at + HOUR) for at in [*days, 30 * DAY]],
        stranger=[(at, at + HOUR) for at in [*(day + DAY / 2 for day in days), 31 * DAY]],
    )

    told = asked(frame, "asked", 30 * DAY + 60.0, 31 * DAY + 60.0, 32 * DAY)["partner_down"]
    told = np.expm1(told) / 100.0

    assert told[0] > 0.6
    assert told[1] < 0.01
    assert told[2] == 0.0


def test_an_endpoint_is_not_known_to_be_degraded_before_it_is_heard_of() -> None:
    frame = pd.DataFrame({"feed_id": ["asked"], "t": [HOUR], "status": ["degraded"]})

    told = asked(frame.assign(t_avail=frame["t"]), "asked", HOUR / 2, 2 * HOUR)["degraded"]

    assert (told > 0.0).tolist() == [False, True]


def test_how_long_an_endpoint_usually_stays_up_says_when_it_is_next() -> None:
    # Down for half an hour after each ten hours, whatever the clock says.
    falls = [10.5 * HOUR * turn for turn in range(1, 30)]
    frame = events(asked=[(at, at + HOUR / 2) for at in falls])
    up_since = falls[-1] + HOUR / 2

    told = np.exp(asked(frame, "asked", up_since + 2 * HOUR, up_since + 9.5 * HOUR)["own_age"])

    assert told[0] < 0.03
    assert told[1] > 0.8
