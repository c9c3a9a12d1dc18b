"""Whether alert budgets hold on later weeks, and what several deadlines in an hour do to what is promised.

    python -m benchmarks.card_budget --json FILE [--feeds 120] [--seeds 21,22,23]

Simulated feeds only. A model learns from six weeks, levels are chosen on the next three, and cards are
counted on the three after those, asked every ten minutes, by team and week: levels chosen as a training does
(`held`), without the cards that other teams have on shared sources and pools (`alone`), and by the full hours
only (`hourly`). `served` are the cards of `held` as the running watch raises, joins and closes them, with how
long ahead troubles were told. Then the same weeks' estimates are held against what came, apart for feeds of
which several deadlines fall within the hour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.card_replay import served, told_of
from benchmarks.report import arguments, write
from domain.running.feeds import Feed
from predictors.backtesting.backtest import Backtest, answered, joined
from predictors.backtesting.backtest_ledger import ledger_of
from predictors.backtesting.card_budget import Cut, cut_of, hours_of, standing
from predictors.backtesting.exam import CLOSER, Exam, closer_exam, exam_of
from predictors.backtesting.late_training import with_late_law
from predictors.backtesting.levels import Rules, cuts_of_teams
from predictors.failure.failure_model import FailureModel, fit_failures
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import from_columns
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import simulate
from predictors.simulator.world import make_world
from predictors.timeliness.lateness import owed_runs
from runtime.wiring.watching.training_history import Surroundings, taught

Floats = NDArray[np.float64]

_LEARN, _CHOOSE, _ALL = 42.0, 63.0, 84
_WARM_UP = 3.0
_A_WEEK = 5.0
_TENTHS = 10


@dataclass(frozen=True)
class _Trial:
    """What one model says of the weeks that levels are chosen on, and of the weeks after those."""

    feeds: list[Feed]
    hourly: Backtest
    chosen: Backtest
    later: Backtest
    later_hourly: Backtest
    exam: Exam


def main() -> None:
    """Print and keep the figures of each seed."""
    parser = arguments(__doc__ or "", with_data=False)
    parser.add_argument("--feeds", type=int, default=120)
    parser.add_argument("--seeds", default="21,22,23")
    parser.add_argument("--a-week", type=float, default=_A_WEEK, help="cards that a team accepts")
    asked = parser.parse_args()
    found: dict[str, float] = {}
    for seed in map(int, asked.seeds.split(",")):
        for name, value in measured(_trial(seed, asked.feeds), asked.a_week).items():
            found[f"{name}_seed{seed}"] = value
            print(f"{name}_seed{seed} {value:.4f}", flush=True)
    data = {"feeds": asked.feeds, "seeds": asked.seeds, "a_week": asked.a_week}
    write(asked.json, data=data, figures=found, peers={})


def _trial(seed: int, count: int) -> _Trial:
    world = make_world(seed, feeds=count, days=_ALL)
    signals, feeds = world_signals(world), list(world.scene.feeds)
    table = from_columns([feed.name for feed in feeds], simulate(world).reports())
    start, learned = world.start + _WARM_UP * DAY_SECONDS, world.start + _LEARN * DAY_SECONDS
    chosen = world.start + _CHOOSE * DAY_SECONDS
    known = Surroundings(signals, world.changes)
    told, outcome = taught(feeds, table, learned, known)
    fitted = fit_failures(feeds, told, start, learned, version="budget", outcome=outcome, **known.arguments())
    model: FailureModel = with_late_law(fitted, feeds, told, start, learned, **known.arguments())
    exam = exam_of(feeds, table, chosen, world.end, **known.arguments())
    asked = exam_of(feeds, table, learned, chosen, **known.arguments())
    first = answered(model, asked)
    closer = closer_exam(asked, first.told, feeds, learned, chosen, changes=world.changes)
    hourly = later = answered(model, exam)
    for part in range(1, CLOSER):
        between = exam_of(feeds, table, chosen + part * 3_600.0 / CLOSER, world.end, **known.arguments())
        later = joined(later, between, between.told_in_parts(model))
    return _Trial(feeds, first, joined(first, closer, closer.told_in_parts(model)), later, hourly, exam)


def measured(trial: _Trial, budget: float) -> dict[str, float]:
    """Return cards a week by team, and promises against what came."""
    teams: dict[str, list[int]] = {}
    for number, feed in enumerate(trial.feeds):
        teams.setdefault(feed.team, []).append(number)
    rules = Rules({}, budget, 0.5, 5)
    alone = {
        team: cut_of(
            hours_of(trial.chosen, trial.feeds, numbers),
            rules.budget(team, len(numbers)) * trial.chosen.weeks,
        )
        for team, numbers in teams.items()
    }
    ways = {
        "held": cuts_of_teams(trial.chosen, trial.feeds, rules),
        "alone": alone,
        "hourly": cuts_of_teams(trial.hourly, trial.feeds, rules),
    }
    found = {
        f"{name}_{way}": value
        for way, cuts in ways.items()
        for name, value in _cards(trial, teams, cuts, budget, with_service=way == "held").items()
    }
    return found | _promises(trial)


def _cards(
    trial: _Trial,
    teams: dict[str, list[int]],
    cuts: dict[str, Cut],
    budget: float,
    *,
    with_service: bool,
) -> dict[str, float]:
    levels = np.array([cuts[feed.team].level(feed.criticality) for feed in trial.feeds])
    stands = standing(trial.later, len(trial.feeds), levels)
    a_week = np.array(
        [
            hours_of(trial.later, trial.feeds, numbers, stands).cards(cuts[team].worth) / trial.later.weeks
            for team, numbers in teams.items()
        ]
    )
    by_name = {feed.name: float(level) for feed, level in zip(trial.feeds, levels, strict=True)}
    ledger = ledger_of(trial.later, trial.feeds, by_name, trial.exam.table, trial.later_hourly)
    found = {
        "cards_a_week": float(a_week.mean()),
        "cards_a_week_most": float(a_week.max()),
        "teams_over": float(np.mean(a_week > budget)),
        **told_of(ledger),
    }
    if not with_service:
        return found
    in_service = served(trial.later, trial.exam, trial.feeds, by_name, ledger.troubles, budget)
    return found | {f"served_{name}": value for name, value in in_service.items()}


def _promises(trial: _Trial) -> dict[str, float]:
    exam = trial.exam
    owed = owed_runs(exam.scene, exam.table, exam.punctual, exam.feed, exam.now)
    several = owed.later[:, -1] > 0
    found: dict[str, float] = {}
    for name, rows in (("several", several), ("one", ~several)):
        told, true = trial.later_hourly.told[rows], trial.later_hourly.true[rows]
        found |= {f"told_{name}": float(told.mean()), f"came_{name}": float(true.mean())}
        found[f"ece_{name}"] = _ece(told, true)
    return found


def _ece(told: Floats, true: Floats) -> float:
    part = np.minimum((told * _TENTHS).astype(np.intp), _TENTHS - 1)
    off = [
        abs(told[part == one].mean() - true[part == one].mean()) * (part == one).mean()
        for one in range(_TENTHS)
        if (part == one).any()
    ]
    return float(np.sum(off))


if __name__ == "__main__":
    main()
