"""Ask one contender about many files, in a process that can be ended: per file and in all a time limit."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.config_score import Result
from benchmarks.config_truth import Case

PATIENCE_SECONDS = 20.0
_START_SECONDS = 120.0
_PROGRESS_SECONDS = 15.0


@dataclass(frozen=True)
class Outcome:
    """What a contender answered, and how many files it was not asked about because its time was over."""

    results: list[Result]
    skipped: int


def run(name: str, cases: list[Case], budget_seconds: float | None) -> Outcome:
    """Return the results of one contender.

    Args:
        name: `dogwatch` or a peer's name.
        cases: The files, asked about in an order that is an even sample at every moment.
        budget_seconds: Wall seconds for all files together, or None for as long as it takes.
    """
    worker = _Worker(name)
    results: list[Result] = []
    begun = shown = time.monotonic()
    try:
        for case in _evenly(cases):
            if budget_seconds is not None and time.monotonic() - begun > budget_seconds:
                break
            results.append(worker.ask(case))
            if time.monotonic() - shown > _PROGRESS_SECONDS:
                shown = time.monotonic()
                print(f"{name}: {len(results)} of {len(cases)} files", file=sys.stderr, flush=True)
    finally:
        worker.end()
    failed = sum(result.error is not None for result in results)
    skipped = len(cases) - len(results)
    print(
        f"{name}: {len(results)} files in {time.monotonic() - begun:.0f} s, {failed} failed"
        + (f", {skipped} not asked: its {budget_seconds:.0f} s were over" if skipped else ""),
        file=sys.stderr,
        flush=True,
    )
    return Outcome(results, skipped)


def _evenly(cases: list[Case]) -> list[Case]:
    """Return the cases so that any first part is spread over all groups."""
    step = 17
    return [case for start in range(step) for case in cases[start::step]]


class _Worker:
    """A process that is started anew whenever it died or had to be ended."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def ask(self, case: Case) -> Result:
        """Return the answer about a file, or how the contender failed on it."""
        process = self._process or self._start()
        question = json.dumps([str(case.path), case.source_name]) + "\n"
        try:
            if process.stdin is not None:
                process.stdin.write(question.encode())
                process.stdin.flush()
        except OSError:
            self.end()
            return Result(case, {}, 0.0, "the process had died")
        said = self._read(PATIENCE_SECONDS)
        if said is None:
            ended = process.poll() is not None
            self.end()
            reason = "the process died" if ended else f"no answer within {PATIENCE_SECONDS:.0f} s"
            return Result(case, {}, PATIENCE_SECONDS, reason)
        return Result(case, said["answer"], said["seconds"], said["error"])

    def end(self) -> None:
        """End the process and everything that it started."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
        self._process = None
        self._buffer = b""

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.config_worker", self._name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._read(_START_SECONDS)
        return self._process

    def _read(self, seconds: float) -> dict[str, Any] | None:
        """Return the next line, or None when there is none in time."""
        if self._process is None or self._process.stdout is None:
            return None
        until = time.monotonic() + seconds
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(descriptor, 1 << 20) if ready else b""
            if not piece:
                return None
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\n", 1)
        found: dict[str, Any] = json.loads(line)
        return found
