"""Heartbeats while something computes: a worker that died is noticed soon, and its work begun again."""

import contextlib
import contextvars
import logging
import threading

from temporalio import activity

from activities import policies

log = logging.getLogger("dogwatch.activities")

_BEAT_SECONDS = 2.0


class beating(contextlib.ContextDecorator):  # noqa: N801  reads as a clause
    """Heartbeats from a thread of its own while something computes: a block, or a whole activity.

    Each beat says how many tries began and did not end, this one among them; leaving takes this one back.

    Args:
        every_seconds: Between two beats.
    """

    def __init__(self, every_seconds: float = _BEAT_SECONDS) -> None:
        self._every = every_seconds

    def __enter__(self) -> None:
        """Begin, where this runs as an activity."""
        self._over = threading.Event()
        context = self._in_activity = activity.in_activity()
        self._begun = policies.tries_cut_short() + 1
        self._tell(self._begun)

        def beat() -> None:
            while not self._over.wait(self._every):
                # Whoever is cancelled may never come to say that it is over: the exception is put into the
                # thread from outside, wherever that is just then. A heart must not beat on for it.
                if not context or activity.is_cancelled() or activity.is_worker_shutdown():
                    return
                self._tell(self._begun)

        here = contextvars.copy_context()
        self._thread = threading.Thread(target=lambda: here.run(beat), daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join(timeout=5)
        self._tell(self._begun - 1)

    def _tell(self, begun: int) -> None:
        if not self._in_activity:
            return
        try:
            activity.heartbeat(begun)
        except TimeoutError:
            log.warning("the worker was too busy to take a heartbeat")

    def _recreate_cm(self) -> "beating":
        return beating(self._every)  # two calls of one activity at a time have a heart each
