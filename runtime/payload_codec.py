"""Seal what Temporal stores: AES-256-GCM over every payload, failures included, bound to its story.

Ids, names and search attributes stay readable to the server; nothing personal belongs in them.
"""

import copy
import dataclasses
import os
import re
import time
from collections.abc import Iterable
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

_ENCODING = b"binary/dogwatch-sealed"
_BOUND = "bound"
_NONCE = 12
_BY_SCHEDULE = re.compile(r"-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
"""What the server appends to the id of a story that a schedule starts; its input was sealed before."""


class SealingCodec(PayloadCodec, WithSerializationContext):
    """Encrypts with the current key; decrypts with any known one.

    An activity takes nothing that is not sealed: whoever reaches the server can ask for any activity with
    words of their own, such as a report that says of a run what it did not do, but has none of our keys. Nor
    can they show a story what was sealed for another one: the story's id is part of the seal.

    Args:
        keys: 32-byte keys by id.
        current: Id of the key that writes.
        unbound_until: Until when, in Unix seconds, an activity takes what an older release has sealed for no
            story in particular.
    """

    def __init__(self, keys: dict[str, bytes], current: str, *, unbound_until: float = 0.0) -> None:
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._current, self._unbound_until = current, unbound_until
        self._story = b""
        self._is_strict, self._takes_unbound = False, True

    def with_context(self, context: SerializationContext) -> Self:
        """Return the codec for what is about to be read or written."""
        if not isinstance(context, ActivitySerializationContext | WorkflowSerializationContext):
            return self
        other = copy.copy(self)
        other._story = _BY_SCHEDULE.sub("", context.workflow_id or "").encode()
        # An activity knows its own id. Without one a story reads results, and those of an older release stand
        # in its history as long as it is open.
        other._is_strict = isinstance(context, ActivitySerializationContext)
        is_activity = isinstance(context, ActivitySerializationContext) and context.activity_id is not None
        other._takes_unbound = not is_activity or time.time() < self._unbound_until
        return other

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Return the payloads sealed."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Return the payloads opened; what is not sealed passes through where no activity gets it."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE)
        metadata = {"encoding": _ENCODING, "key": self._current.encode()}
        if self._story:
            metadata[_BOUND] = b"story"
        sealed = self._keys[self._current].encrypt(
            nonce, payload.SerializeToString(), self._sealed_with(is_bound=bool(self._story))
        )
        return Payload(metadata=metadata, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            if self._is_strict:
                raise ValueError("a payload that nobody of this house sealed")
            return payload
        key = self._keys.get(payload.metadata["key"].decode())
        if key is None:
            raise ValueError("payload sealed with a key that is not in the ring")
        is_bound = _BOUND in payload.metadata
        if not is_bound and not self._takes_unbound:
            raise ValueError("payload of an older release, which was sealed for no story in particular")
        try:
            plain = key.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], self._sealed_with(is_bound))
        except InvalidTag as error:
            raise ValueError(
                "payload was changed or is another story's, or its key is another one of the same name"
            ) from error
        return Payload.FromString(plain)

    def _sealed_with(self, is_bound: bool) -> bytes:
        return _ENCODING + b"\0" + self._story if is_bound else _ENCODING


def sealed_converter(keys: dict[str, bytes], current: str, *, unbound_until: float = 0.0) -> DataConverter:
    """Return the converter that every client, worker and replayer uses."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=SealingCodec(keys, current, unbound_until=unbound_until),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
