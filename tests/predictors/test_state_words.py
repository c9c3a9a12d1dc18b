"""States in whatever words and numbers a system has for them."""

import pandas as pd
import pytest

from predictors.questions.event_frame import tidied
from predictors.questions.question_models import learn
from predictors.questions.state_words import learn_words, read_states
from tests.predictors.test_question_models import AWindow, an_outage_window


def read(states: list[object], kind: str = "outage", learned: dict[str, bool] | None = None) -> list[object]:
    return read_states(pd.Series(states, dtype=object), kind, {} if learned is None else learned).tolist()


def test_codes_flags_and_spellings_are_read_as_states() -> None:
    assert read([200, "301", 404.0, 503, 99]) == ["up", "up", "down", "down", "99"]
    assert read([1, 0.0, "1.0"]) == ["up", "down", "up"]
    assert read([0, 1, 137], "runs") == ["ok", "fail", "fail"]
    assert read(["Timed_Out", "MAJOR-OUTAGE", "passing"]) == ["down", "down", "up"]


def test_words_that_nobody_knows_and_gaps_stay_what_they_are() -> None:
    assert read(["degraded", None, "maintenance", "200 OK"]) == ["degraded", None, "maintenance", "200 ok"]
    assert read([1, "x"], "batch") == ["1", "x"]
    assert read(["2", "1"], learned={"0": True}) == ["2", "1"]


def test_a_number_that_training_did_not_show_means_what_it_usually_does_if_the_others_do() -> None:
    assert read([1, 0], learned={"1": True}) == ["up", "down"]
    assert read([0, 137], "runs", learned={"0": True, "1": False}) == ["ok", "fail"]
    # Another scale (2 up, 9 down, 0 paused), the other way round, words.
    assert read([2, 0], learned={"2": True, "9": False}) == ["up", "0"]
    assert read([0, 1], learned={"0": True}) == ["up", "1"]
    assert read([0, "odd"], learned={"odd": False}) == ["0", "down"]


def some_runs(good: object, bad: object) -> AWindow:
    """Return runs of three jobs, the third fails every other time."""
    rows = [
        (f"r{n % 3}", n * 3_600, n * 3_600 + 60, bad if n % 3 == 2 and n % 2 else good) for n in range(240)
    ]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "status"])
    queries = events[["feed_id", "t"]].assign(y=(events["status"] == bad).astype(int), event_t=events["t"])
    queries["qid"] = range(len(queries))
    return AWindow(events, queries, info={"kind": "runs", "horizon": 0})


def settled(window: AWindow, kind: str) -> list[str]:
    """Return the states as a model reads them that was taught by this window."""
    told = tidied(window.events, kind, ())
    return list(tidied(window.events, kind, (), learn_words(told, window.queries, kind))["status"])


@pytest.mark.parametrize(
    ("good", "bad"), [(0, 1), (1, 0), ("fine", "kaputt"), (3, 7), ("skipped", "stopped"), (1.0, -1.0)]
)
def test_answers_of_runs_settle_what_their_words_mean(good: object, bad: object) -> None:
    assert settled(some_runs(good, bad), "runs") == settled(some_runs("ok", "fail"), "runs")


def test_a_model_answers_alike_whichever_way_round_zero_and_one_are() -> None:
    told = [learn(window).answer(window) for window in (some_runs(1, 0), some_runs(0, 1))]

    assert told[0].tolist() == told[1].tolist()


@pytest.mark.parametrize(("good", "bad"), [(1, 0), (0, 1), (0, 2), (200, 0), (200, 503), ("up", "weg")])
def test_what_an_endpoint_never_is_while_asked_about_is_an_outage(good: object, bad: object) -> None:
    window = an_outage_window(20)
    down = window.events["status"] == "down"
    # An endpoint is asked about only while it answers.
    noon = (window.queries["t"] % 86_400 == 43_200) & (window.queries["feed_id"] == "shaky")
    told = window.events.assign(status=down.map({True: bad, False: good}))

    states = settled(AWindow(told, window.queries[~noon]), "outage")

    assert states == settled(AWindow(window.events, window.queries[~noon]), "outage")


def test_a_state_in_which_endpoints_are_asked_about_is_no_outage() -> None:
    events = pd.DataFrame(
        [("a", t, t, word) for t, word in enumerate(["up", "slow", "gone"] * 5)],
        columns=["feed_id", "t", "t_avail", "status"],
    )
    queries = events[events["status"] != "gone"][["feed_id", "t"]].assign(y=0)

    assert learn_words(events, queries, "outage") == {"gone": False}


def test_a_word_met_once_or_answered_both_ways_by_chance_is_not_learned() -> None:
    window = some_runs("ok", "fail")
    window.events.loc[[0, 1], "status"] = "odd"

    assert learn_words(window.events, window.queries, "runs") == {}
    assert learn_words(window.events.assign(status="odd"), window.queries.iloc[:0], "runs") == {}
    assert learn_words(window.events, window.queries, "batch") == {}
