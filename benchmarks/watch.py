"""One sweep over 400 and 10,000 feeds, intake of events a second, history imported, report to card, a burst.

`python -m benchmarks.watch [--json FILE] [--feeds 400 10000] [--cards 15] [--burst 10] [--share]`. Feeds
are simulated and every figure says so. `--share` also trains on a simulated world and prints the share of
the simulator's own ceiling that is reached.
"""

import json
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.predict_metrics import figures
from benchmarks.predict_oracle import oracle, truth
from benchmarks.watch_house import measure_house
from benchmarks.watch_import import imports
from domain.ids import FeedName, RunId
from domain.ports.run_intake import RunEvent
from domain.running.run_merging import merged
from domain.running.runs import Outcome, Run
from predictors.failure.failure_model import FailureModel, answer, fit_failures, known_by
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import landscape
from predictors.known.run_table import from_columns, states_after
from predictors.known.signals import known_signals
from predictors.predictor import FailurePredictor
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import simulate
from predictors.simulator.world import World, make_world
from runtime.keys import KeyFolder
from runtime.wiring.stores import SystemClock, transactions_of
from storage.engine import Database
from storage.migrate import migrate
from storage.run_intake import SqlRunIntake
from telemetry.bulk import receive
from telemetry.normalise import check

_EVENTS = 20_000


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--feeds", type=int, nargs="*", default=[400, 10_000])
    parser.add_argument("--days", type=int, default=180, help="length of the imported history")
    parser.add_argument("--cards", type=int, default=15, help="cards to wait for; 0: no house is started")
    parser.add_argument("--burst", type=int, default=10, help="seconds of 10,000 reports a second")
    parser.add_argument(
        "--share", action="store_true", help="also measure the share of the simulator's ceiling"
    )
    chosen = parser.parse_args()
    found: dict[str, float] = {}
    world = make_world(11, feeds=60, days=20)
    table = from_columns([f.name for f in world.scene.feeds], simulate(world).reports())
    start = time.perf_counter()
    model = fit_failures(world.scene.feeds, table, world.start + 3 * DAY_SECONDS, world.end, version="bench")
    found["train_s_simulated_60x20"] = time.perf_counter() - start
    for count in chosen.feeds:
        found |= _sweep(model, count)
    found |= _intake()
    found |= _stored()
    found |= imports(chosen.days)
    found |= _house(chosen.cards, chosen.burst)
    if chosen.share:
        found |= _share(make_world(3, feeds=400, days=180))
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(report.table("watch (simulated feeds)", {"dogwatch": found}))
    report.write(chosen.json, data={"simulated": True}, figures=found, peers={})
    return 0


def _sweep(model: FailureModel, count: int) -> dict[str, float]:
    """Return seconds and growth in memory of one sweep over feeds with a week of runs, and of the next."""
    world = make_world(5, feeds=count, days=7)
    feeds = world.scene.feeds
    table = from_columns([f.name for f in feeds], simulate(world).reports())
    now = world.end - 0.4 * DAY_SECONDS
    known, signals = known_by(table, now), known_signals(world_signals(world), now)
    moment, predictor = datetime.fromtimestamp(now, UTC), FailurePredictor(model)
    before = report.forget_peak()
    start = time.perf_counter()
    scene = landscape(feeds, now - DAY_SECONDS, now + DAY_SECONDS, world.changes)
    states = states_after(known)
    said = predictor.sweep(feeds, known, moment, signals=signals, scene=scene, states=states)
    first = time.perf_counter() - start
    start = time.perf_counter()
    predictor.sweep(feeds, known, moment, signals=signals, scene=scene, states=states)
    again = time.perf_counter() - start
    if len(said) != count:
        raise SystemExit(f"{len(said)} estimates for {count} feeds")
    return {
        f"sweep_{count}_s": first,
        f"sweep_{count}_without_news_s": again,
        f"sweep_{count}_mib": report.peak_mib() - before,
    }


def _intake() -> dict[str, float]:
    """Return OpenLineage events a second, from decoded JSON to merged runs."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    lines = []
    for number in range(_EVENTS // 2):
        begun = now - timedelta(days=1, seconds=number)
        for kind, when in (("START", begun), ("COMPLETE", begun + timedelta(minutes=3))):
            event = {
                "eventType": kind,
                "eventTime": when.isoformat(),
                "run": {"runId": f"run-{number}"},
                "job": {"namespace": "etl", "name": f"feed_{number % 400}"},
            }
            lines.append(json.dumps(event))
    known: dict[object, Run] = {}
    start = time.perf_counter()
    for line in lines:
        for _, run in check(receive(json.loads(line)), now)[0]:
            after = merged(known.get(run.key), run)
            if isinstance(after, Run):
                known[run.key] = after
    return {"intake_events_per_s": len(lines) / (time.perf_counter() - start)}


def _stored() -> dict[str, float]:
    """Return reports a second from checked events to committed rows in SQLite, in deliveries of 2,000."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    runs = [
        Run(FeedName(f"feed_{n % 400}"), RunId(str(n)), now, Outcome.RUNNING, started_at=now)
        for n in range(_EVENTS)
    ]
    events = [RunEvent(run, source="bench", dialect="json") for run in runs]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        migrate(database)
        transactions = transactions_of(database, KeyFolder(Path(folder) / "keys"))
        intake = SqlRunIntake(transactions, SystemClock())
        start = time.perf_counter()
        for first in range(0, _EVENTS, 2_000):
            intake.take(events[first : first + 2_000])
        seconds = time.perf_counter() - start
        database.close()
    return {"stored_events_per_s": _EVENTS / seconds}


def _house(cards: int, seconds: int) -> dict[str, float]:
    """Return seconds from a telling report to its card (p50, p95), and what became of a burst of reports."""
    if not cards:
        return {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        waited, burst = measure_house(Path(folder) / "house", cards, seconds)
    if not waited:
        print("cards: no house came up, so nothing was measured")
        return burst
    waited.sort()
    return burst | {
        "card_p50_s": waited[len(waited) // 2],
        "card_p95_s": waited[min(int(0.95 * len(waited)), len(waited) - 1)],
        "cards_posted": float(len(waited)),
    }


def _share(world: World) -> dict[str, float]:
    """Return how much of the way from the base rate to the oracle the model goes, on the last quarter."""
    runs = simulate(world)
    table = from_columns([feed.name for feed in world.scene.feeds], runs.reports())
    cut = world.start + 0.75 * (world.end - world.start)
    model = fit_failures(world.scene.feeds, table, world.start + 3 * DAY_SECONDS, cut, version="share")
    random = np.random.default_rng(0)
    count = 100_000
    feed = random.integers(0, len(world.scene.feeds), count).astype(np.intp)
    now = random.uniform(cut + 3_600.0, world.end - 7_200.0, count)
    y = truth(runs, feed, now)
    told = answer(model, world.scene, table, states_after(table), feed, now)[:, -1]
    ours, best = figures(y, told), figures(y, oracle(world, runs, feed, now))
    base = {"pr_auc": float(y.mean()), "brier_skill": 0.0, "recall_fpr2": 0.02}
    result = {f"simulated_share_{k}": (ours[k] - base[k]) / (best[k] - base[k]) for k in base}
    result |= {f"simulated_ceiling_{k}": best[k] for k in base} | {"simulated_ece": ours["ece"]}
    return result


if __name__ == "__main__":
    raise SystemExit(main())
