"""Fit and judge a model in a process of its own: `python -m` with this module, the order on stdin.

Says how far it is on standard output, a line each; the last line is the report. Killed at any moment, it
leaves the model in service as it was: a model file appears whole or not at all.
"""

import json
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput, NotNow
from domain.watch.feed_health import ScorecardView
from domain.watch.models import version_of
from domain.watch.scorecards import score_row
from domain.watch.verdicts import in_words
from domain.watch.watching import Threshold
from predictors import registry
from predictors.backtesting.backtest import Backtest, answered, joined
from predictors.backtesting.backtest_ledger import ledger_of
from predictors.backtesting.contest import decided
from predictors.backtesting.exam import Exam, a_part_of, closer_exam, exam_of
from predictors.backtesting.late_training import with_late_law
from predictors.backtesting.levels import Rules, thresholds_of
from predictors.failure.drift import Spread, spread_of
from predictors.failure.failure_model import FailureModel, came_true, fit_failures
from predictors.failure.sampled_signs import sampled_signs
from predictors.known.history import DAY_SECONDS
from predictors.registry import ModelCard
from runtime.wiring.watching.training_contest import InService, as_served, champion_of, in_service
from runtime.wiring.watching.training_history import History, read_history, taught
from runtime.wiring.watching.training_order import TrainingOrder
from storage.engine import Database

Whole = NDArray[np.intp]

_LEAST_RUNS, _LEAST_TROUBLES = 50, 5
_WARM_UP_DAYS = 3.0
_JUDGED_SHARE = 0.25
_SIGNS_DAYS = 28.0


def main() -> int:
    """Train and return 0; the report is the last line."""
    order = TrainingOrder.model_validate_json(sys.stdin.read())
    print(json.dumps({"report": train(order)}), flush=True)
    return 0


def train(order: TrainingOrder) -> dict[str, Any]:
    """Return the report of one training as JSON."""
    database = Database(order.database_url)
    try:
        history = read_history(database, order.now, _say)
    finally:
        database.close()
    table = history.table
    if len(table.seen) < _LEAST_RUNS or table.bad.sum() < _LEAST_TROUBLES:
        few = f"{len(table.seen):,} finished runs, {int(table.bad.sum())} of them in trouble"
        return _report("", False, f"Too little to learn from: {few}.")
    _say(f"read {len(table.seen):,} runs")
    first, last = float(table.seen.min()), float(table.seen.max())
    start = min(first + _WARM_UP_DAYS * DAY_SECONDS, first + 0.1 * (last - first))
    cut = last - _JUDGED_SHARE * (last - start)
    try:
        tried = _fitted(history, start, cut, "tried")
        _say("fitted on the earlier part")
        # Models are compared over the whole time; levels need every feed.
        some = a_part_of(len(history.feeds), cut, last)
        exam = _exam(history, cut, last, some)
        test = answered(tried, exam)
        whole = exam if some is None else _exam(history, cut, last)
        levels = test if some is None else answered(tried, whole)
    except BadInput as error:
        return _report("", False, f"Too little to learn from: {error}.")
    _say("judged on the later part")
    trial = _Trial(tried, exam, test, whole, levels)
    return _decide(order, history, trial, (start, cut, last))


@dataclass(frozen=True)
class _Trial:
    """What a model of the earlier part says of the later one: to be compared; of all feeds, for levels."""

    model: FailureModel
    exam: Exam
    test: Backtest
    whole: Exam
    levels: Backtest


def _exam(history: History, cut: float, last: float, asked: Whole | None = None) -> Exam:
    known = history.known
    return exam_of(
        history.feeds, history.table, cut, last, words=known.words, asked=asked, **known.arguments()
    )


def _fitted(history: History, start: float, until: float, version: str) -> FailureModel:
    """Return a model of what was known by a moment."""
    feeds, known = history.feeds, history.known
    table, outcome = taught(feeds, history.table, until, known)
    model = fit_failures(feeds, table, start, until, version=version, outcome=outcome, **known.arguments())
    return with_late_law(model, feeds, table, start, until, words=known.words, **known.arguments())


def _decide(
    order: TrainingOrder, history: History, trial: _Trial, span: tuple[float, float, float]
) -> dict[str, Any]:
    (start, cut, last), test = span, trial.test
    version = version_of(order.now)
    _, outcome = taught(history.feeds, history.table, last, history.known)
    troubles = int(np.nansum(outcome > 0))
    serving = in_service(order)
    champion = None
    if serving is not None:
        champion = champion_of(
            order, serving, trial.exam, test, cut, lambda until: _fitted(history, start, until, "tried")
        )
        _say("judged beside the model in service")
    decision = decided(test, troubles, champion)
    told = f"{decision.words} {in_words(history.words)}".strip()
    if decision.wins:
        model = _fitted(history, start, last, version)
        # How often such estimates came true is told of the estimates that alert, lateness counted.
        model = replace(model, record=came_true(test.told, test.true))
        signs = _signs(history, last)
        challenger = ModelCard(version, start, last, test.brier_skill, test.pr_auc, troubles, signs)
        try:
            registry.save(Path(order.models), model, challenger, bytes.fromhex(order.key))
        except NotNow as error:
            # Levels and scorecard are those of whoever saved it.
            return _report(version, False, f"{version} was refused. {error.say} {told}")
        _say("saved")
        taken = _report(version, True, f"{version} is in service. {told}")
        fine = _closely(history, trial, trial.levels, (cut, last))
        return _served(order, history, (trial.levels, fine), taken, version)
    report = _report(version, False, f"{version} was refused. {told}")
    if serving is None:
        return report
    served = as_served(trial.levels, trial.whole, serving)
    fine = _closely(history, trial, served, (cut, last), serving)
    return _served(order, history, (served, fine), report, serving.card.version)


def _closely(
    history: History,
    trial: _Trial,
    hourly: Backtest,
    span: tuple[float, float],
    serving: InService | None = None,
) -> Backtest:
    """Return what cards are counted on: the hourly answers, and others every ten minutes between them.

    Service looks all the time. By the hour alone, people got three times the cards that were counted.
    """
    feeds, known = history.feeds, history.known
    exam = closer_exam(trial.whole, hourly.told, feeds, *span, changes=known.changes, words=known.words)
    told = exam.told_in_parts(trial.model)
    if serving is not None and (rows := exam.now > serving.card.data_until).any():
        told[rows] = exam.told_in_parts(serving.model, rows)
    _say("judged between the hours")
    return joined(hourly, exam, told)


def _signs(history: History, last: float) -> dict[str, Spread]:
    """Return how the main signs were distributed in the newest weeks."""
    begin = last - _SIGNS_DAYS * DAY_SECONDS
    now, found = sampled_signs(history.feeds, history.table, begin, last, **history.known.arguments())
    week = np.floor((now - begin) / (7.0 * DAY_SECONDS)).astype(np.intp)
    return {name: spread_of(values, week) for name, values in found.items()}


def _served(
    order: TrainingOrder,
    history: History,
    tests: tuple[Backtest, Backtest],
    report: dict[str, Any],
    version: str,
) -> dict[str, Any]:
    """Return the report with the levels and the scorecard of the model that is in service from now on.

    Args:
        tests: Its hourly answers, on which estimates are judged, and those that cards are counted on.
    """
    feeds, (hourly, test) = history.feeds, tests
    rules = Rules(order.team_alerts_a_week, order.alerts_a_week, order.precision_bar, order.shadow_alerts)
    before = {one.feed.name: one.threshold for one in history.watched}
    levels = thresholds_of(test, feeds, rules, told=history.told, before=before)
    ledger = ledger_of(test, feeds, {one.feed: one.level for one in levels}, history.table, hourly)
    by_team = ledger.by_team({feed.name: feed.team for feed in feeds})
    card = ScorecardView(
        overall=score_row("all feeds", ledger, basis="backtest"),
        teams=tuple(
            score_row(team or "no team", part, basis="backtest") for team, part in sorted(by_team.items())
        ),
        since=datetime.fromtimestamp(float(test.now.min()), UTC),
        model=version,
        measured_at=order.now,
    )
    told = _report(report["version"], report["is_taken"], report["sentence"], levels, card)
    return told | {"serving": version}


def _report(
    version: str,
    is_taken: bool,
    sentence: str,
    thresholds: list[Threshold] | None = None,
    card: ScorecardView | None = None,
) -> dict[str, Any]:
    return {
        "version": version,
        "is_taken": is_taken,
        "sentence": sentence,
        "thresholds": [asdict(one) for one in thresholds or []],
        "scorecard": None if card is None else card.model_dump(mode="json"),
        "serving": "",
    }


def _say(how_far: str) -> None:
    print(json.dumps({"far": how_far, "at": datetime.now(UTC).isoformat()}), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
