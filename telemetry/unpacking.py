"""Unpack a compressed body, never further than allowed: a small body may claim to hold a gigabyte."""

import zlib

import cramjam

from domain.errors import BadInput

MOST_BYTES = 64 << 20
"""Largest body after unpacking."""
_ENCODINGS = ("", "identity", "gzip", "deflate", "snappy", "zstd")


def unpack(body: bytes, encoding: str, most: int = MOST_BYTES) -> bytes:
    """Return the body unpacked.

    Args:
        body: Bytes as received.
        encoding: Content encoding; empty, `identity`, `gzip`, `deflate`, `snappy` (block format) or `zstd`.
        most: Largest size allowed.

    Raises:
        BadInput: The encoding is unknown, the bytes are damaged, or they hold more than `most`.
    """
    kind = encoding.strip().casefold()
    if kind not in _ENCODINGS:
        raise BadInput(
            f"content encoding {encoding[:40]!r}",
            say="I can't unpack that content encoding.",
            next_step="Send gzip, deflate, snappy, zstd, or no compression.",
        )
    try:
        unpacked = _unpacked(body, kind, most)
    except (zlib.error, cramjam.DecompressionError, ValueError, EOFError, OSError) as error:
        raise BadInput(f"{kind}: {error}", say=f"The body is not what {kind} packs.") from error
    if len(unpacked) > most:
        raise BadInput(
            f"{kind} body unpacks to more than {most} bytes",
            say=f"The body is larger than {most >> 20} MiB when unpacked.",
            next_step="Send smaller batches.",
        )
    return unpacked


def _unpacked(body: bytes, kind: str, most: int) -> bytes:
    if kind in ("", "identity"):
        return body
    if kind in ("gzip", "deflate"):
        return _inflate(body, zlib.MAX_WBITS | 32, most)
    if kind == "snappy":
        size = cramjam.snappy.decompress_raw_len(body)
        return bytes(cramjam.snappy.decompress_raw(body)) if size <= most else bytes(most + 1)
    return _zstd(body, most)


def _inflate(body: bytes, window: int, most: int) -> bytes:
    machine = zlib.decompressobj(window)
    unpacked = machine.decompress(body, most + 1)
    if len(unpacked) <= most and not machine.eof:
        raise ValueError("it ends too early")
    return unpacked


def _zstd(body: bytes, most: int) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
        return bytes(stream.read(most + 1))
