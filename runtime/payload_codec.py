"""Seal what Temporal stores: AES-256-GCM over every payload, failures included.

Ids, names and search attributes stay readable to the server; nothing personal belongs in them.
"""

import dataclasses
import os
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
)

_ENCODING = b"binary/dogwatch-sealed"
_NONCE = 12


class SealingCodec(PayloadCodec, WithSerializationContext):
    """Encrypts with the current key; decrypts with any known one.

    An activity takes nothing that is not sealed: whoever reaches the server can ask for any activity with
    words of their own, such as a report that says of a run what it did not do, but has none of our keys.

    Args:
        keys: 32-byte keys by id.
        current: Id of the key that writes.
        is_strict: Whether what is not sealed is refused.
    """

    def __init__(self, keys: dict[str, bytes], current: str, *, is_strict: bool = False) -> None:
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._current, self._is_strict = current, is_strict
        self._strict = self if is_strict else SealingCodec(keys, current, is_strict=True)

    def with_context(self, context: SerializationContext) -> Self:
        """Return the codec for what is about to be read or written."""
        return self._strict if isinstance(context, ActivitySerializationContext) else self  # type: ignore[return-value]

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Return the payloads sealed."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Return the payloads opened; what is not sealed passes through where no activity gets it."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._current].encrypt(nonce, payload.SerializeToString(), _ENCODING)
        metadata = {"encoding": _ENCODING, "key": self._current.encode()}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            if self._is_strict:
                raise ValueError("a payload that nobody of this house sealed")
            return payload
        key = self._keys.get(payload.metadata["key"].decode())
        if key is None:
            raise ValueError("payload sealed with a key that is not in the ring")
        try:
            plain = key.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], _ENCODING)
        except InvalidTag as error:
            raise ValueError("payload was changed, or its key is another one of the same name") from error
        return Payload.FromString(plain)


def sealed_converter(keys: dict[str, bytes], current: str) -> DataConverter:
    """Return the converter that every client, worker and replayer uses."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=SealingCodec(keys, current),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
