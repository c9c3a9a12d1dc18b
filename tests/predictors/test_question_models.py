"""Models of all kinds learn, stay honest about the future, and survive odd windows."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from domain.errors import BadInput
from predictors.questions.question_models import learn

DAY = 86_400


@dataclass
class AWindow:
    events: pd.DataFrame
    queries: pd.DataFrame
    meta: pd.DataFrame = field(default_factory=pd.DataFrame)
    info: dict[str, object] = field(default_factory=dict)


def an_outage_window(days: int = 40) -> AWindow:
    """Two endpoints; the second goes down every day at noon."""
    events, queries = [], []
    for day in range(days):
        noon = day * DAY + 43_200
        events += [
            ("steady", day * DAY, "up", 100.0),
            ("shaky", day * DAY, "up", 100.0),
            ("shaky", noon, "down", 0.0),
            ("shaky", noon + 600, "up", 120.0),
        ]
        for t in range(day * DAY, (day + 1) * DAY, 1_800):
            for feed in ("steady", "shaky"):
                queries.append((feed, t, int(feed == "shaky" and t < noon <= t + 3_600)))
    frame = pd.DataFrame(events, columns=["feed_id", "t", "status", "ms"])
    frame["t_avail"] = frame["t"]
    asked = pd.DataFrame(queries, columns=["feed_id", "t", "y"])
    asked["qid"], asked["event_t"] = range(len(asked)), -1
    return AWindow(frame, asked, info={"kind": "outage", "horizon": 3_600})


def test_a_daily_outage_is_foreseen_and_the_steady_endpoint_left_alone() -> None:
    window = an_outage_window()

    told = learn(window).answer(window)

    y = window.queries["y"].to_numpy()
    late = window.queries["t"].to_numpy() > 20 * DAY
    assert told[late & (y == 1)].mean() > 10 * told[late & (y == 0)].mean()


def test_a_few_outages_that_began_as_degraded_teach_what_degraded_means() -> None:
    random = np.random.default_rng(3)
    events, queries = [], []
    for place in range(6):
        events += [(f"end{place}", float(day * DAY), "up") for day in range(60)]
        falls = np.sort(random.choice(58, 4, replace=False)) * DAY + random.uniform(0, DAY, 4)
        for fall in falls:
            events += [(f"end{place}", fall - 3_000, "degraded"), (f"end{place}", fall, "down")]
            events.append((f"end{place}", fall + 3_600, "up"))
        moments = np.arange(0.0, 60 * DAY, 1_800.0)
        falling = [bool(np.any((falls > t) & (falls <= t + 3_600))) for t in moments]
        queries += [(f"end{place}", t, int(y)) for t, y in zip(moments, falling, strict=True)]
    frame = pd.DataFrame(events, columns=["feed_id", "t", "status"])
    asked = pd.DataFrame(queries, columns=["feed_id", "t", "y"]).assign(event_t=-1)
    window = AWindow(frame.assign(t_avail=frame["t"]), asked, info={"kind": "outage", "horizon": 3_600})
    now = pd.DataFrame({"feed_id": ["end1", "end2"], "t": 61.0 * DAY})
    news = pd.DataFrame([("end1", 61.0 * DAY - 60, "degraded")], columns=["feed_id", "t", "status"])
    later = AWindow(pd.concat([window.events, news.assign(t_avail=news["t"])]), now, info=window.info)

    degraded, up = learn(window).answer(later)

    assert degraded > 0.3
    assert up < 0.02


def test_the_answer_does_not_change_when_the_future_is_cut_away() -> None:
    window = an_outage_window()
    model = learn(window)
    told = model.answer(window)
    place = 1_500
    now = window.queries["t"].iloc[place]
    alone = AWindow(
        window.events[window.events["t_avail"] <= now], window.queries.iloc[[place]], info=window.info
    )

    again = model.answer(alone)

    assert np.isclose(again[0], told[place], atol=1e-12)


def test_a_feed_nobody_has_seen_gets_an_answer_between_nothing_and_certainty() -> None:
    window = an_outage_window(10)
    stranger = window.queries.iloc[[50]].assign(feed_id="new")

    told = learn(window).answer(AWindow(window.events, stranger, info=window.info))

    assert 0.0 < told[0] < 0.5


def test_runs_that_always_fail_are_told_from_runs_that_never_do() -> None:
    rows = [
        (feed, n * 3_600, n * 3_600 + 60, 60.0, 1, "fail" if feed == "bad" and n % 2 else "ok")
        for n in range(200)
        for feed in ("good", "bad")
    ]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "dur", "tries", "status"])
    queries = events[["feed_id", "t"]].assign(y=(events["status"] == "fail").astype(int), event_t=events["t"])
    window = AWindow(events, queries, info={"kind": "runs", "horizon": 0})

    told = learn(window).answer(window)

    late, bad = queries["t"].to_numpy() > 100 * 3_600, queries["feed_id"].to_numpy() == "bad"
    assert told[late & bad].mean() > 0.3
    assert told[late & ~bad].mean() < 0.1


def test_what_broke_stays_broken_and_what_was_mended_stays_mended() -> None:
    random = np.random.default_rng(3)
    rows, broken = [], np.zeros(30, dtype=bool)
    for n in range(200):
        broken = np.where(broken, random.random(30) < 0.75, random.random(30) < 0.005)
        # A machine that fails takes many jobs along: days are not alike.
        fails = broken | ((random.random() < 0.02) & (random.random(30) < 0.5))
        rows += [
            (f"j{job}", n * 43_200, n * 43_200 + 60, "fail" if fails[job] else "ok") for job in range(30)
        ]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "status"])
    queries = events[["feed_id", "t"]].assign(y=(events["status"] == "fail").astype(int), event_t=-1)
    old = queries["t"] < 150 * 43_200
    model = learn(AWindow(events[old], queries[old], info={"kind": "runs", "horizon": 0}))

    told = model.answer(AWindow(events, queries[~old], info={"kind": "runs", "horizon": 0}))

    before = queries.groupby("feed_id")["y"].shift(1)[~old].to_numpy()
    assert told[before == 1].mean() > 0.5 * queries["y"][~old][before == 1].mean()
    assert told[before == 0].mean() < 0.05


@pytest.mark.parametrize("kind", ["outage", "runs", "batch", "telemetry"])
def test_where_nothing_failed_yet_little_is_feared_and_not_nothing(kind: str) -> None:
    window = an_outage_window(5)
    calm = AWindow(
        window.events.assign(status="up"), window.queries.assign(y=0), info={"kind": kind, "horizon": 30}
    )

    told = learn(calm).answer(calm)

    half_a_failure = 0.5 / len(window.queries)
    assert told.max() < 0.01
    assert told.mean() > 0.2 * half_a_failure
    assert told.mean() < 2.0 * half_a_failure


def test_deliveries_nobody_reported_are_answered_all_the_same() -> None:
    window = an_outage_window(5)
    past = AWindow(window.events, window.queries, info={"kind": "batch", "horizon": 0})
    nothing_came = AWindow(window.events.iloc[:0], window.queries, info=past.info)

    told = learn(past).answer(nothing_came)

    assert np.isfinite(told).all()


def test_a_stale_delivery_is_suspicious() -> None:
    random = np.random.default_rng(1)
    rows, y = [], []
    for day in range(120):
        for feed in range(4):
            stale = day > 10 and random.random() < 0.1
            rows.append((f"r{feed}", day * DAY, day * DAY, rows[-4][3] if stale else day * 100 + feed, 1.0))
            y.append(int(stale))
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "total", "pub_lag_h"])
    queries = events[["feed_id", "t"]].assign(y=y, event_t=events["t"])
    window = AWindow(events, queries, info={"kind": "batch", "horizon": 0})

    told = learn(window).answer(window)

    late, wrong = queries["t"].to_numpy() > 60 * DAY, np.array(y) == 1
    assert told[late & wrong].mean() > 3 * told[late & ~wrong].mean()


@pytest.mark.parametrize("sign", ["late", "missing", "short"])
def test_a_dozen_faults_teach_what_a_sign_is_worth_here(sign: str) -> None:
    window = deliveries_with(sign)
    old = window.queries["t"] < 200 * DAY
    model = learn(AWindow(window.events[old.to_numpy()], window.queries[old], info=window.info))

    told = model.answer(AWindow(window.events, window.queries[~old], info=window.info))

    wrong = window.queries["y"][~old].to_numpy() == 1
    assert np.sort(told[wrong])[len(told[wrong]) // 2] > np.quantile(told[~wrong], 0.98)
    assert told[wrong].mean() > 10 * told[~wrong].mean()


def deliveries_with(sign: str) -> AWindow:
    """Return four feeds of three hundred days, a dozen and a half faults, all with one sign."""
    random = np.random.default_rng(2)
    rows, y = [], []
    for day in range(300):
        for feed in range(4):
            wrong = day > 20 and random.random() < 0.015
            counts = random.poisson(np.array([300.0, 40.0, 900.0, 120.0])).astype(np.float64)
            if wrong and sign == "missing":
                counts[1] = np.nan
            if wrong and sign == "short":
                counts[2] = np.floor(counts[2] * 0.3)
            lag = random.exponential(0.5) + (6.0 if wrong and sign == "late" else 0.0)
            rows.append((f"r{feed}", day * DAY, day * DAY, *counts, lag))
            y.append(int(wrong))
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "a", "b", "c", "d", "pub_lag_h"])
    queries = events[["feed_id", "t"]].assign(y=y, event_t=events["t"])
    return AWindow(events, queries, info={"kind": "batch", "horizon": 0})


def test_a_worn_unit_is_nearer_its_end_than_a_new_one() -> None:
    random = np.random.default_rng(2)
    rows, asked = [], []
    for unit in range(12):
        life = int(random.integers(80, 140))
        for t in range(1, life + 1):
            worn = max(0.0, t - life + 60) / 60
            rows.append((f"u{unit}", t, t, 0.0, worn + random.normal(0, 0.1), 5.0))
            asked.append((f"u{unit}", t, int(life - t <= 30), life))
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "op1", "s1", "s2"])
    queries = pd.DataFrame(asked, columns=["feed_id", "t", "y", "event_t"])
    window = AWindow(events, queries, info={"kind": "telemetry", "horizon": 30})

    told = learn(window).answer(window)

    y = queries["y"].to_numpy()
    assert told[y == 1].mean() > 0.6
    assert told[y == 0].mean() < 0.2


def test_an_unknown_kind_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="unknown kind"):
        learn(AWindow(pd.DataFrame(), an_outage_window(1).queries, info={"kind": "tarot"}))
