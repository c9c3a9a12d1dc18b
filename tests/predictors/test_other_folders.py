"""Folders of other systems: columns missing, other units, hardly any trouble; all that can be is judged."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.predict import question_task
from benchmarks.predict_tasks import discover, folds, left_out, load
from benchmarks.predict_watched import WatchedRuns
from domain.errors import BadInput
from predictors.questions.event_frame import number_columns, tidied
from predictors.questions.question_models import learn

HOUR = 3_600
Frames = tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]
ROOT = Path(__file__).resolve().parents[2]


def some_outages() -> Frames:
    """Two endpoints, five days; one goes down at noon."""
    noons = [day * 24 * HOUR + 12 * HOUR for day in range(5)]
    rows = [("b", t, "up", 200, 90.0) for t in range(0, 120 * HOUR, 6 * HOUR) if t not in noons]
    rows += [("a", noon, "down", 0, 0.0) for noon in noons]
    rows += [("a", noon + 600, "up", 200, 80.0) for noon in noons]
    events = pd.DataFrame(
        sorted(rows, key=lambda row: row[1]), columns=["feed_id", "t", "status", "code", "ms"]
    )
    asked = [
        (feed, t, int(feed == "a" and t + HOUR in noons), t + HOUR)
        for t in range(0, 120 * HOUR, HOUR)
        for feed in ("a", "b")
    ]
    queries = pd.DataFrame(asked, columns=["feed_id", "t", "y", "event_t"])
    queries["event_t"] = queries["event_t"].where(queries["y"] == 1, -1)
    cut = 60 * HOUR
    queries["fold"], queries["qid"] = (queries["t"] > cut).astype(int), range(len(queries))
    return (
        events,
        queries,
        {"kind": "outage", "horizon": HOUR, "time_unit": "s", "split": "time", "cuts": [cut]},
    )


def some_runs() -> Frames:
    rows = [
        (f"r{n % 3}", n * HOUR, n * HOUR + 60, 60.0, 1, "fail" if n % 9 == 0 else "ok") for n in range(90)
    ]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "dur", "tries", "status"])
    queries = events[["feed_id", "t"]].assign(y=(events["status"] == "fail").astype(int), event_t=events["t"])
    queries["fold"], queries["qid"] = (queries["t"] > 60 * HOUR).astype(int), range(len(queries))
    return events, queries, {"kind": "runs", "horizon": 0, "split": "time", "cuts": [60 * HOUR]}


def some_wear() -> Frames:
    rows = [(f"u{u}", t, t, 1.0, float(t > 30) + u / 9) for u in range(4) for t in range(1, 61)]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "op1", "s1"])
    queries = events[["feed_id", "t"]].assign(y=(events["t"] > 30).astype(int), event_t=60)
    queries["fold"] = (queries["feed_id"] >= "u2").astype(int)
    return (
        events,
        queries,
        {"kind": "telemetry", "horizon": 30, "time_unit": "cycle", "split": "feed", "cuts": []},
    )


def some_deliveries() -> Frames:
    rows = [(f"f{n % 2}", n * 12 * HOUR, n * 100.0, n * 100.0) for n in range(80)]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "total", "other_sum"])
    queries = events[["feed_id", "t"]].assign(y=[int(n % 7 == 3) for n in range(80)], event_t=events["t"])
    queries["fold"] = (queries["t"] > 40 * 12 * HOUR).astype(int)
    return events, queries, {"kind": "batch", "horizon": 0, "cuts": [40 * 12 * HOUR]}


ALL = (some_outages, some_runs, some_wear, some_deliveries)


def without_any_column(frames: Frames) -> Frames:
    events, queries, info = frames
    return events[["feed_id", "t"]], queries[["feed_id", "t", "y", "fold"]], info


def without_events(frames: Frames) -> Frames:
    return frames[0].iloc[:0], frames[1], frames[2]


def full_of_gaps(frames: Frames) -> Frames:
    events = frames[0].astype({name: object for name in frames[0] if name != "t"})
    for place, name in enumerate(events.columns[2:]):
        events.iloc[place::5, events.columns.get_loc(name)] = [np.nan, np.inf, "n/a"][place % 3]
    return events, frames[1], frames[2]


def of_one_feed(frames: Frames) -> Frames:
    return frames[0].assign(feed_id=7), frames[1].assign(feed_id=7), frames[2]


SPOILT = (without_any_column, without_events, full_of_gaps, of_one_feed)


def write(folder: Path, frames: Frames) -> Path:
    folder.mkdir(parents=True)
    frames[0].to_csv(folder / "events.csv", index=False)
    frames[1].to_csv(folder / "queries.csv", index=False)
    (folder / "task.json").write_text(json.dumps(frames[2]), encoding="utf-8")
    return folder


def judged(data: Path, *, with_peers: bool = False) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return all rows of figures of the only task there, and what was said of it."""
    ((name, kind, folder),), _ = discover(data)
    reasons: dict[str, str] = {}
    return question_task(load(name, kind, folder), reasons, with_peers=with_peers), reasons


@pytest.mark.parametrize(
    ("made", "spoil"),
    # One unit alone cannot be split by units.
    [(made, spoil) for made in ALL for spoil in SPOILT if (made, spoil) != (some_wear, of_one_feed)],
)
def test_what_a_folder_leaves_out_does_not_keep_it_from_being_judged(
    made: Callable[[], Frames], spoil: Callable[[Frames], Frames], tmp_path: Path
) -> None:
    write(tmp_path / "elsewhere", spoil(made()))

    rows, reasons = judged(tmp_path)

    assert 0.0 <= rows["dogwatch"]["pr_auc"] <= 1.0
    assert rows["dogwatch"]["questions"] > 0
    # The watch learns from runs alone; what is asked of them teaches it nothing.
    without_runs = (made, spoil) == (some_runs, without_events)
    told = {"elsewhere, left out": "no rows of events"} if spoil is without_events else {}
    assert reasons == told | ({"elsewhere, watch": "no run to learn from"} if without_runs else {})
    assert ("watch" in rows) is (made is some_runs and not without_runs)


def test_baselines_live_with_a_past_without_trouble(tmp_path: Path) -> None:
    events, queries, info = some_runs()
    write(tmp_path / "calm", (events, queries.assign(y=queries["y"] * queries["fold"]), info))

    rows, reasons = judged(tmp_path, with_peers=True)

    assert len(rows) == 9
    assert not reasons


def test_the_model_of_the_watch_is_asked_about_runs_too_and_sees_what_repeats(tmp_path: Path) -> None:
    hours, jobs = range(400), ("good", "flaky", "bad")
    fails = {"good": 97, "flaky": 7, "bad": 2}
    rows = [
        (job, n * HOUR, n * HOUR + 60, 60.0, 1, "fail" if n % fails[job] == 0 else "ok")
        for n in hours
        for job in jobs
    ]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "dur", "tries", "status"])
    queries = events[["feed_id", "t"]].assign(y=(events["status"] == "fail").astype(int), event_t=events["t"])
    queries["fold"], queries["qid"] = (queries["t"] > 300 * HOUR).astype(int), range(len(queries))
    write(tmp_path / "jobs", (events, queries, some_runs()[2] | {"cuts": [300 * HOUR]}))

    rows_told, reasons = judged(tmp_path)

    assert not reasons
    watch = rows_told["watch"]
    assert watch["questions"] == 297
    assert watch["pr_auc"] > 2 * watch["base_rate"]
    assert watch["brier_skill"] > 0.1


def test_a_task_without_any_yes_is_said_in_words_and_has_no_figures_of_rank(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    write(tmp_path / "calm", (events, queries.assign(y=0), info))

    rows, reasons = judged(tmp_path)

    assert "all 118 answers are no" in reasons["calm"]
    assert "pr_auc" not in rows["dogwatch"]


def test_hours_and_written_moments_are_read_as_seconds(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    seconds = load("s", *discover(write(tmp_path / "s", (events, queries, info)))[0][0][1:])
    hours = [frame.assign(t=frame["t"] / HOUR) for frame in (events, queries)]
    hours[1]["event_t"] = hours[1]["event_t"].where(hours[1]["event_t"] < 0, hours[1]["event_t"] / HOUR)
    told = info | {"horizon": 1, "time_unit": "h", "cuts": [60]}
    in_hours = load("h", *discover(write(tmp_path / "h", (*hours, told)))[0][0][1:])
    words = events.assign(t=pd.to_datetime(events["t"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    in_words = load("w", *discover(write(tmp_path / "w", (words, queries, info)))[0][0][1:])

    for other in (in_hours, in_words):
        assert other.horizon == HOUR
        assert other.info["cuts"] == [60 * HOUR]
        assert np.allclose(other.events["t_avail"], seconds.events["t_avail"])
        assert np.allclose(other.queries["event_t"], seconds.queries["event_t"])


def test_cuts_that_nobody_wrote_down_follow_from_the_folds_and_folds_from_the_cuts(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    write(tmp_path / "a", (events, queries, {**info, "cuts": [], "horizon": None, "split": None}))
    write(tmp_path / "b", (events, queries.drop(columns=["fold", "qid"]), info))

    for name, kind, folder in discover(tmp_path)[0]:
        task = load(name, kind, folder)
        (fold,) = folds(task)
        assert task.horizon == HOUR
        assert fold.training.queries["t"].max() + HOUR <= 60 * HOUR < fold.truth["t"].min()


def test_folders_that_cannot_be_read_are_named_with_the_reason(tmp_path: Path) -> None:
    for name, text in (("a", "{no"), ("b", "[1]"), ("c", '{"kind": "tarot"}'), ("d", '{"kind": "runs"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "task.json").write_text(text, encoding="utf-8")

    found, refused = discover(tmp_path)

    assert set(refused) == {"a", "b", "c"}
    with pytest.raises(BadInput, match="no column t and no y"):
        load(*found[0])


def test_the_whole_benchmark_writes_its_figures_although_one_folder_is_broken(tmp_path: Path) -> None:
    write(tmp_path / "data" / "some-runs", some_runs())
    write(tmp_path / "data" / "empty", (some_runs()[0], some_runs()[1].iloc[:0], some_runs()[2]))
    (tmp_path / "data" / "broken").mkdir()
    (tmp_path / "data" / "broken" / "task.json").write_text("{", encoding="utf-8")
    order = ["--data", str(tmp_path / "data"), "--json", str(tmp_path / "told.json"), "--no-peers"]

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.predict", *order, "--sim-days", "0", "--jobs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "told.json").read_text())
    assert {"pr_auc_some-runs", "watch_pr_auc_some-runs"} <= set(told["figures"])
    assert not told["peers"]
    assert told["figures"]["unjudged"] == 2
    assert set(told["data"]["unjudged"]) == {"empty", "broken"}


def test_states_in_other_words_and_gaps_between_them_mean_the_same() -> None:
    events = pd.DataFrame({"feed_id": ["a"] * 4, "t": [4, 2, 3, 1], "status": ["UP", " Failed", None, "OK"]})

    frame = tidied(events, "outage", number_columns(events))

    assert frame["status"].tolist() == ["up", "down", "down", "up"]
    told = pd.DataFrame({"feed_id": ["a"] * 4, "t": [1, 2, 3, 4], "status": [True, False, True, False]})
    assert tidied(told, "outage", ())["status"].tolist() == ["up", "down", "up", "down"]


def test_an_endpoint_without_states_is_down_where_its_code_says_so() -> None:
    events = pd.DataFrame({"feed_id": ["a"] * 4, "t": [1, 2, 3, 4], "code": [200, 0, 301, 404]})

    assert tidied(events, "outage", ("code",))["status"].tolist() == ["up", "down", "up", "down"]


def test_of_columns_that_share_a_name_the_first_is_read() -> None:
    events = pd.DataFrame(
        [["a", 1, "up", 5.0, 7.0], ["a", 2, "down", 6.0, 8.0]], columns=["feed_id", "t", "status", "ms", "ms"]
    )

    assert number_columns(events) == ("ms",)
    assert tidied(events, "outage", ("ms",))["ms"].tolist() == [5.0, 6.0]


def test_a_delivery_sent_twice_counts_once_and_one_that_differs_or_a_run_stays() -> None:
    twice = pd.DataFrame({"feed_id": ["a"] * 3, "t": [1, 1, 2], "rows": [5.0, 5.0, 5.0]})

    assert tidied(twice, "batch", ("rows",))["t"].tolist() == [1, 2]
    assert len(tidied(twice.assign(rows=[5.0, 6.0, np.nan]), "batch", ("rows",))) == 3
    assert len(tidied(twice.assign(feed_id=["a", "b", "a"]), "telemetry", ("rows",))) == 3
    assert len(tidied(twice, "runs", ("rows",))) == 3


def test_what_has_no_part_in_the_figures_is_said(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    events["t"] = events["t"].astype(float).where(events.index != 3)
    events["feed_id"] = events["feed_id"].where(events.index != 5)
    queries["y"] = queries["y"].astype(float).where(queries.index % 60 > 0)
    queries["fold"] = queries["fold"].where(queries.index != 200, 9)
    write(tmp_path / "holes", (events, queries, info | {"cuts": [60 * HOUR, 500 * HOUR]}))

    rows, reasons = judged(tmp_path)

    assert rows["dogwatch"]["questions"] == 116
    assert reasons == {
        "holes, left out": "2 of 25 rows, without a feed or a moment; "
        "4 of 240 questions, without an answer or a moment; "
        "fold 2, without questions or a past; 1 of 236 questions, in no fold"
    }


@pytest.mark.parametrize("made", ALL)
def test_of_a_whole_folder_nothing_is_said_to_be_left_out(made: Callable[[], Frames], tmp_path: Path) -> None:
    events, queries, info = made()
    write(tmp_path / "whole", (pd.concat([events, events.tail(3)]), queries, info))

    task = load(*discover(tmp_path)[0][0])

    assert left_out(task, list(folds(task))) == ""


def test_questions_without_constants_and_folders_without_a_task_are_named(tmp_path: Path) -> None:
    write(tmp_path / "data" / "bare", some_runs())
    (tmp_path / "data" / "bare" / "task.json").unlink()
    (tmp_path / "nothing").mkdir()

    assert discover(tmp_path / "data") == ([], {"bare": "there is no task.json"})
    assert discover(tmp_path / "nothing") == ([], {"nothing": "no task lies in this folder"})


@pytest.mark.parametrize("spoilt", [b"no gzip at all", gzip.compress(b"feed_id,t,y\n" * 99)[:20], b""])
def test_a_file_that_is_cut_off_is_named(spoilt: bytes, tmp_path: Path) -> None:
    folder = write(tmp_path / "cut", some_runs())
    (folder / "queries.csv").unlink()
    (folder / "queries.csv.gz").write_bytes(spoilt)

    with pytest.raises(BadInput, match="queries"):
        load(*discover(tmp_path)[0][0])


@pytest.mark.parametrize("made", ALL)
def test_a_past_of_nothing_but_trouble_promises_trouble(made: Callable[[], Frames], tmp_path: Path) -> None:
    events, queries, info = made()
    write(tmp_path / "woe", (events, queries.assign(y=1), info))

    task = load(*discover(tmp_path)[0][0])

    for fold in folds(task):
        assert learn(fold.training).answer(fold.window).min() > 0.5
        if made is some_runs:
            all_failed = replace(fold.training, events=fold.training.events.assign(status="fail"))
            assert WatchedRuns(all_failed)(fold.window).mean() > 0.5


def test_two_hundred_good_runs_promise_about_half_a_failure_in_as_many(tmp_path: Path) -> None:
    times = range(268)
    rows = [("a", n * HOUR, n * HOUR + 1_800, 1_800.0, 1, "ok") for n in times]
    events = pd.DataFrame(rows, columns=["feed_id", "t", "t_avail", "dur", "tries", "status"])
    queries = pd.DataFrame({"feed_id": "a", "t": events["t"], "y": 0, "fold": events["t"] > 200 * HOUR})
    info: dict[str, object] = {"kind": "runs", "horizon": 0, "cuts": [200 * HOUR]}
    write(tmp_path / "calm", (events, queries, info))

    (fold,) = folds(load(*discover(tmp_path)[0][0]))

    for told in (learn(fold.training).answer(fold.window), WatchedRuns(fold.training)(fold.window)):
        assert 1 / 5_000 < told.min() <= told.max() < 1 / 300
