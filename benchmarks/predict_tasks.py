"""Find prediction tasks in a data folder and cut them into folds that cannot see their own future.

Tasks are recognised by what lies in a folder (`task.json`, `windows.json`, `truth_breaks.csv`), never by its
name. `Window` and `Training` are the two arguments of a model: `fit(training) -> model` and
`predict(model, window) -> probabilities`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.predict_reading import constants, read_frames
from domain.errors import BadInput

# Other cuts leave this share of the questions to learn from at first.
_FIRST_CUT = 0.4


class Kind(StrEnum):
    """What sort of question a folder asks."""

    OUTAGE = "outage"
    RUNS = "runs"
    TELEMETRY = "telemetry"
    BATCH = "batch"
    SERIES = "series"
    RECONCILIATION = "recon"


@dataclass(frozen=True)
class Task:
    """One folder of questions: frames as they lie on disk, `task.json` as `info`, and what of the frames
    could not be used, in words."""

    name: str
    kind: Kind
    folder: Path
    events: pd.DataFrame
    queries: pd.DataFrame
    meta: pd.DataFrame
    info: dict[str, object]
    left_out: tuple[str, ...] = ()

    @property
    def horizon(self) -> float:
        """Return the length of the question's look ahead, in the task's time unit."""
        return _number(self.info.get("horizon", 0))


@dataclass(frozen=True)
class Window:
    """What a model is given: events, queries, static attributes, and the task's constants."""

    events: pd.DataFrame
    queries: pd.DataFrame
    meta: pd.DataFrame
    info: dict[str, object]


@dataclass(frozen=True)
class Fold:
    """One chronological step: what may be learned from, and what is asked afterwards."""

    number: int
    training: Window
    window: Window
    truth: pd.DataFrame


def discover(data: Path) -> tuple[list[tuple[str, Kind, Path]], dict[str, str]]:
    """Return name, kind and folder of every task in `data` or up to two levels below, sorted by name; and,
    by name, why a folder that looks like a task is none."""
    found: list[tuple[str, Kind, Path]] = []
    refused: dict[str, str] = {}
    for name, folder in _likely(data):
        try:
            found.append((name, _kind(folder), folder))
        except BadInput as error:
            refused[name] = str(error)
    if not found and not refused:
        refused[data.name] = "no task lies in this folder"
    return sorted(found, key=lambda task: task[0]), refused


def _likely(data: Path) -> Iterator[tuple[str, Path]]:
    folders = [path for path in (data, *data.glob("*"), *data.glob("*/*")) if path.is_dir()]
    taken: list[Path] = []
    for folder in folders:
        inside = any(parent in taken for parent in folder.parents)
        if not inside and (_is_series(folder) or _is_reconciliation(folder) or _asks_questions(folder)):
            taken.append(folder)
            yield (
                (
                    folder.name
                    if folder.parent in (data, data.parent)
                    else f"{folder.parent.name}-{folder.name}"
                ),
                folder,
            )


def _kind(folder: Path) -> Kind:
    if _is_series(folder):
        return Kind.SERIES
    if _is_reconciliation(folder):
        return Kind.RECONCILIATION
    kind = str(constants(folder).get("kind", "")).strip().casefold()
    if kind not in set(Kind):
        raise BadInput(
            f"unknown kind of question {kind!r}",
            say="This task can't be judged: its kind of question is unknown.",
            next_step=f"Use one of {', '.join(Kind)}.",
        )
    return Kind(kind)


def _asks_questions(folder: Path) -> bool:
    return (folder / "task.json").exists() or any(folder.glob("queries.csv*"))


def _is_series(folder: Path) -> bool:
    return (folder / "windows.json").exists()


def _is_reconciliation(folder: Path) -> bool:
    return any(folder.glob("truth_breaks*.csv*"))


def load(name: str, kind: Kind, folder: Path) -> Task:
    """Read the frames of one question task; a missing `meta` is an empty frame.

    Raises:
        BadInput: Nothing in it can be judged.
    """
    return Task(name, kind, folder, *read_frames(folder, kind.value))


def folds(task: Task) -> Iterator[Fold]:
    """Yield the folds of a task in time order, each with its training and its test block."""
    if task.info.get("split") == "feed":
        if set(task.queries["fold"]) >= {0, 1}:
            yield _feed_fold(task)
        return
    cuts = [_number(cut) for cut in _sequence(task.info.get("cuts", []))]
    for number, cut in enumerate(cuts, start=1):
        known = task.queries["t"] + task.horizon <= cut
        asked = task.queries["fold"] == number
        if not asked.any() or not known.any():
            continue
        end = cuts[number] if number < len(cuts) else float("inf")
        told = task.queries[known]
        # A question of "no" may say when the trouble came after all: not before it came.
        told = told.assign(event_t=told["event_t"].where(told["event_t"] <= cut, -1))
        training = Window(task.events[task.events["t_avail"] <= cut], told, task.meta, task.info)
        seen = task.events[task.events["t_avail"] <= end]
        yield _fold(number, task, training, seen, task.queries[asked])


def left_out(task: Task, judged: list[Fold]) -> str:
    """Say what of a task has no part in its figures: rows, questions and folds; nothing where all has."""
    lines = list(task.left_out)
    cuts = _sequence(task.info.get("cuts", []))
    if task.info.get("split") != "feed":
        missing = sorted(set(range(1, len(cuts) + 1)) - {fold.number for fold in judged})
        lines += [f"fold {number}, without questions or a past" for number in missing]
    else:
        cuts = [0.0]
    nowhere = int((~task.queries["fold"].isin(range(len(cuts) + 1))).sum())
    if nowhere:
        lines.append(f"{nowhere:,} of {len(task.queries):,} questions, in no fold")
    return "; ".join(lines)


def other_folds(task: Task, count: int) -> list[Fold]:
    """Return folds at other cuts than the folder's: equal numbers of questions in the newer part, or other
    thirds of the feeds."""
    queries = task.queries
    if task.info.get("split") == "feed":
        feeds = np.sort(queries["feed_id"].astype(str).unique())
        random = np.random.default_rng(count)
        return [
            _feed_fold(replace(task, queries=queries.assign(fold=_is_third(queries, feeds, random))))
            for _ in range(count)
        ]
    shares = np.linspace(_FIRST_CUT, 1.0, count + 1)[:-1]
    cuts = [float(cut) for cut in np.floor(queries["t"].quantile(shares))]
    fold = np.searchsorted(cuts, queries["t"].to_numpy(np.float64), "left")
    return list(folds(replace(task, queries=queries.assign(fold=fold), info={**task.info, "cuts": cuts})))


def _is_third(
    queries: pd.DataFrame, feeds: NDArray[np.object_], random: np.random.Generator
) -> NDArray[np.int_]:
    judged = set(random.permutation(feeds)[: max(len(feeds) // 3, 1)])
    return queries["feed_id"].astype(str).isin(judged).to_numpy().astype(int)


def truncated(window: Window, qid: int) -> Window:
    """Return the window as it stood at the moment of one question, holding that question alone."""
    one = window.queries[window.queries["qid"] == qid]
    now = one["t"].iloc[0]
    return Window(window.events[window.events["t_avail"] <= now], one, window.meta, window.info)


def _feed_fold(task: Task) -> Fold:
    train, test = task.queries[task.queries["fold"] == 0], task.queries[task.queries["fold"] == 1]
    own = task.events["feed_id"].isin(set(train["feed_id"]))
    other = task.events["feed_id"].isin(set(test["feed_id"]))
    training = Window(task.events[own], train, task.meta, task.info)
    return _fold(1, task, training, task.events[other], test)


def _fold(number: int, task: Task, training: Window, seen: pd.DataFrame, asked: pd.DataFrame) -> Fold:
    blind = asked.drop(columns=["y", "event_t", "fold"])
    return Fold(number, training, Window(seen, blind, task.meta, task.info), asked)


def _number(value: object) -> float:
    return float(str(value))


def _sequence(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
