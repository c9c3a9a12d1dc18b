"""Contenders in processes of their own, and how much memory each takes."""

import importlib.util
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Growth:
    """Watches this process's resident memory while something runs; `mib` is the most it grew by."""

    def __enter__(self) -> "Growth":
        """Start watching."""
        self._first = self._most = self._now()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *failure: object) -> None:
        """Stop watching."""
        self._most = max(self._most, self._now())
        self._done.set()
        self._watch.join()

    @property
    def mib(self) -> float:
        """Return the growth in MiB."""
        return (self._most - self._first) / 1024**2

    def _look(self) -> None:
        while not self._done.wait(0.005):
            self._most = max(self._most, self._now())

    def _now(self) -> int:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()


def apart(work: Callable[[T], dict[str, float]], given: T) -> dict[str, float]:
    """Return what some work measures in a fresh process."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as one:
        return one.apply(work, (given,))


def has_datacompy() -> bool:
    """Return whether the peer is installed; say so when it is not."""
    if importlib.util.find_spec("datacompy") is None:
        print("datacompy is not installed: skipped")
        return False
    return True
