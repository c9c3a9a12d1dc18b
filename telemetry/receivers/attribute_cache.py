"""Decode raw attributes and labels once and remember them by their bytes, within bounds.

Telemetry repeats itself: the pair `http.method=GET` comes with every span. Bytes that were seen before cost
one dictionary look-up.
"""

import contextlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

import orjson
from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.records import LONGEST_NAME, LONGEST_TEXT

_K = TypeVar("_K")
_V = TypeVar("_V")
_TYPES = message_types()
_PAIR, _VALUE, _RESOURCE, _LABEL = (_TYPES[name] for name in ("Pair", "Value", "Resource", "Label"))
_MOST, _MOST_BYTES = 100_000, 32 << 20
_LONGEST_KEPT = 4 << 10
_MOST_PAIRS = 1_000
LONGEST_ATTRIBUTES = 64 << 10
CUT = '{"cut":"attributes were longer than 64 KiB"}'
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
    return value.raw[: LONGEST_TEXT // 2].hex() if value.HasField("raw") else None


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


def _texts(pairs: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the attributes that are texts; what else stands there, however odd, names nothing."""
    for raw in pairs:
        with contextlib.suppress(DecodeError):
            pair = _PAIR.FromString(raw)
            if pair.value.HasField("text"):
                yield text_of(pair.key, LONGEST_NAME), text_of(pair.value.text, LONGEST_NAME)


class _Table(dict[_K, _V]):
    """What was decoded, by its bytes; emptied when full, and long texts, which do not repeat, stay out."""

    spent = 0

    def keep(self, key: _K, value: _V, size: int) -> None:
        """Remember a value whose key and text take so many bytes."""
        if size > _LONGEST_KEPT:
            return
        self.spent += size
        if len(self) >= _MOST or self.spent > _MOST_BYTES:
            self.clear()
            self.spent = size
        self[key] = value


class AttributeCache:
    """Raw bytes to decoded text, within bounds."""

    def __init__(self) -> None:
        self._misses = 0
        self._pairs: _Table[bytes, str] = _Table()
        self._keys: _Table[bytes, str] = _Table()
        self._sets: _Table[tuple[bytes, ...], str] = _Table()
        self._resources: _Table[bytes, str] = _Table()
        self._texts: _Table[bytes, str] = _Table()
        self._series: _Table[tuple[bytes, ...], tuple[str, str, str, bool]] = _Table()

    def attributes(self, raw: Collection[bytes]) -> str:
        """Return key-value pairs as one JSON object of at most 64 KiB.

        Raises:
            Unreadable: A pair is not one, or there are more than a thousand.
        """
        if len(raw) > _MOST_PAIRS:
            raise Unreadable(f"more than {_MOST_PAIRS:,} attributes")
        key = tuple(raw)
        if not key:
            return "{}"
        known = self._sets.get(key)
        if known is None:
            before = self._misses
            pairs = self._pairs
            known = "{" + ",".join([pairs.get(one) or self._pair(one) for one in key]) + "}"
            if len(known) > LONGEST_ATTRIBUTES:
                return CUT
            # A set with a value that was never seen (a request's id) does not come again.
            if self._misses == before:
                self._sets.keep(key, known, 2 * len(known))
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
        self._pairs.keep(raw, shown, len(raw) + len(shown))
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
            self._keys.keep(raw[2:at], key, 2 * at)
        return key + _dump(text_of(raw[at + 4 :]))

    def service(self, resource: bytes) -> str:
        """Return the service that an OTLP resource names."""
        known = self._resources.get(resource)
        if known is None:
            try:
                pairs = _RESOURCE.FromString(resource).attributes
            except DecodeError as error:
                raise Unreadable("the resource is not readable") from error
            known = service_of(dict(_texts(pairs)))
            self._resources.keep(resource, known, len(resource))
        return known

    def short(self, raw: bytes) -> str:
        """Return a name: bounded text that repeats."""
        known = self._texts.get(raw)
        if known is None:
            known = text_of(raw, LONGEST_NAME)
            self._texts.keep(raw, known, 2 * len(raw))
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

    def series(self, raw: Collection[bytes]) -> tuple[str, str, str, bool]:
        """Return service, metric, the other labels as JSON, and whether it counts, of Prometheus labels."""
        if len(raw) > _MOST_PAIRS:
            raise Unreadable(f"more than {_MOST_PAIRS:,} labels")
        key = tuple(raw)
        known = self._series.get(key)
        if known is None:
            known = self._new_series(key)
            self._series.keep(key, known, 2 * sum(map(len, key)))
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
