"""A program of ours that draws one picture and ends; the next one stands ready, since starting takes longest.

It is given no setting and no secret, may not take for ever, and ends with us however we end.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

from runtime.temporal_child import ends_with_us

log = logging.getLogger("dogwatch.pictures")

_DRAWN_WITHIN_SECONDS = 25.0
_AT_ONCE = 1
_READY_FOR_SECONDS = 900.0
"""Starting takes two seconds, drawing a fraction of one: the next process stands ready for so long."""
_ROOT = Path(__file__).resolve().parents[2]


class ReadyProcess:
    """Gives what it is asked to a program, and returns what that says; one at a time.

    Args:
        module: The program: it reads standard input to its end and writes its answer to standard output.
        scratch: A folder for what the drawing library keeps between starts.
        within_seconds: How long one answer may take.
    """

    def __init__(self, module: str, scratch: Path, within_seconds: float = _DRAWN_WITHIN_SECONDS) -> None:
        self._module, self._scratch, self._within = module, scratch, within_seconds
        self.turn = asyncio.Semaphore(_AT_ONCE)
        self._ready: Popen[bytes] | None = None
        self._end: asyncio.TimerHandle | None = None

    def expect(self) -> None:
        """Let a process stand ready for what somebody may ask for next."""
        if self._end is not None:
            self._end.cancel()
        self._ready = self._alive() or self._started()
        self._end = asyncio.get_running_loop().call_later(_READY_FOR_SECONDS, self.close)

    def close(self) -> None:
        """End the process that stands ready; the next question starts one again."""
        if self._end is not None:
            self._end.cancel()
        process, self._ready = self._ready, None
        if process is not None:
            process.kill()
            process.communicate()

    async def answer(self, data: bytes) -> bytes:
        """Return what the program makes of the data; nothing, and a line in the log, when it fails."""
        if self._end is not None:
            self._end.cancel()
        process, self._ready = self._alive() or self._started(), None
        try:
            return await asyncio.to_thread(_said_by, process, data, self._within)
        finally:
            self.expect()

    def _alive(self) -> "Popen[bytes] | None":
        """Return the process that stands ready; one that died meanwhile is put away."""
        process = self._ready
        if process is not None and process.poll() is not None:
            process.communicate()
            return None
        return process

    def _started(self) -> "Popen[bytes]":
        # Here and not in a thread: it ends with the thread that started it.
        return Popen(  # noqa: S603  our own program, named by us
            [sys.executable, "-m", self._module],
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._environment(),
            cwd=_ROOT,
            preexec_fn=ends_with_us(),
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DOGWATCH_")}
        return kept | {"OMP_NUM_THREADS": "1", "MPLCONFIGDIR": str(self._scratch)}


def _said_by(process: "Popen[bytes]", data: bytes, within_seconds: float) -> bytes:
    try:
        out, complaint = process.communicate(data, timeout=within_seconds)
    except TimeoutExpired:
        process.kill()
        process.communicate()
        log.warning("a picture took longer than %.0f s", within_seconds)
        return b""
    if process.returncode != 0:
        log.warning(
            "drawing ended with %s: %s", process.returncode, complaint.decode(errors="replace")[-2_000:]
        )
        return b""
    return out
