"""Read a file below a folder without ever following a link, however often names are given to other things.

Whoever may put files into a folder may also put a link there between our look at a name and its reading. So a
folder that was judged is opened part by part, a file below it likewise, and what is read is what was opened.
"""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from domain.errors import BadInput, NotFound

_PASSING = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ANOTHER = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
"""What the system says where something is gone, or a link, a folder's or a socket's name by now."""


def names_in(folder: Path) -> dict[str, bool]:
    """Return the names of the files and links in a resolved folder, sorted, and whether each is a link.

    There are none where the folder is missing, or became a link since it was resolved.

    Raises:
        BadInput: Our account may not read it.
    """
    try:
        handle = _opened(folder, _FOLDER)
    except (FileNotFoundError, NotADirectoryError):  # the latter also where a part is a link
        return {}
    except PermissionError as error:
        raise _not_ours(folder) from error
    try:
        with os.scandir(handle) as entries:
            found = {one.name: one.is_symlink() for one in entries if one.is_symlink() or one.is_file()}
    finally:
        os.close(handle)
    return dict(sorted(found.items()))


@contextlib.contextmanager
def held(file: Path) -> Iterator[Path]:
    """Yield a path of the same name to an ordinary file, by which children of ours read it, too.

    Args:
        file: Where it lies, resolved.

    Raises:
        BadInput: Our account may not read it.
        NotFound: It is gone, or a link or something else took its place.
    """
    handle = _file(file)
    try:
        with tempfile.TemporaryDirectory(prefix="dogwatch-") as folder:
            alias = Path(folder) / file.name  # readers go by the end of a name, such as .gz
            alias.symlink_to(f"/proc/{os.getpid()}/fd/{handle}")
            yield alias
    finally:
        os.close(handle)


def opened(file: Path) -> BinaryIO:
    """Return an ordinary file to be read, named as for `held`; raises as that does."""
    return os.fdopen(_file(file), "rb")


def _file(file: Path) -> int:
    try:
        handle = _opened(file, _FILE)
    except PermissionError as error:
        raise _not_ours(file) from error
    except OSError as error:
        if error.errno not in _ANOTHER:
            raise
        raise _not_there(file, f"{error.strerror}") from error
    if not S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_there(file, "no ordinary file")
    return handle


def _opened(place: Path, how: int) -> int:
    """Return a handle of what lies at an absolute path; raises `OSError` where a part of it is a link."""
    *above, last = place.parts
    if not above:
        return os.open(last, how)
    handle = os.open(above[0], _PASSING)
    try:
        for part in above[1:]:
            inner = os.open(part, _PASSING, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.open(last, how, dir_fd=handle)
    finally:
        os.close(handle)


def _not_ours(place: Path) -> BadInput:
    name = place.name[:200]
    return BadInput(
        f"{name} may not be read",
        say=f"I may not read {name}: its rights, or those of a folder above it, don't let me.",
        next_step="Let the account that runs me read it, and ask once more.",
    )


def _not_there(file: Path, why: str) -> NotFound:
    return NotFound(
        f"file {file.name[:200]} can't be held: {why}",
        say=f"The file {file.name[:200]} is gone, or something else took its place while I looked.",
        next_step="Put the file itself there, and ask once more.",
    )
