"""Failure prediction, anomaly detection and reconciliation on every task of a data folder, beside baselines.

`python -m benchmarks.predict --data DIR [--json FILE] [--no-peers] [--only NAME] [--jobs N] [--sim-days N]
[--cuts N]`. With `--cuts` the figures are for N other cuts than the folder's: whether a lead is luck.
Folds are chronological, the model sees nothing from the future (a sample of questions is asked again with
the future cut away, and every answer must stay), thresholds come from the newest quarter of training.
`sim_*` are figures on simulated feeds, `watch_*` those of the watch's own model, which can be asked about
runs. What cannot be judged is said, counted, and left out of the figures; the other tasks go on. An answer
that knew the future makes the exit code 1.
"""

import multiprocessing
import os
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.predict_events import event_view
from benchmarks.predict_metrics import at_threshold, average_precision, figures, intervals
from benchmarks.predict_peers import Answer, Peer, peers
from benchmarks.predict_recon import reconcile_task
from benchmarks.predict_series import series_task
from benchmarks.predict_simulated import simulated
from benchmarks.predict_tasks import (
    Fold,
    Kind,
    Task,
    Window,
    discover,
    folds,
    left_out,
    load,
    other_folds,
    truncated,
)
from benchmarks.predict_told import FOLD, WATCH, Rows, add_series_means, beaten, by_fold
from benchmarks.predict_watched import WatchedRuns
from domain.errors import BadInput
from predictors.estimators.alert_threshold import alert_threshold
from predictors.questions.question_models import QuestionModel, learn

Floats = NDArray[np.float64]
Reasons = dict[str, str]
Work = tuple[str, str, Kind | None, Path, "Options"]


@dataclass(frozen=True)
class Options:
    """What a run was asked to do."""

    with_peers: bool
    sim_days: int
    cuts: int


_ASKED_AGAIN = 25
_SIMULATED = "simulated"
_LEAK = "LEAK"
_COUNTS = ("questions", "positives", "base_rate", "train_s", "score_s")
_SHOWN = ("pr_auc", "roc_auc", "brier_skill", "ece", "recall_fpr2", "recall_fpr15", "train_s", "score_s")


def main() -> int:
    """Run all tasks; return 0, or 1 where an answer knew the future."""
    parser = report.arguments(__doc__ or "")
    parser.add_argument("--no-peers", action="store_true", help="our own model only")
    parser.add_argument("--only", default="", help="only tasks whose folder name contains this")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--sim-days", type=int, default=180, help="days of simulated feeds, 0 for none")
    parser.add_argument("--cuts", type=int, default=0, help="so many other cuts instead of the folder's own")
    chosen = parser.parse_args()
    options = Options(not chosen.no_peers, chosen.sim_days, chosen.cuts)
    everything, unjudged = discover(chosen.data)
    tasks = [found for found in everything if chosen.only in found[0]]
    works: list[Work] = [(name, f"{name} ({kind})", kind, folder, options) for name, kind, folder in tasks]
    if chosen.sim_days and not chosen.only:
        works.append((_SIMULATED, f"{chosen.sim_days} days of simulated feeds", None, Path(), options))
    ours: dict[str, float] = {}
    others: Rows = {}
    told_mixes: dict[str, list[str]] = {}
    # The heaviest first, so that no process is left alone with a long one at the end.
    works.sort(key=lambda work: -_weight(work[2], work[3]))
    start = time.perf_counter()

    def keep() -> None:
        """Write what is known by now: a run that is cut short keeps the tasks that ended."""
        told: dict[str, object] = {
            "folder": chosen.data.name,
            "tasks": [task[0] for task in tasks],
            "unjudged": unjudged,
        }
        told |= {"mixes": told_mixes, "cuts": chosen.cuts}
        report.write(chosen.json, data=told, figures=ours, peers=others)

    # One thread a process: threads that share few cores with another task wait more than they work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with multiprocessing.get_context("spawn").Pool(max(chosen.jobs, 1)) as pool:
        for (name, title, kind, *_), rows, reasons, mixes in pool.imap_unordered(_done, works):
            unjudged |= reasons
            told_mixes |= {name: mixes} if mixes else {}
            shown = {who: {k: v for k, v in row.items() if k in _SHOWN} or row for who, row in rows.items()}
            print(report.table(f"\n{title}, after {time.perf_counter() - start:.0f} s", shown), flush=True)
            for number, mix in enumerate(mixes, start=1):
                print(f"fold {number}: {mix}", flush=True)
            for line in by_fold(rows):
                print(line, flush=True)
            for what, why in reasons.items():
                print(f"{what}: {why}", flush=True)
            for who, row in rows.items():
                named = {f"{figure}_{name}" if kind else figure: value for figure, value in row.items()}
                if who == "dogwatch":
                    ours |= named
                elif who == WATCH:
                    ours |= {f"{WATCH}_{figure}": value for figure, value in named.items()}
                else:
                    others.setdefault(who, {}).update(named)
            keep()
    add_series_means(ours, others, [name for name, kind, _ in tasks if kind is Kind.SERIES])
    ours["tasks"], ours["unjudged"] = float(len(tasks)), float(len(unjudged))
    ours["total_s"] = time.perf_counter() - start
    print("\n" + "\n".join(f"{key} = {value:.5g}" for key, value in sorted(ours.items())))
    print("\n".join(beaten(ours, others)))
    if unjudged:
        lines = [f"{what}: {why}" for what, why in sorted(unjudged.items())]
        print("\n".join(["", f"{len(unjudged)} could not be judged, or not wholly:", *lines]))
    keep()
    return int(any(why.startswith(_LEAK) for why in unjudged.values()))


def _done(work: Work) -> tuple[Work, Rows, Reasons, list[str]]:
    """Run one task in a process of its own; what ends it is told instead of its figures."""
    name, _, kind, folder, options = work
    reasons: Reasons = {}
    mixes: list[str] = []
    try:
        rows = _figures(name, kind, folder, options, reasons, mixes)
    except Exception as error:  # One folder that nobody foresaw must not cost the figures of the others.
        return work, {}, {name: _why(error)}, []
    kept = {who: {k: v for k, v in row.items() if np.isfinite(v)} for who, row in rows.items()}
    return work, kept, reasons, mixes


def _figures(
    name: str, kind: Kind | None, folder: Path, options: Options, reasons: Reasons, mixes: list[str]
) -> Rows:
    if kind is None:
        return {"dogwatch": simulated(3, days=options.sim_days)}
    if kind is Kind.SERIES:
        return series_task(folder, reasons, with_peers=options.with_peers)
    if kind is Kind.RECONCILIATION:
        return reconcile_task(folder, with_peers=options.with_peers)
    return question_task(
        load(name, kind, folder), reasons, with_peers=options.with_peers, cuts=options.cuts, mixes=mixes
    )


def _why(error: Exception) -> str:
    told = str(error)
    if isinstance(error, BadInput) or told.startswith(_LEAK):
        return told
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name} ({Path(place.filename).name}:{place.lineno}): {told}"


def _weight(kind: Kind | None, folder: Path) -> float:
    """Guess how long a task takes from the size of its files."""
    if kind is None:
        return 1e12
    size = float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    return size * (0.1 if kind in (Kind.SERIES, Kind.RECONCILIATION) else 1.0)


def question_task(
    task: Task,
    reasons: Reasons,
    *,
    with_peers: bool,
    cuts: int = 0,
    mixes: list[str] | None = None,
) -> Rows:
    """Return the figures of our model, of the watch's for runs, and of every baseline on one task.

    Args:
        task: The questions and what may be known of them.
        reasons: Gets a line for what could not be judged.
        with_peers: Whether baselines are fitted too.
        cuts: How many other cuts to judge instead of the folder's own, 0 for these.
        mixes: Gets what our model chose on each fold.

    Raises:
        BadInput: No fold has both questions and something to learn from.
    """
    contenders: dict[str, Peer | None] = {"dogwatch": None}
    if task.kind is Kind.RUNS:
        contenders[WATCH] = WatchedRuns
    if with_peers:
        contenders |= peers()
    cut = other_folds(task, cuts) if cuts else list(folds(task))
    if not cut:
        raise BadInput(
            "no fold has both questions and something to learn from",
            say="This task can't be judged: no fold has both questions and a past.",
            next_step="Look at the cuts and folds in the folder.",
        )
    skipped = "; ".join(task.left_out) if cuts else left_out(task, cut)
    if skipped:
        reasons[f"{task.name}, left out"] = skipped
    rows: Rows = {}
    for name, peer in contenders.items():
        try:
            rows[name] = _contender(task, cut, peer, [] if mixes is None else mixes)
        except (BadInput, ValueError, LookupError, ArithmeticError) as error:
            if peer is None:
                raise
            reasons[f"{task.name}, {name}"] = _why(error)
    one = rows["dogwatch"]
    if one["positives"] in (0.0, one["questions"]):
        answer = "yes" if one["positives"] else "no"
        reasons[task.name] = f"all {one['questions']:.0f} answers are {answer}: no ranking can be judged"
        rows = {who: {k: v for k, v in row.items() if k in _COUNTS} for who, row in rows.items()}
    return rows


def _contender(task: Task, cut: list[Fold], peer: Peer | None, mixes: list[str]) -> dict[str, float]:
    told, thresholds, train_s, score_s = [], [], 0.0, 0.0
    folds_alone: dict[str, float] = {}
    for number, fold in enumerate(cut, start=1):
        start = time.process_time()
        answer, threshold, mix = _fitted(fold, peer)
        mixes += [mix] if mix else []
        fitted = time.process_time()
        p = np.clip(answer(fold.window), 0.0, 1.0)
        score_s += time.process_time() - fitted
        train_s += fitted - start
        told.append(p)
        folds_alone[f"{FOLD}{number}"] = average_precision(fold.truth["y"].to_numpy(np.float64), p)
        thresholds.append(np.full(len(p), threshold))
        if peer is None or peer is WatchedRuns:
            _ask_again(fold, answer, p)
    row = _judged(task, cut, np.concatenate(told), np.concatenate(thresholds))
    return row | folds_alone | {"train_s": train_s, "score_s": score_s}


def _fitted(fold: Fold, peer: Peer | None) -> tuple[Answer, float, str]:
    if peer is None:
        model: QuestionModel = learn(fold.training)
        return model.answer, model.threshold, model.mix
    return peer(fold.training), _peer_threshold(fold.training, peer), ""


def _peer_threshold(training: Window, peer: Peer) -> float:
    """Choose a baseline's threshold as ours is chosen, on the newest quarter of its training."""
    queries = training.queries
    if training.info.get("split") == "feed":
        feeds = np.sort(queries["feed_id"].unique())
        recent = queries["feed_id"].isin(set(feeds[int(0.75 * len(feeds)) :]))
    else:
        recent = queries["t"] > queries["t"].quantile(0.75)
    if queries.loc[~recent, "y"].nunique() < 2 or not (recent & (queries["y"] == 0)).any():
        return 1.0
    old = Window(training.events, queries[~recent], training.meta, training.info)
    new = Window(training.events, queries[recent], training.meta, training.info)
    return alert_threshold(peer(old)(new), new.queries["y"].to_numpy(np.float64))


def _judged(task: Task, cut: list[Fold], p: Floats, threshold: Floats) -> dict[str, float]:
    import pandas as pd

    truth = pd.concat([fold.truth for fold in cut], ignore_index=True)
    y = truth["y"].to_numpy(np.float64)
    if task.info.get("split") == "feed" or task.info.get("time_unit", "s") != "s":
        block = pd.factorize(truth["feed_id"])[0].astype(np.int64)
    else:
        block = (truth["t"].to_numpy(np.float64) // 86_400).astype(np.int64)
    row = figures(y, p) | intervals(y, p, block) | at_threshold(y, p >= threshold)
    row |= {"questions": float(len(y)), "positives": float(y.sum()), "base_rate": float(y.mean())}
    if task.horizon > 0 and (truth["event_t"] > 0).any():
        row |= event_view(truth, p, threshold, task.horizon, str(task.info.get("time_unit", "s")))
    return row


def _ask_again(fold: Fold, answer: Answer, p: Floats) -> None:
    """Cut the future away for random questions and ask again; a changed answer is a leak."""
    random = np.random.default_rng(fold.number)
    places = random.choice(len(p), min(_ASKED_AGAIN, len(p)), replace=False)
    for place in places:
        again = answer(truncated(fold.window, int(fold.truth["qid"].iloc[place])))
        if abs(float(again[0]) - float(p[place])) > 1e-9:
            raise RuntimeError(
                f"{_LEAK}: question {fold.truth['qid'].iloc[place]}: {p[place]} became {again[0]}"
            )


if __name__ == "__main__":
    raise SystemExit(main())
