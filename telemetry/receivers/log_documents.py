"""Read one log line that came as a JSON object, by the usual names of fields (ECS, Kubernetes, loggers)."""

from telemetry.receivers.json_bodies import Json, at, packed, text
from telemetry.receivers.severity import level_of
from telemetry.receivers.times import micros_of
from telemetry.records import LONGEST_TEXT, Decoded, Refusal

_TIMES = ("@timestamp", "date", "timestamp", "time", "ts")
_MESSAGES = ("message", "log", "msg", "body", "MESSAGE")
_SERVICES = (
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
_LEVELS = (("log", "level"), ("level",), ("severity",), ("levelname",), ("log_level",))
_TRACES = (("trace", "id"), ("trace_id",), ("traceId",), ("traceid",))
_SPANS = (("span", "id"), ("span_id",), ("spanId",))
_TAKEN = frozenset((*_TIMES, *_MESSAGES, "service", "level", "trace_id", "span_id"))


def add_log(document: Json, out: Decoded, *, service: str = "", arrived_us: int = 0) -> None:
    """Add a line, or refuse it: one without any time of its own takes its arrival's, if given."""
    t_us = next((micros for name in _TIMES if (micros := micros_of(document.get(name)))), arrived_us)
    objection = out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, "", document)
        return
    message = next((found for name in _MESSAGES if (found := _message(document.get(name)))), "")
    rest = {name: value for name, value in document.items() if name not in _TAKEN}
    attributes = packed(rest)
    if not message and not rest:
        out.refuse(Refusal.NO_NAME, "no message", document)
        return
    rows = out.logs
    rows.t_us.append(t_us)
    rows.service.append(_first(document, _SERVICES) or service)
    rows.level.append(next((found for path in _LEVELS if (found := level_of(at(document, *path)))), ""))
    rows.trace.append(_first(document, _TRACES))
    rows.span.append(_first(document, _SPANS))
    rows.message.append(message)
    rows.attributes.append(attributes)


def _message(value: object) -> str:
    if isinstance(value, str):
        return value[:LONGEST_TEXT].rstrip("\n").replace("\x00", "�")
    return packed(value)[:LONGEST_TEXT] if isinstance(value, dict) and value else text(value)


def _first(document: Json, paths: tuple[tuple[str, ...], ...]) -> str:
    for path in paths:
        found = text(at(document, *path))
        if found:
            return found
    return ""
