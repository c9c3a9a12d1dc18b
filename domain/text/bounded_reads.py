"""A stream for readers of archives that hands out only so much at once.

A zip's list of its files is read whole, and made into objects, before anybody can count them: a few megabytes
of it become a gigabyte.
"""

import zipfile
from typing import BinaryIO

MOST_LISTED_BYTES = 4 << 20
"""Of the list of an archive's files: some ten thousand names of usual length."""


class BoundedReads:
    """Give it to `zipfile.ZipFile` in place of the stream.

    Raises:
        zipfile.BadZipFile: From `read`, when more than `most` bytes are wanted at once.
    """

    def __init__(self, stream: BinaryIO, most: int = MOST_LISTED_BYTES) -> None:
        self._stream, self._most = stream, most
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, all that are left when no size is told."""
        found = self._stream.read(self._most + 1) if not 0 <= size <= self._most else self._stream.read(size)
        if len(found) > self._most:
            raise zipfile.BadZipFile("its list of files is too long")
        return found
