"""Look into a zip without unpacking it to disk: names, sizes, ratio, depth and number are bounded first."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from domain.errors import BadInput
from domain.text.bounded_reads import BoundedReads

MOST_ENTRIES = 5_000
MOST_BYTES = 200 * 2**20
MOST_RATIO = 200
_ENTRY_BYTES = 50 * 2**20
_BLOCK = 64 * 1024
_NO_DATE = 1980
"""Programs that write no date write the first one that the form has."""


def entries(content: bytes) -> Iterator[tuple[str, bytes, datetime | None]]:
    """Yield (name, content, date) of the files in a zip, in order; an archive inside is passed on unopened.

    Raises:
        BadInput: It is no zip, is locked, or is larger inside than its limits.
    """
    try:
        stream = BoundedReads(io.BytesIO(content))
        archive = zipfile.ZipFile(stream)
        listed = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _refused("This is no zip archive that I can open.") from error
    if len(listed) > MOST_ENTRIES:
        raise _refused(f"This archive holds {len(listed):,} files; I read up to {MOST_ENTRIES:,}.")
    total = 0
    for entry in listed:
        if not _is_plain(entry):
            continue
        data = _read(archive, entry)
        total += len(data)
        if total > MOST_BYTES:
            raise _refused(f"This archive is larger than {MOST_BYTES // 2**20} MiB when unpacked.")
        yield entry.filename, data, _date_of(entry)


def _date_of(entry: zipfile.ZipInfo) -> datetime | None:
    """Return when an entry says that it changed: to the day it is right, though it names no zone."""
    try:
        found = datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year > _NO_DATE else None


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    odd = path.is_absolute() or ".." in path.parts or len(entry.filename) > 400 or is_link
    return not odd and not any(part.startswith(("__MACOSX", ".")) for part in path.parts)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    found = io.BytesIO()
    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                found.write(block)
                # The sizes in the archive's own list may lie, so what comes out is counted.
                if found.tell() > _ENTRY_BYTES or found.tell() > MOST_RATIO * max(entry.compress_size, 1024):
                    raise _refused("A file in this archive grows far larger than the archive says.")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise _refused("A file in this archive is damaged or locked.") from error
    return found.getvalue()


def _refused(say: str) -> BadInput:
    return BadInput(
        "archive refused", say=say, next_step="Drop a smaller, unlocked zip, or the files themselves."
    )
