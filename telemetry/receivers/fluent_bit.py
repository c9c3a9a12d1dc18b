"""Read what Fluent Bit's http output sends: `format json` (an array), `json_lines` or `json_stream`."""

from collections.abc import Iterator, Mapping

from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.json_bodies import line_value, lines, loads
from telemetry.receivers.log_documents import add_log
from telemetry.records import Decoded, Refusal


def check_lines(body: bytes) -> int:
    """Return how many records a body holds; raises `Unreadable` when it is neither an array nor lines."""
    if body[:1] == b"[":
        value = loads(body)
        return len(value) if isinstance(value, list) else 0
    count = 0
    for line in lines(body):
        if count == 0:
            line_value(line)
        count += 1
    if not count:
        raise Unreadable("the body is empty")
    return count


def read_lines(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the log lines of a body."""
    for value in _values(body, out):
        if not isinstance(value, Mapping):
            out.refuse(Refusal.NOT_READABLE, "not an object", value)
            continue
        try:
            add_log(value, out)
        except Unreadable as error:
            out.refuse(Refusal.TOO_DEEP, str(error), str(value)[:400])


def _values(body: bytes, out: Decoded) -> Iterator[object]:
    if body[:1] == b"[":
        value = loads(body)
        yield from value if isinstance(value, list) else [value]
        return
    for line in lines(body):
        try:
            yield line_value(line)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, str(error), line[:400])
