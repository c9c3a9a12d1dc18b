"""What a disk does not take is told by why; other errors of files are none of its trouble."""

import errno
import os

import pytest

from domain.disk_trouble import find_disk_trouble


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "no room left on my disk for a.csv"),
        (errno.EDQUOT, "no room left on my disk for a.csv"),
        (errno.EROFS, "may only be read"),
        (errno.EIO, "is broken"),
    ],
)
def test_a_disk_that_took_nothing_is_said_in_words(number: int, says: str) -> None:
    trouble = find_disk_trouble(OSError(number, os.strerror(number)), "a.csv")

    assert trouble is not None
    assert says in trouble.sentence()


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ECONNRESET, errno.EACCES, None])
def test_other_errors_are_no_trouble_of_the_disk(number: int | None) -> None:
    assert find_disk_trouble(OSError(number, "other") if number else OSError("other"), "a.csv") is None
