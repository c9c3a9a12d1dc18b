"""Keep going what must never end: a fault is logged, and after a pause the work is begun again.

A loop that has died is missed by nobody until people wonder why nothing comes any more.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable

from domain.errors import DogwatchError

log = logging.getLogger("dogwatch.steady")

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_AFTER_FAULT_SECONDS = 5.0


async def steadily(
    name: str,
    work: Callable[[], Awaitable[None]],
    tell: Callable[[bool], None] = lambda is_up: None,
    *,
    first_pause: float = _FIRST_PAUSE_SECONDS,
) -> None:
    """Do work that has no end, and begin it again whenever it fails; until cancelled.

    Args:
        name: What it is called in the log.
        work: Goes on for ever when all is well.
        tell: Told false when it is away, and true when it is begun again.
        first_pause: Seconds before it is begun again; longer from failure to failure that follow soon.
    """
    pause = first_pause
    while True:
        began = time.monotonic()
        try:
            await work()
            log.error("%s ended by itself; beginning it again in %.0f s", name, pause)
        except DogwatchError as error:
            log.warning("%s waits, beginning again in %.0f s: %s", name, pause, error)
        except Exception:  # a border: whatever it was, what must never end goes on
            log.exception("%s failed; beginning it again in %.0f s", name, pause)
        tell(False)
        if time.monotonic() - began > _LONGEST_PAUSE_SECONDS:
            pause = first_pause
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        tell(True)


class SteadyThread:
    """Looks every so often, from a thread of its own; a look that fails does not end it.

    Args:
        name: What it is called in the log.
        look: One look.
        every_seconds: Between two looks.
        retry_seconds: After a look that met foreseen trouble; as between two looks unless told.
        fault_seconds: After a look that met anything else.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], object],
        every_seconds: float,
        retry_seconds: float | None = None,
        *,
        fault_seconds: float = _AFTER_FAULT_SECONDS,
    ) -> None:
        self._name, self._look = name, look
        self._every, self._fault = every_seconds, fault_seconds
        self._retry = every_seconds if retry_seconds is None else retry_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, within_seconds: float = 5.0) -> None:
        """End after the look under way."""
        self._over.set()
        self._thread.join(timeout=within_seconds)

    @property
    def is_over(self) -> bool:
        """Return whether it was told to end, for a look that takes long."""
        return self._over.is_set()

    def _run(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            pause = self._every
            try:
                self._look()
            except DogwatchError as error:
                log.warning("%s waits: %s", self._name, error)
                pause = self._retry
            except Exception:  # a border: whatever it was, the next look is made
                log.exception("%s failed; it goes on", self._name)
                pause = self._fault
