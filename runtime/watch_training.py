"""Fit and judge a model in a process of its own: `python -m runtime.watch_training`, the order on stdin.

Says how far it is on standard output, a line each; the last line is the report. Killed at any moment, it
leaves the model in service as it was: a model file appears whole or not at all.
"""

import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.errors import BadInput, NotFound
from domain.feed_health import ScorecardView
from domain.scorecards import score_row
from domain.verdicts import in_words
from domain.watching import Threshold
from predictors import registry
from predictors.backtest import Backtest, backtest, thresholds_of, with_late_law
from predictors.backtest_ledger import ledger_of
from predictors.failure_model import FailureModel, came_true, fit_failures
from predictors.history import DAY_SECONDS
from predictors.registry import ModelCard
from runtime.wiring.training_history import History, read_history, taught
from runtime.wiring.training_order import TrainingOrder
from storage.engine import Database

_LEAST_RUNS, _LEAST_TROUBLES = 50, 5
_WARM_UP_DAYS = 3.0
_JUDGED_SHARE = 0.25
_CHAMPION_TRUSTED_DAYS = 14.0


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
    feeds, table, known = history.feeds, history.table, history.known
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
        test = backtest(tried, feeds, table, cut, last, words=known.words, **known.arguments())
    except BadInput as error:
        return _report("", False, f"Too little to learn from: {error}.")
    _say("judged on the later part")
    return _decide(order, history, test, (start, last))


def _fitted(history: History, start: float, until: float, version: str) -> FailureModel:
    """Return a model of what was known by a moment."""
    feeds, known = history.feeds, history.known
    table, outcome = taught(feeds, history.table, until, known)
    model = fit_failures(feeds, table, start, until, version=version, outcome=outcome, **known.arguments())
    return with_late_law(model, feeds, table, start, until, words=known.words, **known.arguments())


def _decide(
    order: TrainingOrder, history: History, test: Backtest, span: tuple[float, float]
) -> dict[str, Any]:
    start, last = span
    feeds = history.feeds
    folder, key = Path(order.models), bytes.fromhex(order.key)
    version = f"failures-{order.now:%Y%m%d-%H%M%S}"
    challenger = ModelCard(version, start, last, test.brier_skill, test.pr_auc)
    champion = _champion(folder, key, order.now)
    wins = registry.challenger_wins(
        champion or ModelCard("", 0.0, 0.0, 0.0, 0.0),
        challenger,
        elapsed_time_skill=test.elapsed_skill,
        last_status_skill=test.last_skill,
    )
    told = (
        f"Brier skill {test.brier_skill:.4f} (elapsed time {test.elapsed_skill:.4f}, last status"
        f" {test.last_skill:.4f}, champion {champion.brier_skill if champion else 0.0:.4f}),"
        f" PR-AUC {test.pr_auc:.3f} on {len(test.now):,} later questions. {in_words(history.words)}"
    ).strip()
    if not wins:
        return _report(version, False, f"{version} was refused: {told}")
    model = _fitted(history, start, last, version)
    # How often such estimates came true is told of the estimates that alert, lateness counted.
    model = replace(model, record=came_true(test.told, test.true))
    registry.save(folder, model, challenger, key)
    _say("saved")
    levels = thresholds_of(
        test,
        feeds,
        a_week=order.team_alerts_a_week,
        usual_a_week=order.alerts_a_week,
        bar=order.precision_bar,
        least=order.shadow_alerts,
    )
    ledger = ledger_of(test, feeds, {one.feed: one.level for one in levels}, history.table)
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
    return _report(version, True, f"{version} is in service: {told}", levels, card)


def _champion(folder: Path, key: bytes, now: datetime) -> ModelCard | None:
    """Return the model to beat; one whose data is too old need not be beaten."""
    try:
        _, card, _ = registry.newest(folder, key)
    except (NotFound, BadInput):
        return None
    return card if now.timestamp() - card.data_until < _CHAMPION_TRUSTED_DAYS * DAY_SECONDS else None


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
    }


def _say(how_far: str) -> None:
    print(json.dumps({"far": how_far, "at": datetime.now(UTC).isoformat()}), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
