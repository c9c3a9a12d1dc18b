"""Unwrap gzip, bzip2, xz, zip and tar in memory, with bounds on size, ratio, entries and nesting.

Nothing is ever extracted to disk, so names inside an archive cannot do harm; they are only shown.
"""

import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from config_gen.samples.limits import Limits
from config_gen.samples.source import Source
from config_gen.samples.tars import tar_member
from domain.configuration.profiles import bounded
from domain.errors import BadInput

_CHUNK = 1 << 18
_MARK_BYTES = 512
"""Enough of a file to tell what packed it."""
_MOST_SIBLINGS = 9
# What lies beside data in an archive and is none; these words decide among its files, never about a format.
_BESIDE = re.compile(
    r"(?:.*/)?(?:(?:read[ _-]?me|licen[cs]e|copying|notice|changelog)\b[^/]*|\.[^/]*"
    r"|[^/]*\.(?:exe|dll|so|bat|sh|js|vbs|jar|pdf|docx?|rtf|md|html?|png|jpe?g|gif|sha256|md5|sig|asc))$",
    re.IGNORECASE,
)


# Any: the three decoders share their methods but no type.
_DECODERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=256 * 2**20),
}


@dataclass(frozen=True)
class Unwrapped:
    """The inner file: all of its bytes, or its first part when `cut`."""

    data: bytes
    container: str
    member: str | None
    cut: bool
    warnings: tuple[str, ...] = ()


_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,  # an entry that begins before the file does
)


def container_of(head: bytes) -> str | None:
    """Return gzip, bzip2, xz, zip or tar when the first bytes say so; office files are told elsewhere."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head[257:262] == b"ustar" and 0 in head[:257]:
        return "tar"
    return "zip" if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")) else None


def unwrap(source: Source, container: str, limits: Limits) -> Unwrapped:
    """Return the file inside the container.

    Raises:
        BadInput: Password, too many or too large entries, a ratio as bombs have, or broken data.
    """
    if container == "zip":
        return _from_zip(source, limits)
    if container == "tar":
        return _from_tar(source, limits)
    data, cut, eaten = _inflate(source, container, limits)
    if cut and len(data) > limits.unpack_ratio * max(1, eaten):
        raise _bomb(
            source.name, f"its first {eaten // 1024 + 1:,} KiB unpack to more than {len(data) // 2**20:,} MiB"
        )
    if not data and cut:
        raise _damaged_packing(source.name, container)
    if not data:
        raise BadInput(
            f"{source.name}: empty {container}",
            say=f"**{source.name}** holds an empty file.",
            next_step="Drop a file that holds at least one record.",
        )
    return Unwrapped(data, container, None, cut)


def open_zip(source: Source) -> zipfile.ZipFile:
    """Open a zip without reading its entries.

    Raises:
        BadInput: The directory of the archive is broken.
    """
    stream: Path | BinaryIO = source.path() or io.BytesIO(source.read(0, source.size))
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadInput(
            f"{source.name}: {error}",
            say=f"**{source.name}** is a zip archive, but a broken one: {bounded(str(error), 80)}.",
            next_step="It was probably cut during transfer; send it again.",
        ) from error


def _inflate(source: Source, container: str, limits: Limits) -> tuple[bytes, bool, int]:
    """Return what was packed, whether that is not all of it, and how many bytes of the file it took.

    Packed files that were put one behind the other are one file; what follows them and is none is padding.
    """
    decoder = _DECODERS[container]()
    out: list[bytes] = []
    total = position = 0
    rest = b""
    try:
        while total < limits.unpacked_bytes:
            if len(rest) < _MARK_BYTES:
                more = source.read(position, _CHUNK)
                position += len(more)
                rest += more
            if decoder.eof:
                if container_of(rest[:_MARK_BYTES]) != container:
                    break
                decoder = _DECODERS[container]()
            if not rest:
                break
            piece = decoder.decompress(rest, limits.unpacked_bytes - total)
            out.append(piece)
            total += len(piece)
            rest = decoder.unused_data if decoder.eof else _tail(decoder)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        if not total:
            raise _damaged_packing(source.name, container) from error
        return b"".join(out), True, position
    return b"".join(out), not decoder.eof, position


def _tail(decoder: Any) -> bytes:
    """Return what zlib held back when its output was bounded; the other decoders keep it themselves."""
    tail: object = getattr(decoder, "unconsumed_tail", None)
    return tail if isinstance(tail, bytes) else b""


def _damaged_packing(name: str, container: str) -> BadInput:
    return BadInput(
        f"{name}: damaged {container}",
        say=f"**{name}** is a {container} file, but its contents are damaged.",
        next_step="It was probably cut during transfer; send it again.",
    )


def _from_zip(source: Source, limits: Limits) -> Unwrapped:
    with open_zip(source) as archive:
        entries = [
            entry
            for entry in archive.infolist()
            if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
        ]
        _refuse_count(source.name, len(entries), limits)
        entry = max(entries, key=lambda e: (_may_be_data(e.filename), e.file_size))
        if entry.flag_bits & 1:
            raise BadInput(
                f"{source.name}: encrypted",
                say=f"**{source.name}** is protected by a password, and I hold no passwords.",
                next_step="Send it without one, in a channel where that is allowed.",
            )
        if entry.file_size > limits.unpack_ratio * max(entry.compress_size, 1) and entry.file_size > 2**20:
            raise _bomb(source.name, f"{entry.compress_size:,} bytes that unpack to {entry.file_size:,}")
        data, cut = _entry_bytes(archive, entry, source.name, limits)
        return Unwrapped(data, "zip", bounded(entry.filename), cut, _said(len(entries), entry.filename))


def _from_tar(source: Source, limits: Limits) -> Unwrapped:
    try:
        found = tar_member(source, limits, _may_be_data)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged_packing(source.name, "tar") from error
    _refuse_count(source.name, found.files if found else 0, limits)
    if found is None or not found.data:
        raise _damaged_packing(source.name, "tar")
    return Unwrapped(found.data, "tar", bounded(found.name), found.cut, _said(found.files, found.name))


def _refuse_count(name: str, files: int, limits: Limits) -> None:
    if files > limits.archive_entries:
        raise BadInput(
            f"{name}: {files} entries",
            say=f"**{name}** holds {files:,} files or more;"
            f" I look into archives of up to {limits.archive_entries:,}.",
            next_step="Send the files of one feed only.",
        )
    if not files:
        raise BadInput(
            f"{name}: no entries",
            say=f"**{name}** is an archive without files.",
            next_step="Drop an archive that holds the sample.",
        )


def _said(files: int, chosen: str) -> tuple[str, ...]:
    if files == 1:
        return ()
    return (f"The archive holds {files:,} files; I read the largest, {bounded(chosen, 100)}.",)


def _may_be_data(name: str) -> bool:
    return _BESIDE.match(name) is None


def _entry_bytes(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits
) -> tuple[bytes, bool]:
    try:
        with archive.open(entry) as stream:
            data = stream.read(limits.unpacked_bytes + 1)
    except _UNREADABLE as error:
        raise BadInput(
            f"{name}: {error}",
            say=f"**{name}** holds {bounded(entry.filename, 80)}, which cannot be unpacked: "
            f"{bounded(str(error), 80)}.",
            next_step="Pack it again with the usual method (deflate) and drop it again.",
        ) from error
    return data[: limits.unpacked_bytes], len(data) > limits.unpacked_bytes


def _bomb(name: str, why: str) -> BadInput:
    return BadInput(
        f"{name}: {why}",
        say=f"**{name}** is packed like a bomb ({why}), so I did not unpack it.",
        next_step="If the data really is that repetitive, send a part of it unpacked.",
    )


def siblings(source: Source, member: str | None, limits: Limits) -> list[Source]:
    """Return the other files of a zip that may be of the same feed: same ending, a few, within the bounds.

    Args:
        source: The sample as it was dropped.
        member: The file of it that was read; None when it was no archive.
        limits: All of them together stay within `unpacked_bytes`.
    """
    if member is None or container_of(source.read(0, 512)) != "zip":
        return []
    ending = member.rsplit(".", 1)[-1].lower()
    found: list[Source] = []
    left = limits.unpacked_bytes
    with open_zip(source) as archive:
        for entry in archive.infolist():
            other = bounded(entry.filename)
            wanted = other != member and other.lower().endswith(f".{ending}") and not entry.is_dir()
            if not wanted or entry.filename.startswith("__MACOSX/") or not entry.file_size:
                continue
            swollen = entry.file_size > limits.unpack_ratio * max(entry.compress_size, 1)
            if swollen or entry.flag_bits & 1 or entry.file_size > left or len(found) >= _MOST_SIBLINGS:
                continue
            data, cut = _entry_bytes(archive, entry, source.name, limits)
            if not cut:
                found.append(Source(data, other))
                left -= entry.file_size
    return found
