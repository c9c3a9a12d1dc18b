"""The HTTP server of a process: the signals are the process's own, and so is the log."""

import contextlib
from collections.abc import Iterator
from typing import Any

import uvicorn


class HttpServer(uvicorn.Server):
    """uvicorn that leaves signals alone: a process that is told to end closes its parts in their order.

    By itself it ends at the first SIGTERM, beside the process, and at a second one lets go of who waits.

    Args:
        app: An ASGI application (Any: so the library has it).
        more: What else its configuration says.
    """

    def __init__(self, app: Any, **more: Any) -> None:
        # A log of its own would print what ours masks.
        super().__init__(
            uvicorn.Config(
                app, log_level="warning", log_config=None, lifespan="off", server_header=False, **more
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals over."""
        yield
