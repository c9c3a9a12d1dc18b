"""Training behind its port: a process of its own, so that sweeps go on, and a kill harms nothing."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import OutsideTrouble
from domain.ports.forecaster import TrainingReport
from domain.watch.feed_health import ScorecardView
from domain.watch.watching import Threshold
from runtime.settings.house import Settings
from runtime.temporal_child import ends_with_us
from runtime.wiring.stores import Stores
from runtime.wiring.watching.drift_watch import DriftWatch
from runtime.wiring.watching.training_order import TrainingOrder

_ROOT = Path(__file__).resolve().parents[3]
_TRAINED_WITHIN_SECONDS = 40 * 60.0
"""Sooner than the story gives a try up: a child that hangs would keep the thread of that try for good."""


class ChildTrainer:
    """Implements `Trainer`."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        key: bytes,
        *,
        within_seconds: float = _TRAINED_WITHIN_SECONDS,
    ) -> None:
        self._settings = settings
        self._within = within_seconds
        self._stores = stores
        self._key = key
        self._drift = DriftWatch(stores, settings.data_dir.resolve() / "models", key)

    def train(self, now: datetime, beat: Callable[[str], None]) -> TrainingReport:
        """Fit a challenger on what is known, judge it beside the champion on later data, keep the better."""
        watch = self._settings.watch
        order = TrainingOrder(
            database_url=self._settings.database_url(),
            models=str(self._settings.data_dir.resolve() / "models"),
            key=self._key.hex(),
            now=now,
            alerts_a_week=watch.alerts_a_week,
            team_alerts_a_week=watch.team_alerts_a_week,
            precision_bar=watch.precision_bar,
            shadow_alerts=watch.shadow_alerts,
            drifted=self.drift(now),
        )
        found: dict[str, Any] | None = None
        with (
            subprocess.Popen(
                [sys.executable, "-m", "runtime.processes.watch_training"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=_ROOT,
                env=_environment(),
                preexec_fn=ends_with_us(),
            ) as process,
            _ended_after(process, self._within),
        ):
            try:
                if process.stdin is not None and process.stdout is not None:
                    with contextlib.suppress(
                        BrokenPipeError
                    ):  # it died before it read: its report is missing
                        process.stdin.write(order.model_dump_json())
                        process.stdin.close()
                    for line in process.stdout:
                        said = json.loads(line)
                        found = said.get("report", found)
                        beat(str(said.get("far", "")))
            finally:
                if process.poll() is None and found is None:
                    process.kill()
        if found is None:
            raise OutsideTrouble(
                f"training ended with {process.returncode}",
                say="The training process died; the model in service stays.",
                next_step="I try again.",
            )
        return _report(found)

    def drift(self, now: datetime) -> str:
        """Return why a new model is due now, or an empty string."""
        return self._drift.why(now)


@contextlib.contextmanager
def _ended_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    """End a process that takes longer, from its first word to its last breath."""
    end = threading.Timer(seconds, process.kill)
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        process.wait()
        end.cancel()


def _environment() -> dict[str, str]:
    """Return what the child needs of ours: its order comes by its input, and no setting or secret does."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DOGWATCH_")}
    return kept | {"OMP_NUM_THREADS": "1"}


def _report(found: dict[str, Any]) -> TrainingReport:
    card = found["scorecard"]
    return TrainingReport(
        version=found["version"],
        is_taken=found["is_taken"],
        sentence=found["sentence"],
        thresholds=[Threshold(**one) for one in found["thresholds"]],
        scorecard=None if card is None else ScorecardView.model_validate(card),
        serving=found["serving"],
    )
