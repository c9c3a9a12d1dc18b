"""A training that hangs is ended, and said to be: it keeps no place of what else computes."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from runtime.wiring.watching.watch_trainer import ChildTrainer
from tests.waiting import wait_until

_PROGRAM = b"runtime.processes.watch_training"


def _trainer() -> int:
    for told in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in told.read_text().split():
            if _PROGRAM in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    return 0


def test_a_training_that_hangs_ends_and_leaves_the_model_in_service(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    stores = open_stores(settings)
    trainer = ChildTrainer(settings, stores, b"k" * 32, within_seconds=3.0)
    stopping = threading.Thread(target=lambda: os.kill(wait_until(_trainer), signal.SIGSTOP))
    stopping.start()

    with pytest.raises(OutsideTrouble) as told:
        trainer.train(datetime(2026, 9, 1, tzinfo=UTC), lambda far: None)
    stopping.join(30)

    assert "the model in service stays" in told.value.say
    assert _trainer() == 0
    stores.database.close()
