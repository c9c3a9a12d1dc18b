"""Read one log line that came as a JSON object, by the usual names of fields (ECS, Kubernetes, loggers)."""

from telemetry.receivers.json_bodies import Json, at, packed, text
from telemetry.receivers.severity import level_of
from telemetry.receivers.times import micros_of
from telemetry.records import LONGEST_NAME, LONGEST_TEXT, Decoded, Refusal

Paths = tuple[tuple[str, str, tuple[str, ...]], ...]
_TIMES = ("@timestamp", "date", "timestamp", "time", "ts")
_MESSAGES = ("message", "log", "msg", "body", "MESSAGE")


def _paths(*paths: tuple[str, ...]) -> Paths:
    """Return each path as its root, its dotted form, and what follows the root."""
    return tuple((path[0], ".".join(path), path[1:]) for path in paths)


_SERVICES = _paths(
    ("service", "name"),
    ("service",),
    ("kubernetes", "labels", "app.kubernetes.io/name"),
    ("kubernetes", "labels", "app"),
    ("kubernetes", "container_name"),
    ("kubernetes", "container", "name"),
    ("container", "name"),
    ("app",),
    ("application",),
    ("logger_name",),
)
_LEVELS = _paths(("log", "level"), ("level",), ("severity",), ("levelname",), ("log_level",))
_TRACES = _paths(("trace", "id"), ("trace_id",), ("traceId",), ("traceid",))
_SPANS = _paths(("span", "id"), ("span_id",), ("spanId",))
_TAKEN = frozenset((*_TIMES, *_MESSAGES, "level", "trace_id", "span_id"))


def add_log(document: Json, out: Decoded) -> None:
    """Add a line, or refuse it."""
    objection, detail = objection_to(document, out)
    if objection is not None:
        out.refuse(objection, detail, document)
        return
    t_us, message = _time(document), _text(document)
    attributes = packed({name: value for name, value in document.items() if name not in _TAKEN})
    rows = out.logs
    rows.t_us.append(t_us)
    rows.service.append(_first(document, _SERVICES))
    rows.level.append(level_of(_found(document, _LEVELS)))
    rows.trace.append(_first(document, _TRACES))
    rows.span.append(_first(document, _SPANS))
    rows.message.append(message)
    rows.attributes.append(attributes)


def objection_to(document: Json, out: Decoded) -> tuple[Refusal | None, str]:
    """Return why a line that arrives when `out` says can't be used, and in words; None where it can."""
    objection = out.objection_to_time(_time(document))
    if objection is not None:
        return objection, ""
    if not _TAKEN.issuperset(document) or _text(document):
        return None, ""
    return Refusal.NO_NAME, "no message"


def _time(document: Json) -> int:
    for name in _TIMES:
        if name in document:
            return micros_of(document[name])
    return 0


def _text(document: Json) -> str:
    for name in _MESSAGES:
        if name in document:
            return _message(document[name])
    return ""


def _message(value: object) -> str:
    if isinstance(value, str):
        return value[:LONGEST_TEXT].rstrip("\n").replace("\x00", "�")
    return packed(value)[:LONGEST_TEXT] if isinstance(value, dict) and value else text(value)


def _first(document: Json, paths: Paths) -> str:
    found = _found(document, paths)
    return found[:LONGEST_NAME] if isinstance(found, str) else text(found)


def _found(document: Json, paths: Paths) -> object:
    """Return the first scalar at any of the paths, written nested or with dots."""
    for root, dotted, path in paths:
        found = document.get(dotted)
        if found is None and path and root in document:
            found = at(document[root], *path)
        if found and not isinstance(found, dict | list):
            return found
    return None
