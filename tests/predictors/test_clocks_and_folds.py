"""Folders that count time or name their folds otherwise say the same as those that do it plainly."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.predict_tasks import Task, discover, folds, left_out, load
from predictors.questions.event_frame import feed_names
from tests.predictors.test_other_folders import Frames, some_outages, some_wear, write

YEAR = 365.25 * 86_400.0
CALENDAR = 28 * YEAR
HOUR = 3_600
A_WORD = {0: "train", 1: "test"}


def read(folder: Path, frames: Frames) -> Task:
    return load(*discover(write(folder, frames))[0][0])


def timed(frames: Frames, scale: float, later: float = 0.0) -> Frames:
    """The same with all moments multiplied and moved; the horizon and the unit stay."""
    events, queries, info = frames
    came = queries["event_t"].where(queries["event_t"] == -1, queries["event_t"] * scale + later)
    return (
        events.assign(t=events["t"] * scale + later),
        queries.assign(t=queries["t"] * scale + later, event_t=came),
        info | {"cuts": [cut * scale + later for cut in info["cuts"]]},  # type: ignore[attr-defined]
    )


def named(by: dict[int, object]) -> Frames:
    events, queries, info = some_outages()
    return events, queries.assign(fold=queries["fold"].map(by)), info


@pytest.mark.parametrize("finer", [1e3, 1e6, 1e9])
def test_moments_in_a_finer_unit_than_the_folder_says_are_read_as_seconds(
    finer: float, tmp_path: Path
) -> None:
    today = timed(some_outages(), 1.0, 50 * YEAR)

    plain, fine = read(tmp_path / "s", today), read(tmp_path / "fine", timed(today, finer))

    assert fine.info["cuts"] == pytest.approx(plain.info["cuts"])
    assert fine.horizon == plain.horizon == 3_600
    for frame, other in ((fine.events, plain.events), (fine.queries, plain.queries)):
        assert np.allclose(frame["t"], other["t"], rtol=0.0, atol=1e-3)
    assert np.allclose(fine.queries["event_t"], plain.queries["event_t"], rtol=0.0, atol=1e-3)


@pytest.mark.parametrize("comes", [True, False])
def test_a_horizon_as_fine_as_the_moments_is_read_with_them(comes: bool, tmp_path: Path) -> None:
    events, queries, info = timed(timed(some_outages(), 1.0, 50 * YEAR), 1e3)
    told = info | {"horizon": 3_600_000, "time_unit": None}

    task = read(tmp_path / "ms", (events, queries if comes else queries.drop(columns="event_t"), told))

    assert task.horizon == 3_600
    assert len(list(folds(task))) == 1


def test_hours_said_of_epoch_milliseconds_are_those_of_the_horizon(tmp_path: Path) -> None:
    events, queries, info = timed(timed(some_outages(), 1.0, 50 * YEAR), 1e3)

    task = read(tmp_path / "h", (events, queries, info | {"horizon": 1, "time_unit": "h"}))

    assert task.horizon == 3_600
    assert np.allclose(task.queries["t"], queries["t"] / 1e3)


@pytest.mark.parametrize(("unit", "finer"), [("us", 1e6), ("ns", 1e9)])
def test_micro_and_nanoseconds_are_of_the_clock(unit: str, finer: float, tmp_path: Path) -> None:
    plain = timed(some_outages(), 1.0, 50 * YEAR)
    events, queries, info = timed(plain, finer)

    task = read(tmp_path / unit, (events, queries, info | {"horizon": HOUR * finer, "time_unit": unit}))

    assert task.info["time_unit"] == "s"
    assert task.horizon == pytest.approx(HOUR)
    assert np.allclose(task.queries["t"], plain[1]["t"], rtol=0.0, atol=1e-3)


@pytest.mark.parametrize("moved", [0.0, 50 * YEAR, 200 * YEAR])
def test_moments_that_are_seconds_stay_what_they_are(moved: float, tmp_path: Path) -> None:
    frames = timed(some_outages(), 1.0, moved)

    task = read(tmp_path / "s", frames)

    assert np.allclose(task.queries["t"], frames[1]["t"])
    assert np.allclose(task.queries["event_t"], frames[1]["event_t"])


def test_moments_before_1970_are_told_on_the_same_weekday_of_a_like_year(tmp_path: Path) -> None:
    task = read(tmp_path / "old", timed(some_outages(), 1.0, -20 * YEAR))

    plain = some_outages()[1]
    assert np.allclose(task.queries["t"], plain["t"] - 20 * YEAR + CALENDAR)
    assert ((task.queries["event_t"] > 0) == (plain["y"] == 1)).all()
    assert (task.queries.loc[task.queries["y"] == 0, "event_t"] == -1).all()
    first, moved = (pd.Timestamp(year * YEAR, unit="s") for year in (-20, 8))
    assert (first.dayofweek, first.month, first.day) == (moved.dayofweek, moved.month, moved.day)
    (fold,) = folds(task)
    assert len(fold.truth) == (plain["fold"] == 1).sum()


def test_a_moment_that_is_nonsense_moves_no_other(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    events.loc[3, "t"] = -1e12

    assert np.allclose(read(tmp_path / "s", (events, queries, info)).queries["t"], queries["t"])


def test_cycles_are_no_seconds_however_many(tmp_path: Path) -> None:
    frames = timed(some_wear(), 1e10)

    assert np.allclose(read(tmp_path / "w", frames).queries["t"], frames[1]["t"])


@pytest.mark.parametrize(
    "by",
    [
        A_WORD,
        {0: " Training", 1: "TEST "},
        {0: "fold-0", 1: "fold-1"},
        {0: "2023", 1: "2024a"},
        {0: False, 1: True},
        {0: "past", 1: "future"},
        {0: "train1", 1: "test1"},
        {0: "train-2019", 1: "test-2020"},
    ],
)
@pytest.mark.parametrize("cuts", [[60 * 3_600], None])
def test_folds_with_names_are_those_with_numbers(
    by: dict[int, object], cuts: list[int] | None, tmp_path: Path
) -> None:
    events, queries, info = named(by)

    task = read(tmp_path / "named", (events, queries, info | {"cuts": cuts}))

    (fold,) = folds(task)
    assert (task.queries["fold"] == some_outages()[1]["fold"]).all()
    assert fold.training.queries["t"].max() + 3_600 <= 60 * 3_600 < fold.truth["t"].min()
    assert not left_out(task, [fold])


def test_folds_counted_from_one_begin_with_what_teaches(tmp_path: Path) -> None:
    events, queries, info = named({0: "part-1", 1: "part-2"})

    task = read(tmp_path / "one", (events, queries, info | {"cuts": None}))

    assert (task.queries["fold"] == some_outages()[1]["fold"]).all()
    assert len(list(folds(task))) == 1


def test_named_folds_after_the_training_follow_in_time(tmp_path: Path) -> None:
    events, queries, info = some_outages()
    hour = queries["t"] / 3_600
    fold = np.where(hour > 90, "a-test", np.where(hour > 60, "valid", "train"))

    task = read(tmp_path / "three", (events, queries.assign(fold=fold), info | {"cuts": []}))

    assert [one.truth["t"].min() / 3_600 for one in folds(task)] == [61, 91]


@pytest.mark.parametrize("split", ["feed", None])
def test_units_that_are_named_as_test_are_judged_by_those_that_train(
    split: str | None, tmp_path: Path
) -> None:
    events, queries, info = some_wear()
    named = queries.assign(fold=queries["fold"].map(A_WORD))

    task = read(tmp_path / "units", (events, named, info | {"split": split}))

    (fold,) = folds(task)
    assert set(fold.truth["feed_id"]) == {"u2", "u3"}
    assert set(fold.training.queries["feed_id"]) == {"u0", "u1"}


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("cuts", [[60 * 3_600], None])
def test_questions_without_a_fold_are_counted_and_cost_the_others_nothing(
    words: bool, cuts: list[int] | None, tmp_path: Path
) -> None:
    events, queries, info = named(A_WORD) if words else some_outages()
    gone = queries.index % 7 == 0

    task = read(
        tmp_path / "gaps", (events, queries.assign(fold=queries["fold"].mask(gone)), info | {"cuts": cuts})
    )

    (fold,) = folds(task)
    assert left_out(task, [fold]) == f"{gone.sum()} of 240 questions, in no fold"


@pytest.mark.parametrize("made", [some_outages, some_wear])
def test_blanks_about_a_feeds_name_are_no_part_of_it(made: Callable[[], Frames]) -> None:
    names = made()[1]["feed_id"]

    assert (feed_names(" " + names + " ") == feed_names(names)).all()
