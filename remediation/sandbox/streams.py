"""Take a script's output as it flows: cut at a size, redacted before anybody sees it, bounded in memory."""

import codecs
from collections.abc import Callable
from typing import Protocol

_LONGEST_LINE = 4_096
_MOST_TOLD = 100
"""Lines of one piece that are told at once, the last ones: nobody watches more, and all of it is kept."""


class Redactor(Protocol):
    """Masks text piece by piece; what could begin a secret is held back until the next piece."""

    def feed(self, text: str) -> str:
        """Return what is safe to show so far."""
        ...

    def flush(self) -> str:
        """Return the rest."""
        ...


class Stream:
    """One output stream of one step."""

    def __init__(self, *, most_bytes: int, redactor: Redactor, told: Callable[[str], None] | None) -> None:
        self.dropped_bytes = 0
        self._room = most_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._redactor = redactor
        self._told = told
        self._kept: list[str] = []
        self._line = ""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; beyond the size they are counted and dropped."""
        fitting = chunk[: self._room]
        self._room -= len(fitting)
        self.dropped_bytes += len(chunk) - len(fitting)
        if fitting:
            self._keep(self._redactor.feed(_printable(self._decoder.decode(fitting))))

    def finish(self) -> str:
        """Return everything that was kept."""
        self._keep(self._redactor.feed(_printable(self._decoder.decode(b"", final=True))))
        self._keep(self._redactor.flush())
        if self._told is not None and self._line:
            self._told(self._line)
        self._line = ""
        return "".join(self._kept)

    def _keep(self, text: str) -> None:
        if not text:
            return
        self._kept.append(text)
        if self._told is None:
            return
        *lines, self._line = (self._line + text).split("\n")
        while len(self._line) > _LONGEST_LINE:
            lines.append(self._line[:_LONGEST_LINE])
            self._line = self._line[_LONGEST_LINE:]
        for line in lines[-_MOST_TOLD:]:
            for start in range(0, max(len(line), 1), _LONGEST_LINE):
                self._told(line[start : start + _LONGEST_LINE])


def _printable(text: str) -> str:
    """Show control, bidirectional and zero-width characters as escapes: output goes to people's screens."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{{{ord(c):x}}}" for c in text)
