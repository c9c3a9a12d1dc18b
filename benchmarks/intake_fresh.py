"""Deliveries that are encoded once and renewed each time that they are sent.

Present times, and ids that never came before, at the cost of a copy. A few deliveries sent over and over as
they are would be decoded from memory, packed to nothing, and all be dated alike.
"""

import random
import re
import struct
import time

import cramjam
import numpy as np
from numpy.typing import NDArray

from benchmarks.intake_load import FORMATS, Body, varint, whole_second

# Where the ids are that differ from record to record, bytes and text in hexadecimal; and where a format keeps
# its times, eight bytes of nanoseconds whose two highest stay the same for days.
_IDS = {
    "otlp_logs": rb"\x4a\x10(.{16})\x52\x08(.{8})",
    "otlp_traces": rb"\x0a\x10(.{16})\x12\x08(.{8})\x22\x08(.{8})",
}
_BINARY_TIMES = {
    "otlp_logs": rb"\x09(.{6}%b)\x10\x09\x1a",
    "otlp_traces": rb"\x39(.{6}%b)\x41(.{6}%b)",
    "otlp_metrics": rb"\x19(.{6}%b)\x21",
}
_HEX = rb"(?<![0-9a-f])[0-9a-f]{16}"
_HEX_DRAWN = 8
_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
Places = NDArray[np.intp]


class Template:
    """One encoded delivery of a format, renewed whenever it is sent.

    Args:
        name: The format.
        chance: Where its contents come from.
    """

    def __init__(self, name: str, chance: random.Random) -> None:
        maker, self._path, self._headers = FORMATS[name]
        self._made_ns = time.time_ns()
        raw, self._records = maker(chance, self._made_ns)
        self._raw = np.frombuffer(raw, dtype=np.uint8)
        self._name, self._drawn = name, np.random.default_rng(chance.randrange(2**32))
        high = re.escape(struct.pack("<Q", self._made_ns)[6:])
        times = _BINARY_TIMES.get(name, b"")
        self._times = _places(times.replace(b"%b", high), raw, 8)
        self._long_ids, self._short_ids = (_places(_IDS.get(name, b""), raw, size) for size in (16, 8))
        self._hex = _places(b"" if name == "prometheus" else _HEX, raw, 16)[:, :_HEX_DRAWN]
        self._old = _shown_time(name, self._made_ns)
        self._shown = _places(self._old and b"(?:%b)" % re.escape(self._old), raw, len(self._old))

    def fresh(self, now_ns: int = 0) -> Body:
        """Return it as of a moment, now when left out, and with new ids; who is whose parent stays."""
        raw, now_ns = self._raw.copy(), now_ns or time.time_ns()
        # Before the times: one that is written in digits looks like an id.
        raw[self._hex] = _DIGITS[self._drawn.integers(0, 16, self._hex.shape, dtype=np.uint8)]
        if len(self._times):
            told = raw[self._times].view(np.int64) + np.int64(now_ns - self._made_ns)
            raw[self._times] = told.view(np.uint8)
        if self._old:
            raw[self._shown] = np.frombuffer(_shown_time(self._name, now_ns), dtype=np.uint8)
        for places in (self._long_ids, self._short_ids):
            raw[places] ^= self._drawn.integers(0, 256, places.shape[1], dtype=np.uint8)
        told_bytes = raw.tobytes()
        wire = bytes(cramjam.snappy.compress_raw(told_bytes)) if self._name == "prometheus" else told_bytes
        return Body(self._path, self._headers, wire, len(told_bytes), self._records)


def _shown_time(name: str, now_ns: int) -> bytes:
    """Return how a format writes this moment where every record has the same one; empty where none has."""
    if name == "prometheus":
        return b"\x10" + varint(now_ns // 10**6)
    if name == "otlp_logs_json":
        return str(now_ns).encode()
    return whole_second(now_ns).encode() if name in ("fluent_bit", "elastic") else b""


def _places(pattern: bytes, raw: bytes, size: int) -> Places:
    """Return the places of the bytes of each match, or of its groups, that are of this size: one row each."""
    begins = []
    for match in re.finditer(pattern, raw, re.DOTALL) if pattern else ():
        groups = range(1, (match.re.groups or 0) + 1) if match.re.groups else (0,)
        begins += [match.start(group) for group in groups if match.end(group) - match.start(group) == size]
    return np.asarray(begins, dtype=np.intp)[:, None] + np.arange(size, dtype=np.intp)


def templates(name: str, count: int, seed: int) -> list[Template]:
    """Return so many different deliveries of a format."""
    chance = random.Random(seed)  # noqa: S311  a seeded load, nothing secret
    return [Template(name, chance) for _ in range(count)]


def bodies(name: str, count: int, seed: int) -> list[Body]:
    """Return so many different deliveries of a format, dated now."""
    made = templates(name, min(count, 12), seed)
    return [made[number % len(made)].fresh() for number in range(count)]
