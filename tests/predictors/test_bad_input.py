"""What a watch has to live with: reports in any order, twice, from the future, half written, and worse."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import BadInput
from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule, ScheduleChange
from domain.running.runs import Outcome, Run
from predictors.backtesting.exam import exam_of
from predictors.estimators.steepness import Steepness
from predictors.failure.failure_model import FailureModel, fit_failures
from predictors.known.run_table import table_of
from predictors.predictor import FailurePredictor
from predictors.registry import ModelCard, forget_old, load, newest, save
from predictors.timeliness.late_law import LateLaw, PaceLaw
from runtime.wiring.watching.model_files import files_of_models

KEY = b"a key of the test"
START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=12, hours=5, minutes=20)
HOURLY = Feed(
    FeedName("hourly"), TeamId("t"), Schedule(Rhythm.INTERVAL, every_minutes=60), source="s", pool="p"
)
CHILD = Feed(
    FeedName("child"),
    TeamId("t"),
    Schedule(Rhythm.INTERVAL, every_minutes=60),
    upstreams=(HOURLY.name,),
    source="s",
    pool="p",
)
FEEDS = [HOURLY, CHILD]


def a_run(feed: Feed, due: datetime, *, bad: bool = False, minutes: float = 10.0) -> Run:
    end = due + timedelta(minutes=minutes)
    return Run(
        feed.name,
        RunId(f"{due:%Y%m%d%H%M}"),
        end,
        Outcome.FAILED if bad else Outcome.OK,
        scheduled_at=due,
        started_at=due,
        finished_at=end,
        rows_written=1_000,
    )


def a_history() -> list[Run]:
    random = np.random.default_rng(1)
    return [
        a_run(feed, START + timedelta(hours=hour), bad=bool(random.random() < 0.08), minutes=8 + hour % 5)
        for hour in range(12 * 24 + 5)
        for feed in FEEDS
    ]


@pytest.fixture(scope="module")
def predictor() -> FailurePredictor:
    return FailurePredictor.train(FEEDS, a_history(), version="m1")


def told(predictor: FailurePredictor, runs: list[Run], feeds: list[Feed] = FEEDS) -> list[tuple[object, ...]]:
    return [(one.probabilities, one.finish, one.due_at) for one in predictor.score_all(feeds, runs, NOW)]


def test_runs_out_of_order_say_the_same(predictor: FailurePredictor) -> None:
    shuffled = [a_history()[place] for place in np.random.default_rng(2).permutation(len(a_history()))]

    assert told(predictor, shuffled) == told(predictor, a_history())


def test_a_run_reported_twice_counts_once(predictor: FailurePredictor) -> None:
    again = [*a_history(), *a_history()[-30:]]

    assert told(predictor, again) == told(predictor, a_history())


def test_runs_from_the_future_are_not_used(predictor: FailurePredictor) -> None:
    ahead = [a_run(HOURLY, NOW + timedelta(hours=hour), bad=True) for hour in range(1, 30)]

    assert told(predictor, a_history() + ahead) == told(predictor, a_history())


def test_half_written_runs_are_read_as_far_as_they_go(predictor: FailurePredictor) -> None:
    halves = [
        Run(HOURLY.name, RunId("a"), NOW - timedelta(minutes=15), Outcome.RUNNING),
        Run(HOURLY.name, RunId("b"), NOW - timedelta(minutes=9), Outcome.OK),
        Run(CHILD.name, RunId("c"), NOW - timedelta(minutes=8), Outcome.FAILED, finished_at=NOW),
    ]

    for probabilities, _, _ in told(predictor, a_history() + halves):
        assert all(0.0 <= p <= 1.0 for _, p in probabilities)  # type: ignore[attr-defined]


def test_a_feed_that_never_ran_and_one_without_neighbours_are_served(predictor: FailurePredictor) -> None:
    stranger = Feed(FeedName("never"), TeamId("t"), Schedule(Rhythm.DAILY, at_minute=360))

    (probabilities, finish, due), *_ = told(predictor, [], [stranger])

    assert all(0.0 <= p < 0.6 for _, p in probabilities)  # type: ignore[attr-defined]
    assert finish is not None
    assert due is not None


def test_a_schedule_changed_last_night_makes_nothing_overdue(predictor: FailurePredictor) -> None:
    changed = NOW - timedelta(hours=8)
    before = Schedule(Rhythm.INTERVAL, every_minutes=60)
    feed = Feed(HOURLY.name, TeamId("t"), Schedule(Rhythm.DAILY, at_minute=20 * 60), source="s", pool="p")
    runs = [run for run in a_history() if run.feed == feed.name and run.seen_at < changed]

    told_now = predictor.score_all(
        [feed], runs, NOW, changes={feed.name: [ScheduleChange(feed.name, changed, before)]}
    )[0]

    assert told_now.due_at == NOW.replace(hour=20, minute=0, second=0)
    assert told_now.probability < 0.5


def test_a_clock_change_moves_the_due_time_with_the_wall_clock(predictor: FailurePredictor) -> None:
    feed = Feed(FeedName("london"), TeamId("t"), Schedule(Rhythm.DAILY, at_minute=390, zone="Europe/London"))
    before, after = datetime(2026, 3, 28, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    first, second = (predictor.score_all([feed], [], now)[0] for now in (before, after))

    assert first.due_at == datetime(2026, 3, 28, 6, 30, tzinfo=UTC)
    assert second.due_at == datetime(2026, 3, 29, 5, 30, tzinfo=UTC)


def test_the_finish_forecast_of_an_overdue_run_lies_ahead_and_is_late(predictor: FailurePredictor) -> None:
    overdue = Run(
        HOURLY.name,
        RunId("long"),
        NOW - timedelta(minutes=1),
        Outcome.RUNNING,
        scheduled_at=NOW - timedelta(hours=3),
        started_at=NOW - timedelta(hours=3),
    )
    runs = [run for run in a_history() if run.seen_at < NOW - timedelta(hours=3)]

    calm = predictor.score_all([HOURLY], a_history(), NOW - timedelta(minutes=15))[0].finish
    finish = predictor.score_all([HOURLY], [*runs, overdue], NOW)[0].finish

    assert finish is not None
    assert calm is not None
    assert NOW <= finish.early <= finish.middle <= finish.late
    assert calm.lateness < 0.2 < 0.9 < finish.lateness


def test_runs_that_never_say_when_they_started_are_learned_from_by_their_ends() -> None:
    runs = [replace(run, started_at=None, scheduled_at=None) for run in a_history()]
    table = table_of(runs, [feed.name for feed in FEEDS])

    predictor = FailurePredictor.train(FEEDS, runs, version="m1")

    assert len(table.seen) > 0
    assert not np.isfinite(table.duration).any()
    assert len(table.start_key) == 0, "a start nobody told must not be seen under way"
    for probabilities, _, _ in told(predictor, runs):
        assert all(0.0 <= p <= 1.0 for _, p in probabilities)  # type: ignore[attr-defined]


def test_runs_that_never_say_when_they_ended_are_refused_in_words() -> None:
    runs = [replace(run, finished_at=None) for run in a_history()]

    with pytest.raises(BadInput, match="no run says when it ended"):
        FailurePredictor.train(FEEDS, runs, version="m1")


def test_a_history_of_an_hour_is_learned_from_and_refused_to_be_judged() -> None:
    runs = [a_run(HOURLY, START + timedelta(minutes=minute), bad=minute % 7 == 0) for minute in range(60)]
    first, last = (START + timedelta(minutes=minute) for minute in (0, 70))
    table = table_of(runs, [HOURLY.name])
    fit_failures([HOURLY], table, first.timestamp(), last.timestamp(), version="m1")

    with pytest.raises(BadInput, match="shorter than two hours"):
        exam_of([HOURLY], table, last.timestamp() - 900, last.timestamp())


_TRAIN = """
import sys, time, pathlib
from predictors import registry
write = pathlib.Path.write_text
def slow(self, text, **more):
    with self.open("w") as stream:
        stream.write(text[: len(text) // 2]); stream.flush()
        print("half", flush=True)
        time.sleep(60)
pathlib.Path.write_text = slow
from tests.predictors.test_bad_input import FEEDS, KEY, a_history
from predictors.predictor import FailurePredictor
model = FailurePredictor.train(FEEDS, a_history()[:200], version="m2").model
registry.save(pathlib.Path(sys.argv[1]), model, registry.ModelCard("m2", 1.0, 9.0, 0.5, 0.5), KEY)
"""


def test_a_training_that_is_killed_while_it_writes_leaves_the_old_model_in_use(
    predictor: FailurePredictor, tmp_path: Path
) -> None:
    save(tmp_path, predictor.model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY)
    root = str(Path(__file__).resolve().parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", _TRAIN, str(tmp_path)], stdout=subprocess.PIPE, cwd=root, text=True
    ) as training:
        assert training.stdout is not None
        assert training.stdout.readline() == "half\n"
        os.kill(training.pid, signal.SIGKILL)

    model, card, damaged = newest(tmp_path, KEY)

    assert isinstance(model, FailureModel)
    assert (card.version, damaged) == ("m1", [])
    assert (tmp_path / "m2.half").exists()


def test_old_models_go_and_the_newest_stay_to_go_back_to(predictor: FailurePredictor, tmp_path: Path) -> None:
    for number in range(1, 6):
        save(tmp_path, predictor.model, ModelCard(f"m{number}", 1.0, 2.0 + number, 0.3, 0.4), KEY)
    for name in ("damaged.json", "long_damaged.json", "fresh.half", "stale.half"):
        (tmp_path / name).write_text("{")
    now = (tmp_path / "m1.json").stat().st_mtime
    for name, days in (("long_damaged.json", 31), ("stale.half", 2)):
        os.utime(tmp_path / name, (now - days * 86_400, now - days * 86_400))

    gone = forget_old(tmp_path, KEY, keep=2, now=now)

    assert sorted(gone) == ["long_damaged.json", "m1.json", "m2.json", "m3.json", "stale.half"]
    assert newest(tmp_path, KEY)[1].version == "m5"
    (tmp_path / "m5.json").write_text("{")
    assert newest(tmp_path, KEY)[1].version == "m4"
    assert forget_old(tmp_path, KEY, keep=2, now=now) == []


@pytest.mark.parametrize("spoil", ["", "{}", "[1, 2]", '{"digest": 1, "text": 2}', "\x00\xff"])
def test_any_damage_of_a_model_file_is_noticed(
    predictor: FailurePredictor, tmp_path: Path, spoil: str
) -> None:
    save(tmp_path, predictor.model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY)
    path = save(tmp_path, predictor.model, ModelCard("m2", 1.0, 3.0, 0.3, 0.4), KEY)
    path.write_text(spoil, encoding="utf-8")

    _, card, damaged = newest(tmp_path, KEY)

    assert (card.version, damaged) == ("m1", ["m2.json"])
    assert json.loads((tmp_path / "m1.json").read_text())["digest"]


@pytest.mark.parametrize(
    "changed",
    [
        lambda told: told | {"card": told["card"] | {"a_later_field": 1}},
        lambda told: told | {"model": {key: told["model"][key] for key in told["model"] if key != "late"}},
        lambda told: told | {"model": told["model"] | {"numbers": [1.0]}},
        lambda told: told | {"format": "dogwatch-failure-model/99"},
        lambda told: [told],
        lambda told: told | {"model": told["model"] | {"late": told["model"]["late"] | {"paced": [[]]}}},
        lambda told: told | {"card": told["card"] | {"signs": []}},
    ],
    ids=[
        "a card that tells more",
        "no lateness",
        "fewer numbers",
        "another format",
        "a list",
        "paces",
        "signs",
    ],
)
def test_a_signed_model_of_another_release_is_passed_over(
    predictor: FailurePredictor, tmp_path: Path, changed: Callable[[dict[str, Any]], object]
) -> None:
    save(tmp_path, predictor.model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY)
    path = save(tmp_path, predictor.model, ModelCard("m2", 1.0, 3.0, 0.3, 0.4), KEY)
    text = json.dumps(changed(json.loads(json.loads(path.read_text())["text"])))
    digest = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    path.write_text(json.dumps({"digest": digest, "text": text}))

    _, card, damaged = newest(tmp_path, KEY)

    assert (card.version, damaged) == ("m1", ["m2.json"])


def test_what_lies_there_in_place_of_a_model_file_is_passed_over(
    predictor: FailurePredictor, tmp_path: Path
) -> None:
    save(tmp_path, predictor.model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY)
    (tmp_path / "a_folder.json").mkdir()
    (tmp_path / "deep.json").write_text("[" * 200_000)
    (tmp_path / "leads_nowhere.json").symlink_to(tmp_path / "gone")
    (tmp_path / "odd_digest.json").write_text('{"digest": "\u00e4", "text": "{}"}')
    (tmp_path / "odd_text.json").write_text('{"digest": "a", "text": "\\ud800"}')
    for there in tmp_path.iterdir():
        os.utime(there, (0.0, 0.0), follow_symlinks=False)

    _, card, damaged = newest(tmp_path, KEY)

    assert card.version == "m1"
    assert damaged == ["a_folder.json", "deep.json", "odd_digest.json", "odd_text.json"]
    assert [name for name, _ in files_of_models(tmp_path)] == [*damaged[:2], "m1.json", *damaged[2:]]
    assert forget_old(tmp_path, KEY, keep=1, now=100 * 86_400.0) == damaged[1:]


def test_a_model_of_a_release_without_laws_by_pace_is_used_as_it_was(
    predictor: FailurePredictor, tmp_path: Path
) -> None:
    path = save(tmp_path, predictor.model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY)
    document = json.loads(json.loads(path.read_text())["text"])
    line = [[0.0, 1.0], [0.0, 0.5]]
    document["model"]["late"] = {"running": line, "waiting": line, "overdue": 0.7}
    text = json.dumps(document)
    digest = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    path.write_text(json.dumps({"digest": digest, "text": text}))

    model, _ = load(path, KEY)

    assert (model.late.every.overdue, model.late.every.later, model.late.paced) == (0.7, 1.0, ())


def test_a_saved_model_keeps_how_steep_it_is_and_what_lateness_was_worth_at_each_pace(
    predictor: FailurePredictor, tmp_path: Path
) -> None:
    line = ((0.0, 1.0), (0.0, 0.5))
    late = LateLaw(PaceLaw(line, line, 0.7, 0.2), tuple(PaceLaw(line, line, 0.1 * n, 0.3) for n in range(2)))
    steep = replace(predictor.model.stack, steepness=Steepness(1.5, 0.2))
    model = replace(predictor.model, late=late, stack=steep)

    kept, _ = load(save(tmp_path, model, ModelCard("m1", 1.0, 2.0, 0.3, 0.4), KEY), KEY)

    assert (kept.late, kept.stack.steepness) == (late, Steepness(1.5, 0.2))
