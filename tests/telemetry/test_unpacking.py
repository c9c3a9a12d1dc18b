"""Compressed bodies, honest and hostile."""

import gzip
import zlib

import cramjam
import pytest

from domain.errors import BadInput
from telemetry.unpacking import unpack

_BODY = b"telemetry " * 1_000


def test_every_encoding_is_unpacked() -> None:
    packed = {
        "": _BODY,
        "identity": _BODY,
        "gzip": gzip.compress(_BODY),
        "deflate": zlib.compress(_BODY),
        "snappy": bytes(cramjam.snappy.compress_raw(_BODY)),
        "zstd": bytes(cramjam.zstd.compress(_BODY)),
    }
    for encoding, body in packed.items():
        assert unpack(body, encoding) == _BODY


@pytest.mark.proves("F1", "D9")
def test_a_bomb_is_refused_at_the_limit() -> None:
    zeros = bytes(64 << 20)
    for encoding, body in (
        ("gzip", gzip.compress(zeros, mtime=0)),
        ("snappy", bytes(cramjam.snappy.compress_raw(zeros))),
        ("zstd", bytes(cramjam.zstd.compress(zeros))),
    ):
        with pytest.raises(BadInput, match="more than"):
            unpack(body, encoding, most=1 << 20)


def test_damaged_or_unknown_packing_is_a_sentence() -> None:
    for encoding, body in (
        ("gzip", gzip.compress(_BODY, mtime=0)[:-20]),
        ("gzip", _BODY),
        ("snappy", b"\xff\xff\xff\xff\x7f"),
        ("zstd", b"not it"),
        ("br", _BODY),
    ):
        with pytest.raises(BadInput):
            unpack(body, encoding)
