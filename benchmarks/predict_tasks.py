"""Find prediction tasks in a data folder and cut them into folds that cannot see their own future.

Tasks are recognised by what lies in a folder (`task.json`, `windows.json`, `truth_breaks.csv`), never by its
name. `Window` and `Training` are the two arguments of a model: `fit(training) -> model` and
`predict(model, window) -> probabilities`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd


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
    """One folder of questions: frames as they lie on disk, plus `task.json` as `info`."""

    name: str
    kind: Kind
    folder: Path
    events: pd.DataFrame
    queries: pd.DataFrame
    meta: pd.DataFrame
    info: dict[str, object]

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


def discover(data: Path) -> list[tuple[str, Kind, Path]]:
    """Return name, kind and folder of every task found directly below `data`, sorted by name."""
    found: list[tuple[str, Kind, Path]] = []
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        if (folder / "windows.json").exists():
            found.append((folder.name, Kind.SERIES, folder))
        elif any(folder.glob("truth_breaks.csv*")):
            found.append((folder.name, Kind.RECONCILIATION, folder))
        elif (folder / "task.json").exists():
            kind = json.loads((folder / "task.json").read_text(encoding="utf-8")).get("kind", "")
            if kind in set(Kind):
                found.append((folder.name, Kind(kind), folder))
    return found


def load(name: str, kind: Kind, folder: Path) -> Task:
    """Read the frames of one question task; a missing `meta` is an empty frame."""
    info = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    events = _frame(folder, "events")
    queries = _frame(folder, "queries")
    if "t_avail" not in events:
        events["t_avail"] = events["t"]
    return Task(name, kind, folder, events, queries, _frame(folder, "meta"), info)


def folds(task: Task) -> Iterator[Fold]:
    """Yield the folds of a task in time order, each with its training and its test block."""
    if task.info.get("split") == "feed":
        yield _feed_fold(task)
        return
    cuts = [_number(cut) for cut in _sequence(task.info.get("cuts", []))]
    for number, cut in enumerate(cuts, start=1):
        known = task.queries["t"] + task.horizon <= cut
        asked = task.queries["fold"] == number
        if not asked.any():
            continue
        end = cuts[number] if number < len(cuts) else float("inf")
        training = Window(
            task.events[task.events["t_avail"] <= cut], task.queries[known], task.meta, task.info
        )
        seen = task.events[task.events["t_avail"] <= end]
        yield _fold(number, task, training, seen, task.queries[asked])


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


def _frame(folder: Path, stem: str) -> pd.DataFrame:
    for suffix in (".csv.gz", ".csv"):
        path = folder / f"{stem}{suffix}"
        if path.exists():
            return pd.read_csv(path, low_memory=False)
    return pd.DataFrame()


def _number(value: object) -> float:
    return float(str(value))


def _sequence(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
