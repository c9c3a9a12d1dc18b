"""A disk that takes nothing more, told from faults of ours: it is full, broken, or may only be read."""

import errno

from domain.errors import NotNow

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_TAKES_NOTHING = frozenset({errno.EROFS, errno.EIO, errno.EFBIG})


def find_disk_trouble(error: OSError, name: str) -> NotNow | None:
    """Return what is said of a file that a disk did not take; None when the error says something else."""
    if error.errno in _NO_ROOM:
        return NotNow(
            f"disk full: {error.strerror}",
            say=f"There is no room left on my disk for {name}, so I kept none of it.",
            next_step="Tell whoever runs me; the file can be dropped again once there is room.",
        )
    if error.errno in _TAKES_NOTHING:
        return NotNow(
            f"disk takes nothing: {error.strerror}",
            say=f"My disk takes nothing at the moment, so I kept none of {name}.",
            next_step="Tell whoever runs me: it may only be read, has a limit, or is broken.",
        )
    return None
