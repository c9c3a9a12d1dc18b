"""How far a model goes from the base rate to the simulator's ceiling; figures on simulated feeds, said so.

A world is trained on its first three quarters, and asked about random feeds at random moments of the last.
The oracle, which senses every hidden state but knows no outcome, answers the same questions: that is 1.
"""

import time
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.predict_gap import gaps
from benchmarks.predict_lead import calm_level, leads
from benchmarks.predict_metrics import figures
from benchmarks.predict_oracle import oracle, truth
from predictors.failure.failure_model import answer, fit_failures
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import from_columns, states_after
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import simulate
from predictors.simulator.world import make_world

# With fewer, the share moves by three points with the questions that happen to be asked.
_QUESTIONS = 240_000
_AT_ONCE = 60_000
_WARM_UP = 3 * DAY_SECONDS


def simulated(seed: int, feeds: int = 400, days: int = 180) -> dict[str, float]:
    """Return `sim_ceiling_*`, `sim_share_*`, `sim_gap_*`, our own figures, lead times beside the oracle's
    (minutes), and CPU seconds to make, train and score."""
    start = time.process_time()
    world = make_world(seed, feeds=feeds, days=days)
    runs, signals = simulate(world), world_signals(world)
    made = time.process_time()
    table = from_columns([feed.name for feed in world.scene.feeds], runs.reports())
    cut = world.start + 0.75 * (world.end - world.start)
    model = fit_failures(
        world.scene.feeds,
        table,
        world.start + _WARM_UP,
        cut,
        version="sim",
        signals=signals,
        changes=world.changes,
    )
    trained = time.process_time()
    random = np.random.default_rng(seed)
    feed = random.integers(0, feeds, _QUESTIONS).astype(np.intp)
    now = random.uniform(cut + 3_600.0, world.end - 7_200.0, _QUESTIONS)
    y = truth(runs, feed, now)
    states = states_after(table)

    def ask(feed: NDArray[np.intp], now: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = (slice(at, at + _AT_ONCE) for at in range(0, len(feed), _AT_ONCE))
        return np.concatenate(
            [
                answer(model, world.scene, table, states, feed[part], now[part], signals)[:, -1]
                for part in parts
            ]
        )

    told = ask(feed, now)
    scored = time.process_time()
    known = oracle(world, runs, feed, now)
    ours, best = figures(y, told), figures(y, known)
    judged = (runs, cut + 7_200.0, world.end - 7_200.0, seed)
    ahead = leads(ask, calm_level(y, told), *judged)
    furthest = leads(partial(oracle, world, runs), calm_level(y, known), *judged)
    base = {"pr_auc": float(y.mean()), "brier_skill": 0.0, "recall_fpr2": 0.02}
    result = {f"sim_ceiling_{name}": best[name] for name in base}
    result |= {f"sim_{name}": ours[name] for name in base}
    result |= {f"sim_share_{name}": (ours[name] - base[name]) / (best[name] - base[name]) for name in base}
    result |= {f"sim_{name}": value for name, value in gaps(world, (feed, now), y, told, known).items()}
    result |= {f"sim_{name}": value for name, value in ahead.items()}
    result |= {f"sim_oracle_{name}": value for name, value in furthest.items()}
    result["sim_share_of_ceiling"] = float(np.mean([result[f"sim_share_{name}"] for name in base]))
    return result | {
        "sim_base_rate": base["pr_auc"],
        "sim_ece": ours["ece"],
        "sim_oracle_ece": best["ece"],
        "sim_runs": float(len(runs.feed)),
        "sim_failed": float(runs.failed.mean()),
        "sim_silent": float((runs.silent > 0).mean()),
        "sim_make_s": made - start,
        "sim_train_s": trained - made,
        "sim_score_s": scored - trained,
    }
