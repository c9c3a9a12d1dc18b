"""Contents of a Git host by their ids: what an id names never changes, so it is asked for once."""

import threading
from collections import OrderedDict

_MOST_BYTES = 64 * 2**20


class KeptBlobs:
    """Keeps the contents that were used last, up to a size; safe between threads."""

    def __init__(self) -> None:
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, sha: str) -> bytes | None:
        """Return the content, or None when it has to be asked for."""
        with self._lock:
            content = self._kept.get(sha)
            if content is not None:
                self._kept.move_to_end(sha)
            return content

    def keep(self, sha: str, content: bytes) -> bytes:
        """Keep the content and return it; the longest unused make room."""
        with self._lock:
            if sha not in self._kept:
                self._kept[sha] = content
                self._size += len(content)
            while self._size > _MOST_BYTES and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return content
