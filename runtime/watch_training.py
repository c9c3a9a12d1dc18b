"""Fit and judge a model in a process of its own: `python -m runtime.watch_training`, the order on stdin.

Says how far it is on standard output, a line each; the last line is the report. Killed at any moment, it
leaves the model in service as it was: a model file appears whole or not at all.
"""

import json
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput, NotFound
from domain.feed_health import ScorecardView, ScoreRow
from domain.feeds import Feed
from domain.predictions import Scorecard
from domain.watching import Threshold
from predictors import registry
from predictors.backtest import Backtest, backtest, card_of, thresholds_of, with_late_law
from predictors.due_times import Changes
from predictors.failure_model import came_true, fit_failures, known_by
from predictors.history import DAY_SECONDS
from predictors.punctuality import missed_deadlines, punctualities
from predictors.registry import ModelCard
from predictors.run_table import RunTable, from_columns
from predictors.signals import Signals
from runtime.wiring.signal_window import SignalColumns
from runtime.wiring.training_order import TrainingOrder
from storage.engine import Database
from storage.readings_store import readings_seen_since
from storage.run_reader import runs_seen_since
from storage.watched_feeds_store import SqlWatchedFeeds

_BACK = timedelta(days=60)
_LEAST_RUNS, _LEAST_TROUBLES = 50, 5
_WARM_UP_DAYS = 3.0
_JUDGED_SHARE = 0.25
_CHAMPION_TRUSTED_DAYS = 14.0


class _Known(TypedDict):
    signals: Signals
    changes: Changes


@dataclass(frozen=True)
class Surroundings:
    """What is known beside runs: what resources said, and which schedules held before."""

    signals: Signals
    changes: Changes

    def arguments(self) -> _Known:
        """Return it as the engine's functions take it."""
        return {"signals": self.signals, "changes": self.changes}


def main() -> int:
    """Train and return 0; the report is the last line."""
    order = TrainingOrder.model_validate_json(sys.stdin.read())
    print(json.dumps({"report": train(order)}), flush=True)
    return 0


def train(order: TrainingOrder) -> dict[str, Any]:
    """Return the report of one training as JSON."""
    database = Database(order.database_url)
    try:
        with database.reading() as connection:
            watched = SqlWatchedFeeds(connection)
            feeds = [one.feed for one in watched.every()]
            changes = watched.schedule_changes(order.now - _BACK)
        _say(f"read {len(feeds)} feeds")
        table = _table(database, feeds, order.now)
        known = Surroundings(_signals(database, order.now), changes)
    finally:
        database.close()
    if len(table.seen) < _LEAST_RUNS or table.bad.sum() < _LEAST_TROUBLES:
        few = f"{len(table.seen):,} finished runs, {int(table.bad.sum())} of them in trouble"
        return _report("", False, f"Too little to learn from: {few}.")
    _say(f"read {len(table.seen):,} runs")
    first, last = float(table.seen.min()), float(table.seen.max())
    start = min(first + _WARM_UP_DAYS * DAY_SECONDS, first + 0.1 * (last - first))
    cut = last - _JUDGED_SHARE * (last - start)
    try:
        early = known_by(table, cut)
        late = late_runs(feeds, early, cut, known)
        tried = fit_failures(feeds, early, start, cut, version="tried", late=late, **known.arguments())
        tried = with_late_law(tried, feeds, early, start, cut, **known.arguments())
        _say("fitted on the earlier part")
        test = backtest(tried, feeds, table, cut, last, **known.arguments())
    except BadInput as error:
        return _report("", False, f"Too little to learn from: {error}.")
    _say("judged on the later part")
    return _decide(order, feeds, table, test, known, (start, last))


def _decide(
    order: TrainingOrder,
    feeds: list[Feed],
    table: RunTable,
    test: Backtest,
    known: Surroundings,
    span: tuple[float, float],
) -> dict[str, Any]:
    start, last = span
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
        f" PR-AUC {test.pr_auc:.3f} on {len(test.now):,} later questions."
    )
    if not wins:
        return _report(version, False, f"{version} was refused: {told}")
    whole = known_by(table, last)
    late = late_runs(feeds, whole, last, known)
    model = fit_failures(feeds, whole, start, last, version=version, late=late, **known.arguments())
    model = with_late_law(model, feeds, whole, start, last, **known.arguments())
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
    overall, teams = card_of(test, feeds, {one.feed: one.level for one in levels})
    card = ScorecardView(
        backtest=None,
        overall=_row("all feeds", overall, test),
        teams=tuple(_row(team or "no team", one, test) for team, one in sorted(teams.items())),
        model=version,
        measured_at=order.now,
    )
    return _report(version, True, f"{version} is in service: {told}", levels, card)


def late_runs(feeds: list[Feed], table: RunTable, until: float, known: Surroundings) -> NDArray[np.bool_]:
    """Return which runs of a table ended beyond their deadline, whatever their sender said of them."""
    punctual = punctualities(feeds, table, known.changes)
    return missed_deadlines(feeds, table, punctual, until, known.changes).runs


def _champion(folder: Path, key: bytes, now: datetime) -> ModelCard | None:
    """Return the model to beat; one whose data is too old need not be beaten."""
    try:
        _, card, _ = registry.newest(folder, key)
    except (NotFound, BadInput):
        return None
    return card if now.timestamp() - card.data_until < _CHAMPION_TRUSTED_DAYS * DAY_SECONDS else None


def _table(database: Database, feeds: list[Feed], now: datetime) -> RunTable:
    number = {feed.name: place for place, feed in enumerate(feeds)}
    pieces = []
    for piece in runs_seen_since(database, now - _BACK):
        rows = [(number[row[0]], *row[2:]) for row in piece if row[0] in number]  # type: ignore[index]
        pieces.append(np.array(rows, dtype=np.float64).reshape(-1, 11))
        _say("reading")
    whole = np.concatenate([np.zeros((0, 11)), *pieces])
    names = ("feed", "seen", "started", "finished", "rows", "rejected", "retries", "queue", "warnings")
    columns = {name: whole[:, place] for place, name in enumerate((*names, "bad", "open"))}
    columns["queue"] = np.where(columns["queue"] < 0, np.nan, columns["queue"])
    return from_columns([feed.name for feed in feeds], columns)


def _signals(database: Database, now: datetime) -> Signals:
    columns = SignalColumns()
    for piece in readings_seen_since(database, now - _BACK, now - _BACK):
        columns.absorb(piece)
        _say("reading what resources said")
    return columns.signals()


def _row(scope: str, card: Scorecard, test: Backtest) -> ScoreRow:
    base = card.troubles
    return ScoreRow(
        scope=scope,
        basis="backtest",
        questions=card.questions,
        troubles=base,
        alerts=card.alerts,
        precision=card.precision,
        recall=card.recall,
        brier=card.brier,
        brier_skill=test.brier_skill if scope == "all feeds" else 0.0,
        lead_minutes=card.lead_minutes,
        alerts_a_week=card.alerts / test.weeks,
        reliability=card.reliability,
    )


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
