"""The processes that `dogwatch up` keeps beside the doors: what computes must not slow them down."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from runtime.child_logs import keep_short
from runtime.processes.runner_children import own_rooms, runner_children
from runtime.settings.house import Settings
from runtime.temporal_child import ends_with_us

log = logging.getLogger("dogwatch.up")

_LOOK_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_SOUND_AFTER_SECONDS = 60.0
"""Whoever has lived so long and dies is begun again at once; whoever dies sooner waits longer each time."""


def children_of(settings: Settings, temporal_address: str) -> list["Child"]:
    """Return the processes beside the front, not yet started."""
    data = settings.data_dir.resolve()
    environment = _environment(settings)

    def program(name: str, *arguments: str) -> Child:
        command = [sys.executable, "-m", "runtime", *arguments, "--temporal", temporal_address]
        return Child(name, command, data / f"{name.split()[0]}.log", environment)

    children = [program("heavy worker", "worker", "--queue", "heavy")]
    if not settings.knowledge.url:
        children.append(program("library", "worker", "--queue", "knowledge"))
    if settings.telemetry.port:
        children.append(program("intake", "worker", "--queue", "intake"))
    if settings.remediation.enabled:
        children += runner_children(settings, temporal_address, Child)
    return children


class Child:
    """A process of ours that dies with us and is started again when it dies alone."""

    def __init__(self, name: str, arguments: list[str], log_file: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._arguments = arguments
        self._log_file = log_file
        self.environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch it; from the main thread, whose death ends it."""
        with self._log_file.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603  our own program with our own arguments
                self._arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=ends_with_us(),
            )

    async def keep(self) -> None:
        """Start it, and again whenever it dies, with growing pauses; until cancelled."""
        pause, began = _LOOK_SECONDS, time.monotonic()
        while True:
            if self._process is None:
                self.start()
            elif self._process.poll() is not None:
                if time.monotonic() - began > _SOUND_AFTER_SECONDS:
                    pause = _LOOK_SECONDS
                log.error(
                    "%s died with %s; starting it again in %.1f s; its last words: %s",
                    self.name,
                    self._process.returncode,
                    pause,
                    self._log_file,
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                began = time.monotonic()
                self.start()
            keep_short(self._log_file)
            await asyncio.sleep(_LOOK_SECONDS)

    def stop(self, within_seconds: float = 8.0) -> None:
        """End it in an orderly way, then by force."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=within_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)


_PLACES = frozenset(
    f"DOGWATCH_{name}"
    for name in (
        "SLACK__CHANNELS",
        "SLACK__TEAM_IDS",
        "TEAMS__CHANNELS",
        "TEAMS__TENANT",
        "TEAMS__APP_ID",
        "TEAMS__ALLOW_LOOPBACK",
    )
)


def _environment(settings: Settings) -> dict[str, str]:
    """Return a child's environment: ours, with the folder made absolute and no secret that only doors need.

    Where the channels are is no secret: a child that opens an incident has to know them.
    """
    withheld = (
        *("DOGWATCH_SLACK__", "DOGWATCH_TEAMS__", "DOGWATCH_NOTIFY__"),
        "DOGWATCH_SIGNIN__OIDC_CLIENT_SECRET",
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(withheld) or name.upper() in _PLACES
    }
    fixed = {"DOGWATCH_DATA_DIR": str(settings.data_dir.resolve()), "OMP_NUM_THREADS": "1"}
    return kept | own_rooms() | fixed
