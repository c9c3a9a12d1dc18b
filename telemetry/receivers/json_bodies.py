"""Read JSON that comes from outside: bounded in depth and size; of two equal names the last counts."""

from collections.abc import Iterator, Mapping

import orjson

from telemetry.receivers.attribute_cache import CUT, LONGEST_ATTRIBUTES, Unreadable
from telemetry.records import LONGEST_NAME

Json = Mapping[str, object]
_MOST_VALUES, _MOST_LINES = 4_000_000, 1_000_000
_AT_ONCE = 1 << 20
_LONGEST_LINE = 1 << 20


def loads(body: bytes) -> object:
    """Return the value of a JSON text; raises `Unreadable`, also for more values than memory is there for."""
    # Three bytes of an empty object become sixty in memory. Marks within texts count too, which is why so
    # many are allowed.
    if len(body) > _MOST_VALUES and sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise Unreadable(f"it holds more than {_MOST_VALUES:,} values at once")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"this is not JSON: {error.msg} at {error.pos}") from error


def lines(body: bytes) -> Iterator[bytes]:
    """Yield the lines of a body that hold something; raises `Unreadable` when there are too many."""
    if body.count(b"\n") > _MOST_LINES:
        raise Unreadable(f"it holds more than {_MOST_LINES:,} lines at once")
    # In parts: each line of a list takes forty bytes beside its text.
    begin, size = 0, len(body)
    while begin < size:
        cut = body.find(b"\n", begin + _AT_ONCE)
        end = size if cut < 0 else cut
        for line in body[begin:end].split(b"\n"):
            if line and not line.isspace():
                yield line
        begin = end + 1


def line_value(line: bytes) -> object:
    """Return the value of one line; raises `Unreadable`, also for a line above one MiB."""
    if len(line) > _LONGEST_LINE:
        raise Unreadable("a line is longer than 1 MiB")
    return loads(line)


def packed(value: object) -> str:
    """Return attributes as JSON text of at most 64 KiB; raises `Unreadable` when nested too deeply."""
    if not value:
        return "{}"
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Unreadable("nested too deeply") from error
    # JSON cut in the middle would not be JSON any more, so what is too long says so instead.
    return text.decode() if len(text) <= LONGEST_ATTRIBUTES else CUT


def at(value: object, *path: str) -> object:
    """Return what lies at a path of keys, also written as one dotted key; None when nothing does."""
    if isinstance(value, Mapping):
        dotted = value.get(".".join(path)) if len(path) > 1 else None
        if dotted is not None:
            return dotted
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def text(value: object, limit: int = LONGEST_NAME) -> str:
    """Return a scalar as bounded text, empty for anything else."""
    if isinstance(value, str):
        return value[:limit].replace("\x00", "�")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
