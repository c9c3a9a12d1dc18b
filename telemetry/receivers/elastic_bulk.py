"""Read Elasticsearch's `_bulk`: a line with the action, then a line with the document."""

from collections.abc import Mapping

from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.json_bodies import line_value, lines
from telemetry.receivers.log_documents import add_log
from telemetry.records import Decoded, Refusal

_ADDS = ("index", "create")


def check_bulk(body: bytes) -> int:
    """Return how many operations a body holds; raises `Unreadable` when its first action is none."""
    found = lines(body)
    first = next(found, b"")
    action = line_value(first) if first else None
    if not isinstance(action, Mapping) or not set(action) & {*_ADDS, "update", "delete"}:
        raise Unreadable("the first line is no action")
    # Actions are counted by lines; only a delete has no document after it.
    rest = sum(1 for _ in found)
    deletes = body.count(b'{"delete"') + body.count(b'{ "delete"')
    return max((rest + 1 + deletes) // 2, 1)


def read_bulk(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the documents of a bulk body as log lines; updates and deletions are refused."""
    is_added = None
    for line in lines(body):
        try:
            value = line_value(line)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, str(error), line[:400])
            # What stood here was an action or its document: either way the next line is an action.
            is_added = None
            continue
        if is_added is None:
            is_added = _is_add(value, out, line)
            continue
        if is_added:
            _add(value, out)
        is_added = None


def _is_add(action: object, out: Decoded, line: bytes) -> bool | None:
    """Return whether a document follows that is added, or None when no document follows."""
    names = set(action) if isinstance(action, Mapping) else set()
    if names & set(_ADDS):
        return True
    out.refuse(Refusal.BAD_VALUE, "only index and create are taken", line[:400])
    return False if "update" in names else None


def _add(document: object, out: Decoded) -> None:
    if not isinstance(document, Mapping):
        out.refuse(Refusal.NOT_READABLE, "not an object", document)
        return
    try:
        add_log(document, out)
    except Unreadable as error:
        out.refuse(Refusal.TOO_DEEP, str(error), str(document)[:400])
