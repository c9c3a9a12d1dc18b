"""Decode raw attributes and labels once and remember them by their bytes, within bounds.

Telemetry repeats itself: the pair `http.method=GET` comes with every span. Bytes that were seen before cost
one dictionary look-up.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import orjson
from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.records import LONGEST_NAME, LONGEST_TEXT

_K = TypeVar("_K")
_V = TypeVar("_V")
_TYPES = message_types()
_PAIR, _VALUE, _RESOURCE, _LABEL = (_TYPES[name] for name in ("Pair", "Value", "Resource", "Label"))
_MOST = 100_000
_DEEPEST = 8
_SERVICE_KEYS = ("service.name", "service", "app", "k8s.deployment.name", "container.name", "job")


class Unreadable(ValueError):  # noqa: N818  a claim about bytes, caught by the receiver that counts it
    """Bytes are not what they should be."""


def text_of(raw: bytes, limit: int = LONGEST_TEXT) -> str:
    """Return bytes as bounded text without NUL; what is not UTF-8 becomes a replacement character."""
    text = raw[:limit].decode("utf-8", "replace")
    return text.replace("\x00", "�") if "\x00" in text else text


def plain(value: Any, depth: int = 0) -> object:
    """Return an OTLP value (Any: a protobuf message) as plain data.

    Raises:
        Unreadable: It is nested more than eight levels deep.
    """
    if depth > _DEEPEST:
        raise Unreadable("nested too deeply")
    if value.HasField("text"):
        return text_of(value.text)
    for name in ("whole", "number", "flag"):
        if value.HasField(name):
            return getattr(value, name)
    if value.HasField("items"):
        return [plain(item, depth + 1) for item in value.items.values]
    if value.HasField("pairs"):
        pairs = value.pairs.values
        return {text_of(pair.key, LONGEST_NAME): plain(pair.value, depth + 1) for pair in pairs}
    return value.raw.hex() if value.HasField("raw") else None


def _dump(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(str(value)[:LONGEST_TEXT]).decode()


def service_of(attributes: dict[str, object]) -> str:
    """Return the service that attributes name, empty when they name none."""
    for key in _SERVICE_KEYS:
        name = attributes.get(key)
        if isinstance(name, str) and name:
            return name[:LONGEST_NAME]
    return ""


class AttributeCache:
    """Raw bytes to decoded text; each table is emptied when it is full."""

    def __init__(self) -> None:
        self._misses = 0
        self._pairs: dict[bytes, str] = {}
        self._keys: dict[bytes, str] = {}
        self._sets: dict[tuple[bytes, ...], str] = {}
        self._resources: dict[bytes, str] = {}
        self._texts: dict[bytes, str] = {}
        self._series: dict[tuple[bytes, ...], tuple[str, str, str, bool]] = {}

    def attributes(self, raw: Iterable[bytes]) -> str:
        """Return key-value pairs as one JSON object.

        Raises:
            Unreadable: A pair is not one.
        """
        key = tuple(raw)
        if not key:
            return "{}"
        known = self._sets.get(key)
        if known is None:
            before = self._misses
            pairs = self._pairs
            known = "{" + ",".join([pairs.get(one) or self._pair(one) for one in key]) + "}"
            # A set with a value that was never seen (a request's id) does not come again.
            if self._misses == before:
                _keep(self._sets, key, known)
        return known

    def _pair(self, raw: bytes) -> str:
        self._misses += 1
        shown = self._short_pair(raw)
        if not shown:
            try:
                pair = _PAIR.FromString(raw)
            except DecodeError as error:
                raise Unreadable("an attribute is not readable") from error
            shown = f"{_dump(text_of(pair.key, LONGEST_NAME))}:{_dump(plain(pair.value))}"
        _keep(self._pairs, raw, shown)
        return shown

    def _short_pair(self, raw: bytes) -> str:
        """Return a pair of a short key and a short string, the usual one, as JSON; empty for any other.

        Its bytes are: 0a, length, key, 12, length, 0a, length, text. Reading them here is five times
        quicker than building two messages.
        """
        size = len(raw)
        if size < 6 or size > 127 or raw[0] != 0x0A:
            return ""
        at = raw[1] + 2
        if at + 4 > size or raw[at] != 0x12 or raw[at + 1] != size - at - 2 or raw[at + 2] != 0x0A:
            return ""
        if raw[at + 3] != size - at - 4:
            return ""
        key = self._keys.get(raw[2:at])
        if key is None:
            key = _dump(text_of(raw[2:at])) + ":"
            _keep(self._keys, raw[2:at], key)
        return key + _dump(text_of(raw[at + 4 :]))

    def service(self, resource: bytes) -> str:
        """Return the service that an OTLP resource names."""
        known = self._resources.get(resource)
        if known is None:
            try:
                pairs = _RESOURCE.FromString(resource).attributes
            except DecodeError as error:
                raise Unreadable("the resource is not readable") from error
            known = service_of({text_of(pair.key, LONGEST_NAME): plain(pair.value) for pair in pairs})
            _keep(self._resources, resource, known)
        return known

    def short(self, raw: bytes) -> str:
        """Return a name: bounded text that repeats."""
        known = self._texts.get(raw)
        if known is None:
            known = text_of(raw, LONGEST_NAME)
            _keep(self._texts, raw, known)
        return known

    def body(self, raw: bytes) -> str:
        """Return the body of a log record as text; a structured one as JSON."""
        # Most bodies are one string: field 1, then its length in one or two bytes, then the text.
        if raw[:1] == b"\x0a":
            length, begin = raw[1], 2
            if length >= 0x80 and len(raw) > 2 and raw[2] < 0x80:
                length, begin = (length & 0x7F) | raw[2] << 7, 3
            if begin + length == len(raw):
                return text_of(raw[begin:])
        try:
            value = plain(_VALUE.FromString(raw))
        except DecodeError as error:
            raise Unreadable("the body is not readable") from error
        return value if isinstance(value, str) else _dump(value)[:LONGEST_TEXT]

    def series(self, raw: Iterable[bytes]) -> tuple[str, str, str, bool]:
        """Return service, metric, the other labels as JSON, and whether it counts, of Prometheus labels."""
        key = tuple(raw)
        known = self._series.get(key)
        if known is None:
            known = self._new_series(key)
            _keep(self._series, key, known)
        return known

    def _new_series(self, key: tuple[bytes, ...]) -> tuple[str, str, str, bool]:
        labels: dict[str, object] = {}
        for raw in key:
            try:
                label = _LABEL.FromString(raw)
            except DecodeError as error:
                raise Unreadable("a label is not readable") from error
            labels[text_of(label.name, LONGEST_NAME)] = text_of(label.value, LONGEST_NAME)
        name = str(labels.pop("__name__", ""))
        return service_of(labels), name, _dump(labels), counts(name)


def counts(metric: str) -> bool:
    """Return whether a metric's name says that it only grows: Prometheus' naming rule."""
    return metric.endswith(("_total", "_count", "_sum", "_bucket"))


def _keep(table: dict[_K, _V], key: _K, value: _V) -> None:
    if len(table) >= _MOST:
        table.clear()
    table[key] = value
