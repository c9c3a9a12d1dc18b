"""One sweep over 400 and 10,000 feeds, intake of events a second, history imported, report to card.

`python -m benchmarks.watch [--json FILE] [--feeds 400 10000] [--cards 15] [--share]`. Feeds are simulated and
every figure says so. `--share` also trains on a simulated world and prints the share of the simulator's own
ceiling that is reached.
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
from benchmarks.watch_house import seconds_to_card
from domain.ids import FeedName, RunId
from domain.ports.run_intake import RunEvent
from domain.runs import Outcome, Run
from predictors.failure_model import FailureModel, answer, fit_failures, known_by
from predictors.history import DAY_SECONDS
from predictors.predictor import FailurePredictor
from predictors.run_table import from_columns, states_after
from predictors.simulator.oracle import oracle, truth
from predictors.simulator.runs import domain_runs, simulate
from predictors.simulator.world import World, make_world
from runtime.keys import KeyFolder
from runtime.wiring.stores import SystemClock
from storage.engine import Database
from storage.migrate import migrate
from storage.run_intake import SqlRunIntake
from storage.unit_of_work import SqlTransactions
from telemetry import RunLedger, import_history, receive

_EVENTS = 20_000


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--feeds", type=int, nargs="*", default=[400, 10_000])
    parser.add_argument("--days", type=int, default=180, help="length of the imported history")
    parser.add_argument("--cards", type=int, default=15, help="cards to wait for; 0: no house is started")
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
    found |= _import(chosen.days)
    found |= _cards(chosen.cards)
    if chosen.share:
        found |= _share(make_world(3, feeds=400, days=180))
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(report.table("watch (simulated feeds)", {"dogwatch": found}))
    report.write(chosen.json, data={"simulated": True}, figures=found, peers={})
    return 0


def _sweep(model: FailureModel, count: int) -> dict[str, float]:
    """Return seconds and growth in memory of one sweep over feeds with a week of runs."""
    world = make_world(5, feeds=count, days=7)
    table = from_columns([f.name for f in world.scene.feeds], simulate(world).reports())
    now = world.end - 0.4 * DAY_SECONDS
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    known = known_by(table, now)
    start = time.perf_counter()
    said = FailurePredictor(model).sweep(world.scene.feeds, known, datetime.fromtimestamp(now, UTC))
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if len(said) != count:
        raise SystemExit(f"{len(said)} estimates for {count} feeds")
    return {f"sweep_{count}_s": seconds, f"sweep_{count}_mib": (after - before) / 1024}


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
    ledger, start = RunLedger(), time.perf_counter()
    for line in lines:
        ledger.take(receive(json.loads(line)), now)
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
        transactions = SqlTransactions(database, KeyFolder(Path(folder) / "keys").signer("audit"))
        intake = SqlRunIntake(transactions, SystemClock())
        start = time.perf_counter()
        for first in range(0, _EVENTS, 2_000):
            intake.take(events[first : first + 2_000])
        seconds = time.perf_counter() - start
        database.close()
    return {"stored_events_per_s": _EVENTS / seconds}


def _cards(count: int) -> dict[str, float]:
    """Return seconds from the intake of a telling report to the posted card, p50 and p95."""
    if not count:
        return {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        seconds = sorted(seconds_to_card(Path(folder) / "house", count))
    if not seconds:
        print("cards: no house came up, so nothing was measured")
        return {}
    return {
        "card_p50_s": seconds[len(seconds) // 2],
        "card_p95_s": seconds[min(int(0.95 * len(seconds)), len(seconds) - 1)],
        "cards_posted": float(len(seconds)),
    }


def _import(days: int) -> dict[str, float]:
    """Return seconds to import the history of 400 feeds from Parquet, with runs taken and refused."""
    import pyarrow
    import pyarrow.parquet

    world = make_world(2, feeds=400, days=days)
    runs = simulate(world)
    kept = np.flatnonzero(runs.reported)
    names = np.array([feed.name for feed in world.scene.feeds], dtype=object)
    columns = {
        "feed": names[runs.feed[kept]],
        "run_id": [f"{int(due)}" for due in runs.due[kept]],
        "status": np.where(runs.failed[kept], "failed", "ok"),
        "started_at": runs.started[kept],
        "finished_at": runs.finished[kept],
        "rows": np.nan_to_num(runs.columns["rows"][kept]).astype(np.int64),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.parquet"
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        start = time.perf_counter()
        imported = import_history(path, datetime.fromtimestamp(world.end, UTC) + timedelta(days=1))
    seconds = time.perf_counter() - start
    return {
        "import_s": seconds,
        "import_runs": float(len(imported.runs)),
        "import_refused": float(sum(count for _, count in imported.refused)),
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


def first_runs(world: World, count: int) -> list[object]:
    """Return the first reports of a world as the domain speaks of them; demos replay these."""
    runs = domain_runs(world, simulate(world))
    return [run for run, _ in zip(runs, range(count), strict=False)]


if __name__ == "__main__":
    raise SystemExit(main())
