"""Cut a syslog stream into messages, in both framings of RFC 6587, mixed and broken as senders have them.

A count is believed: what stands within it, however it looks, is one message, or a text in a log could pretend
to be another sender's line. Only where a count has been wrong, and the stream does not go on with a message,
is the next one looked for.
"""

import re
from collections.abc import Iterator

LONGEST = 64 << 10
_GAP = re.compile(rb"[\x00\r\n ]*")
_COUNT = re.compile(rb"([1-9]\d{0,8}) <")
_MAY_BECOME_COUNT = re.compile(rb"[1-9]\d{0,8} ?\Z")
_LINE_END = re.compile(rb"\n|\x00(?=<)")
_LINE_END_OR_COUNT = re.compile(rb"\n|\x00(?=<)|(?<!\d)(?=[1-9]\d{0,5} <\d{1,3}>)")
_LONGEST_COUNT = 10


class Framing:
    """One connection's stream; holds at most one message.

    `cut` counts messages that were longer than 64 KiB, of which only the beginning is handed on.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._passing, self._to_line_end = 0, False
        self._counts = False
        self.cut = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that are complete now."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def end(self) -> bytes:
        """Return what has come of a message that was not ended, empty when none was begun."""
        rest = b"" if self._passing or self._to_line_end else bytes(self._buffer)
        counted = _COUNT.match(rest)
        return rest[counted.end() - 1 :] if counted else rest

    @property
    def is_within(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._buffer) or self._passing > 0 or self._to_line_end

    def _next(self) -> bytes | None:
        if not self._passed_over():
            return None
        buffer = self._buffer
        gap = _GAP.match(buffer)
        del buffer[: gap.end() if gap else 0]
        if not buffer or (len(buffer) <= _LONGEST_COUNT and _MAY_BECOME_COUNT.match(buffer)):
            return None
        counted = _COUNT.match(buffer)
        return self._line() if counted is None else self._counted(int(counted[1]), counted.end() - 1)

    def _passed_over(self) -> bool:
        """Drop what is left of a message that was too long; return whether its end was met."""
        buffer = self._buffer
        gone = min(self._passing, len(buffer))
        del buffer[:gone]
        self._passing -= gone
        if self._to_line_end:
            end = buffer.find(b"\n")
            self._to_line_end = end < 0
            del buffer[: end + 1 if end >= 0 else len(buffer)]
        return not self._passing and not self._to_line_end

    def _counted(self, size: int, begin: int) -> bytes | None:
        self._counts = True
        kept = min(size, LONGEST)
        if len(self._buffer) < begin + kept:
            return None
        message = bytes(self._buffer[begin : begin + kept])
        del self._buffer[: begin + kept]
        self._passing = size - kept
        self.cut += size > kept
        return message

    def _line(self) -> bytes | None:
        # Where this stream counts, a line is what a wrong count left over: it ends before the next count.
        end = (_LINE_END_OR_COUNT if self._counts else _LINE_END).search(self._buffer, 1)
        if end is None and len(self._buffer) <= LONGEST:
            return None
        at = LONGEST if end is None else min(end.start(), LONGEST)
        message = bytes(self._buffer[:at])
        is_long = end is None or end.start() > LONGEST
        self.cut += is_long
        self._to_line_end = end is None
        del self._buffer[: len(self._buffer) if end is None else end.end()]
        return message
