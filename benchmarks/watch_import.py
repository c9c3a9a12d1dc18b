"""Six months of 400 feeds imported as on a first day, from CSV and from Parquet, into a fresh house."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import report
from predictors.simulator.runs import simulate
from predictors.simulator.world import make_world
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from runtime.wiring.watch_errands import EngineErrands

_FEEDS = 400
_BROKEN = 50


def imports(days: int) -> dict[str, float]:
    """Return seconds and MiB from the file to stored runs and learned calendars; everything is simulated."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        end = _write(Path(folder), days)
        for kind in ("csv", "parquet"):
            settings = Settings(data_dir=Path(folder) / kind)
            stores = open_stores(settings)
            path, now = Path(folder) / f"runs.{kind}", end + timedelta(days=1)
            before = report.forget_peak()
            begun = time.perf_counter()
            imported = EngineErrands(settings, stores).import_runs(path, path.name, now)
            found[f"import_400_feeds_{kind}_s"] = time.perf_counter() - begun
            found[f"import_400_feeds_{kind}_mib"] = report.peak_mib() - before
            found["import_runs"] = float(imported.new)
            print(f"{kind}: {imported.sentence}")
            stores.database.close()
    return found


def _write(folder: Path, days: int) -> datetime:
    """Write the runs of a world in both kinds; fifty of them end before they start."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    world = make_world(2, feeds=_FEEDS, days=days)
    runs = simulate(world)
    kept = np.flatnonzero(runs.reported)
    names = np.array([feed.name for feed in world.scene.feeds], dtype=object)
    finished = (runs.finished[kept] * 1e6).astype("datetime64[us]")
    started = (runs.started[kept] * 1e6).astype("datetime64[us]")
    started[:_BROKEN] = finished[:_BROKEN] + np.timedelta64(1, "h")
    whole = {name: np.nan_to_num(runs.columns[name][kept]).astype(np.int64) for name in _WHOLE}
    columns = {
        "feed": names[runs.feed[kept]],
        "run_id": [f"{int(due)}" for due in runs.due[kept]],
        "status": np.where(runs.failed[kept], "failed", "ok"),
        "scheduled_at": (runs.due[kept] * 1e6).astype("datetime64[us]"),
        "started_at": started,
        "finished_at": finished,
        "rows": whole["rows"],
        "rows_rejected": whole["rejected"],
        "retries": whole["retries"],
        "queue_seconds": np.round(np.nan_to_num(runs.columns["queue"][kept]), 1),
    }
    table = pyarrow.table(columns)
    pyarrow.parquet.write_table(table, folder / "runs.parquet")
    pyarrow.csv.write_csv(table, folder / "runs.csv")
    return datetime.fromtimestamp(world.end, UTC)


_WHOLE = ("rows", "rejected", "retries")
