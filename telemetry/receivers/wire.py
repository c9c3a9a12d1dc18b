"""Count the messages in a protobuf body before it is parsed: two bytes of it become a hundred in memory."""

from telemetry.receivers.attribute_cache import Unreadable

LARGE = 2 << 20
"""Size from which a body is counted first; what is smaller can't grow beyond some hundred megabytes."""
MOST_PARTS = 1_000_000
Levels = tuple[frozenset[int], ...]
_MUCH, _IN_A_ROW = 8, 4
_NOTHING = tuple(bytes((field << 3 | 2, 0)) * _IN_A_ROW for field in range(1, 16))
_SKIPS = {1: 8, 5: 4}
_BROKEN = "this is not protobuf, or not all of it"


def refuse_dust(body: bytes, levels: Levels) -> None:
    """Raise `Unreadable` when a large body holds more messages than `MOST_PARTS`, or is no protobuf.

    Args:
        body: The message.
        levels: Field numbers of the messages within, level by level; others are passed over.
    """
    if len(body) <= LARGE:
        return
    _refuse_nothing(body)
    left = MOST_PARTS
    waiting = [(0, len(body), 0)]
    while waiting:
        begin, end, level = waiting.pop()
        is_last = level + 1 == len(levels)
        found: list[tuple[int, int]] | None = None if is_last else []
        left -= _count(body, begin, end, levels[level], left, found)
        waiting += [(at, past, level + 1) for at, past in found or ()]


def _refuse_nothing(body: bytes) -> None:
    """Raise `Unreadable` when a body is mostly fields of no length, of which two bytes take thirty."""
    if body.count(0) <= max(MOST_PARTS, len(body) // _MUCH):
        return
    if sum(body.count(run) for run in _NOTHING) * _IN_A_ROW > MOST_PARTS:
        raise Unreadable(f"it holds more than {MOST_PARTS:,} empty fields")


def _count(
    body: bytes, at: int, end: int, wanted: frozenset[int], most: int, found: list[tuple[int, int]] | None
) -> int:
    """Return how many wanted messages lie between two places of a body, and add where to `found`."""
    count = 0
    while at < end:
        # Nearly all tags and most sizes are one byte.
        tag = body[at]
        at += 1
        if tag >= 0x80:
            tag, at = _varint(body, at - 1, end)
        kind = tag & 7
        if kind == 2:
            size, at = _varint(body, at, end)
            if tag >> 3 in wanted:
                count += 1
                if count > most:
                    raise Unreadable(f"it holds more than {MOST_PARTS:,} records at once")
                if found is not None:
                    found.append((at, at + size))
            at += size
        elif kind == 0:
            _, at = _varint(body, at, end)
        else:
            at += _SKIPS.get(kind, end + 1)
    if at != end:
        raise Unreadable(_BROKEN)
    return count


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = body[at]
        at += 1
        if byte < 0x80:
            return value | byte << shift, at
        value |= (byte & 0x7F) << shift
        shift += 7
    raise Unreadable(_BROKEN)
