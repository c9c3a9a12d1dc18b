"""Serve an ASGI app on loopback while a test talks to it from outside."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from tests.waiting import wait_until


class Server(uvicorn.Server):
    """An app on a free loopback port, in a thread with a loop of its own."""

    def __init__(self, app: ASGIApp, before_stop: Callable[[], None] = lambda: None) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        self._before_stop = before_stop
        self.loop: asyncio.AbstractEventLoop | None = None

    def install_signal_handlers(self) -> None:
        """Leave signals to the test runner."""

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve for the length of the block and yield the address."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=self._run_here, args=(listener,))
        thread.start()
        try:
            wait_until(lambda: self.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            self.should_exit = True
            if self.loop is not None:
                self.loop.call_soon_threadsafe(self._before_stop)
            thread.join(10)
            listener.close()

    def call(self, work: Awaitable[object]) -> object:
        """Run something on the server's loop, as another part of the house would."""

        async def awaited() -> object:
            return await work

        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(10)

    def _run_here(self, listener: socket.socket) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            await self.serve(sockets=[listener])

        asyncio.run(serve())
