"""A network that dies without a word: connections stay open, and nothing comes through them any more.

So it is after a sleep, a change of network, or behind a router that forgot a connection.
"""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from playwright.sync_api import Locator, Page, expect


class DeadWire:
    """Stands before a port of this machine; `address` is where browsers go instead."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_cut = False
        self._ends: list[tuple[socket.socket, socket.socket]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._dead: set[socket.socket] = set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._door, *(one for pair in self._ends for one in pair)):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def cut(self) -> None:
        """Let nothing through what is open, nor through what is opened from now on."""
        self._is_cut = True
        self._dead.update(one for pair in self._ends for one in pair)

    def mend(self) -> None:
        """Let through what is opened from now on; what was dead stays so."""
        self._is_cut = False

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends.append((near, far))
                if self._is_cut:
                    self._dead.update((near, far))
                for come, go in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(come, go), daemon=True).start()

    def _carry(self, come: socket.socket, go: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := come.recv(65536):
                if come not in self._dead:
                    go.sendall(piece)
            if come not in self._dead:
                go.shutdown(socket.SHUT_WR)


def run_until_seen(page: Page, where: Locator, text: str) -> None:
    """Let the page's clock run until it says something; browsers try their dead connections first."""
    for _ in range(9):
        page.clock.run_for(11_000)
        with contextlib.suppress(AssertionError):
            expect(where).to_contain_text(text, timeout=2_000)
            return
    expect(where).to_contain_text(text)
