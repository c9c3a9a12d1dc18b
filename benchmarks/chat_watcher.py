"""See what a Slack workspace shows, as its own client does, and when."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from websockets.sync.client import connect

_AGREED = re.compile(r"Approver (\d{3})\W+agreed")


@dataclass
class Watcher:
    """Notes every message that the workspace shows, with the moment it was shown, as its own client does."""

    base: str
    seen: list[tuple[float, str]] = field(default_factory=list)

    @contextlib.contextmanager
    def watching(self) -> Iterator["Watcher"]:
        """Listen until the block ends."""
        with connect(self.base.replace("http", "ws") + "/ui", max_size=None) as stream:

            def listen() -> None:
                for frame in stream:
                    self.seen.append((time.time(), str(frame)))

            thread = threading.Thread(target=listen, daemon=True)
            thread.start()
            yield self
        thread.join(timeout=10)

    def first_shown(self) -> dict[tuple[str, str], float]:
        """Return (message, person's number) to the moment when the card first named their decision."""
        shown: dict[tuple[str, str], float] = {}
        for at, frame in self.seen:
            message = json.loads(frame).get("message")
            if isinstance(message, dict):
                for person in _AGREED.findall(json.dumps(message.get("blocks"))):
                    shown.setdefault((str(message.get("ts")), person), at)
        return shown
