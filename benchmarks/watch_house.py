"""From the intake of the telling report to the posted card, in a running house with everything real."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.watch_burst import burst
from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.watching import Threshold
from runtime.settings.house import Settings
from runtime.wiring.stores import SystemClock, open_stores
from storage.run_intake import SqlRunIntake

_ROOT = Path(__file__).resolve().parents[1]
_READY_SECONDS, _CARD_SECONDS = 90.0, 30.0
_CALM = 40
_TEAM = TeamId("bench")


def measure_house(folder: Path, cards: int, seconds: int) -> tuple[list[float], dict[str, float]]:
    """Return the seconds of so many cards, one after the other, and the figures of a burst afterwards.

    A card that never came is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOGWATCH_")}
    environment = kept | {
        "DOGWATCH_DATA_DIR": str(folder),
        "DOGWATCH_WEB__PORT": "0",
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "up.log"
    with log.open("wb") as out:
        house = subprocess.Popen(
            [sys.executable, "-m", "runtime", "up"], cwd=_ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        if not _until(lambda: _ready_at(log), _READY_SECONDS):
            return [], {}
        waited = _measure(folder, cards)
        return waited, burst(folder, _ready_at(log), seconds) if seconds else {}
    finally:
        house.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            house.wait(timeout=30)
        if house.poll() is None:
            house.kill()


def _ready_at(log: Path) -> str:
    found = re.search(r"ready at (http://[^\s]+)", log.read_text(errors="replace"))
    return found.group(1) if found else ""


def _measure(folder: Path, cards: int) -> list[float]:
    settings = Settings(data_dir=folder)
    stores = open_stores(settings)
    now = stores.clock.now()
    names = [FeedName(f"bench_{number:03d}") for number in range(cards + _CALM + 1)]
    # Due half a day from now, so that no feed is late by itself while we measure.
    daily = Schedule(Rhythm.DAILY, at_minute=(now.hour + 12) % 24 * 60)
    with stores.transactions.writing() as uow:
        uow.watched.keep([Feed(name, _TEAM, daily) for name in names], now)
        uow.runs.add_history([run for name in names for run in _history(name, now)], now)
        levels = [0.45 if number <= cards else 2.0 for number in range(len(names))]
        uow.watched.set_thresholds(
            [Threshold(name, _TEAM, level, 5, 5, True) for name, level in zip(names, levels, strict=True)],
            now,
        )
    intake = SqlRunIntake(stores.transactions, SystemClock())
    found = []
    for number, name in enumerate(names[: cards + 1]):
        begun = datetime.now(UTC) - timedelta(minutes=12)
        run = Run(name, RunId("telling"), datetime.now(UTC), Outcome.RUNNING, begun, begun)
        started = time.perf_counter()
        intake.take([RunEvent(run, source="bench", dialect="json")])
        posted = _until(lambda wanted=number + 1: _posted(folder) >= wanted, _CARD_SECONDS)
        # The first card waits for the heavy process to import its engine; it is no measure of the rest.
        if posted and number:
            found.append(time.perf_counter() - started)
    stores.database.close()
    return found


def _history(name: FeedName, now: datetime) -> list[Run]:
    found = []
    for hour in range(1, 49):
        due = now - timedelta(hours=hour)
        end = due + timedelta(minutes=4 + hour % 3)
        found.append(Run(name, RunId(f"h{hour}"), end, Outcome.OK, due, due, end))
    return found


def _posted(folder: Path) -> int:
    question = "SELECT count(*) FROM postings WHERE view = 'alert' AND message <> ''"
    with contextlib.closing(sqlite3.connect(folder / "dogwatch.db", timeout=20)) as connection:
        return int(connection.execute(question).fetchone()[0])


def _until(is_so: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if callable(is_so) and is_so():
            return True
        time.sleep(0.02)
    return False
