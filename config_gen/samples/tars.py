"""Find the file of a tar archive that holds the data, in memory: links, devices and names do nothing."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass

from config_gen.samples.limits import Limits
from config_gen.samples.source import Source


@dataclass(frozen=True)
class TarMember:
    """The chosen file with its bytes; `files` is how many the archive holds, as far as it could be read."""

    name: str
    data: bytes
    cut: bool
    files: int


def tar_member(source: Source, limits: Limits, may_be_data: Callable[[str], bool]) -> TarMember | None:
    """Return the largest file that may be data, or None for an archive without files.

    At most one file more than `archive_entries` is looked at; one that breaks off gives what came before.

    Raises:
        tarfile.TarError: Nothing of it can be read.
        EOFError: The same.
    """
    found: list[tarfile.TarInfo] = []
    broken = False
    path = source.path()
    stream = path.open("rb") if path is not None else io.BytesIO(source.read(0, source.size))
    with stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        while len(found) <= limits.archive_entries:
            try:
                entry = archive.next()
            except (tarfile.TarError, EOFError):
                broken = True
                break
            if entry is None:
                break
            if entry.isreg() and not entry.issparse():
                found.append(entry)
        if not found:
            return None
        chosen = max(found, key=lambda one: (may_be_data(one.name), one.size))
        member = archive.extractfile(chosen)
        data = b""
        if member is not None:
            try:
                data = member.read(limits.unpacked_bytes + 1)
            except (tarfile.TarError, EOFError):
                stream.seek(chosen.offset_data)
                data = stream.read(min(chosen.size, limits.unpacked_bytes))
                broken = True
    cut = broken or len(data) > limits.unpacked_bytes or len(data) < chosen.size
    return TarMember(chosen.name, data[: limits.unpacked_bytes], cut, len(found))
