"""Start the whole house as a person would, in a folder of its own, and look into its truth."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests import waiting

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
# A busy machine takes ten times as long; when nothing is wrong, patience costs nothing.
READY_SECONDS = 180.0
WAIT_SECONDS = 150.0


@dataclass
class House:
    """One running `dogwatch up`."""

    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    log: Path = field(default_factory=Path)

    def start(self) -> "House":
        """Start it and wait until it says that it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = self.data.parent / f"{self.data.name}.log"
        with self.log.open("ab") as out:
            begin = out.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "runtime", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        def ready() -> str:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the house ended: {self.log.read_text()[-2000:]}")
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            found = re.search(r"ready at (http://\S+)", said)
            return found.group(1) if found else ""

        self.url = wait_until(ready, READY_SECONDS)
        return self

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=30)
        # Whoever presses Ctrl-C reads our words alone, not what a library has to say of its memory.
        assert "leaked" not in self.log.read_text(errors="replace"), self.log
        return code

    def kill(self) -> None:
        """Kill the parent with -9; its children follow by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def cut_the_power(self) -> None:
        """Kill the parent and everything below it with -9, and wait until all of it is gone."""
        assert self.process is not None
        family = [self.process.pid, *_below(self.process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        wait_until(lambda: not any(map(_is_alive, family)), 15)

    def left_over(self) -> list[str]:
        """Return processes that still use the data folder."""
        asked = ["ps", "-ww", "-eo", "pid,args"]
        listed = subprocess.run(asked, capture_output=True, text=True, check=True)
        return [
            line for line in listed.stdout.splitlines() if str(self.data) in line and "ps -ww" not in line
        ]

    def rows(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the house's database."""
        with contextlib.closing(sqlite3.connect(self.data / "dogwatch.db", timeout=20)) as connection:
            return list(connection.execute(question, values))

    def changes(self) -> list[dict[str, object]]:
        """Return the configuration changes, oldest first."""
        rows = self.rows("SELECT document FROM config_changes ORDER BY opened_at")
        return [json.loads(str(document)) for (document,) in rows]

    def state_of_change(self) -> str:
        """Return the state of the newest change, or an empty string."""
        found = self.changes()
        return str(found[-1]["state"]) if found else ""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another `dogwatch` verb on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "runtime", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@contextlib.contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    """Run a house; settings are environment names without their prefix."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOGWATCH_")}
    kept |= {"DOGWATCH_DATA_DIR": str(folder), "DOGWATCH_WEB__PORT": "0", "PYTHONUNBUFFERED": "1"}
    kept["DOGWATCH_KNOWLEDGE__MODEL"] = "none"  # converting the model costs every house 20 s of CPU
    running = House(folder, kept | {f"DOGWATCH_{name}": value for name, value in settings.items()})
    try:
        yield running.start()
    finally:
        # How a house ends in order has tests of its own; waiting for it costs every journey seconds.
        if running.process is not None and running.process.poll() is None:
            running.cut_the_power()
    # A story whose code fails is tried again for ever: nobody in the chat sees it, so every journey looks.
    assert "Failed activation" not in running.log.read_text(errors="replace"), running.log


def _below(parent: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    asked = ["ps", "-eo", "pid=,ppid="]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    parents = dict(zip(map(int, listed[::2]), map(int, listed[1::2]), strict=True))
    found = [pid for pid, above in parents.items() if above == parent]
    return [pid for child in found for pid in (child, *_below(child))]


def _is_alive(pid: int) -> bool:
    """Tell whether a process still runs: one that ended waits for whoever has to take note of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(ask: Callable[[], T], seconds: float = WAIT_SECONDS) -> T:
    """Return the first true answer; fail when there is none in time."""
    return waiting.wait_until(ask, seconds)
