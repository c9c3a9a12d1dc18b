"""Open things below a folder, part by part, never following a link: so no name can leave the folder."""

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

MOST_BYTES = 8 * 2**20
_MOST_PARTS = 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def parts_of(path: str) -> tuple[str, ...] | None:
    """Return the parts of a relative path, or None when it could mean something outside."""
    parts = tuple(path.split("/"))
    is_odd = any(part in ("", ".", "..") or "\0" in part or len(part) > 255 for part in parts)
    return None if is_odd or len(parts) > _MOST_PARTS else parts


@contextlib.contextmanager
def opened_parent(root: Path, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """Yield a handle of the folder that holds the last part.

    Raises:
        OSError: A part is missing or a link.
    """
    handle = os.open(root, _FOLDER)
    try:
        for part in parts[:-1]:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o750, dir_fd=handle)
            inner = os.open(part, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def read(root: Path, parts: tuple[str, ...]) -> bytes | None:
    """Return the file's bytes, of a larger one `MOST_BYTES` + 1; None when there is no such ordinary file."""
    try:
        handle = _opened(root, parts)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(MOST_BYTES + 1)


def measured(root: Path, parts: Sequence[str]) -> tuple[int, str]:
    """Return size and SHA-256 of a file of any size, named by parts that were looked at.

    Raises:
        OSError: There is none.
    """
    with os.fdopen(_opened(root, parts), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _opened(root: Path, parts: Sequence[str]) -> int:
    with opened_parent(root, parts) as parent:
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)


def write(root: Path, parts: tuple[str, ...], content: bytes) -> None:
    """Write the whole file at once: readers see the old or the new one, and it survives a crash.

    Who may read the old one may read the new one: it keeps its mode.
    """
    temporary = f".dogwatch-{secrets.token_hex(8)}"
    with opened_parent(root, parts, make=True) as parent:
        handle = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=parent
        )
        try:
            with os.fdopen(handle, "wb") as file:
                with contextlib.suppress(OSError):  # there is none yet
                    old = os.stat(parts[-1], dir_fd=parent, follow_symlinks=False).st_mode
                    if stat.S_ISREG(old):
                        os.fchmod(handle, old & 0o777)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, parts[-1], src_dir_fd=parent, dst_dir_fd=parent)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            raise
        os.fsync(parent)


def remove(root: Path, parts: tuple[str, ...]) -> None:
    """Remove the file.

    Raises:
        OSError: There is none.
    """
    with opened_parent(root, parts) as parent:
        os.unlink(parts[-1], dir_fd=parent)


def listed(root: Path, prefix: str) -> list[str]:
    """Return the paths of at most 10,000 ordinary files that begin with the prefix, sorted."""
    found: list[str] = []
    # By handles: a folder that becomes a link while we walk is not followed.
    for folder, folders, names, handle in os.fwalk(root, follow_symlinks=False):
        folders.sort()
        if len(Path(folder).relative_to(root).parts) >= _MOST_PARTS - 1:
            folders.clear()  # what lies deeper has no name here, and each level holds a handle
        for name in sorted(names):
            relative = (Path(folder) / name).relative_to(root).as_posix()
            is_ours = name.startswith(".dogwatch-")
            if relative.startswith(prefix) and not is_ours and _is_no_link(name, handle):
                found.append(relative)
        if len(found) >= 10_000:
            break
    return sorted(found)[:10_000]


def _is_no_link(name: str, folder: int) -> bool:
    try:
        return not stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:  # it went while we looked
        return False
