"""Read Elasticsearch's `_bulk`: a line with the action, then a line with the document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import BadInput
from domain.ports.telemetry_intake import ItemResult
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.json_bodies import line_value, lines, packed, text
from telemetry.receivers.log_documents import add_log, objection_to
from telemetry.records import Decoded, Refusal

_ADDS = ("index", "create")
_MOST = 100_000
_DEEP = 200


@dataclass(frozen=True, slots=True)
class _Operation:
    """An action with its document, or why it can't be done; `line` is where that shows."""

    action: str
    told: Mapping[str, object]
    line: bytes
    document: Mapping[str, object] | None = None
    fault: Refusal | None = None
    detail: str = ""


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


def bulk_results(body: bytes, arrived_us: int) -> Sequence[ItemResult]:
    """Return what becomes of each operation of a body that arrived at a moment, in their order.

    Raises:
        Unreadable: The first line is no action.
        BadInput: There are more than an answer should tell of.
    """
    if check_bulk(body) > _MOST:
        raise BadInput(
            f"bulk of more than {_MOST} operations",
            say=f"The body is larger than {_MOST:,} operations.",
            next_step="Send smaller batches.",
        )
    out = Decoded(now_us=arrived_us)
    return [
        ItemResult(one.action, text(one.told.get("_index")), text(one.told.get("_id")), _why_not(one, out))
        for one in _operations(body)
    ]


def read_bulk(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the documents of a bulk body as log lines; updates and deletions are refused."""
    for one in _operations(body):
        if one.document is None:
            out.refuse(one.fault or Refusal.NOT_READABLE, one.detail, one.line[:400])
            continue
        try:
            add_log(one.document, out)
        except Unreadable as error:
            out.refuse(Refusal.TOO_DEEP, str(error), one.line[:400])


def _why_not(one: _Operation, out: Decoded) -> str:
    """Return why an operation will be refused, empty when it will not be."""
    if one.document is None:
        fault, detail = one.fault or Refusal.NOT_READABLE, one.detail
        return f"{fault.value}: {detail}" if detail else fault.value
    objection, detail = objection_to(one.document, out)
    if objection is None and one.line.count(b"{") + one.line.count(b"[") > _DEEP:
        try:
            packed(one.document)
        except Unreadable as error:
            objection, detail = Refusal.TOO_DEEP, str(error)
    if objection is None:
        return ""
    return f"{objection.value}: {detail}" if detail else objection.value


def _operations(body: bytes) -> Iterator[_Operation]:
    """Yield each operation of a body; what stands after an unreadable line is taken for an action again."""
    action, told, head = "", dict[str, object](), b""
    for line in lines(body):
        try:
            value = line_value(line)
        except Unreadable as error:
            yield _Operation(action or "index", told, line, fault=Refusal.NOT_READABLE, detail=str(error))
            action = ""
            continue
        if not action:
            action, told = _action(value)
            head = line
            if action in _ADDS or action == "update":
                continue
        yield _done(action, told, head, line, value)
        action = ""
    if action:
        nothing = "no document follows its action"
        yield _Operation(action, told, head, fault=Refusal.NOT_READABLE, detail=nothing)


def _action(value: object) -> tuple[str, dict[str, object]]:
    """Return which action a line is, and what it tells; an empty name is none."""
    if isinstance(value, Mapping):
        for name in (*_ADDS, "update", "delete"):
            if name in value:
                told = value[name]
                return name, dict(told) if isinstance(told, Mapping) else {}
    return "", {}


def _done(action: str, told: Mapping[str, object], head: bytes, line: bytes, value: object) -> _Operation:
    if action not in _ADDS:
        only = "only index and create are taken"
        return _Operation(action or "index", told, head or line, fault=Refusal.BAD_VALUE, detail=only)
    if not isinstance(value, Mapping):
        return _Operation(action, told, line, fault=Refusal.NOT_READABLE, detail="not an object")
    return _Operation(action, told, line, value)
