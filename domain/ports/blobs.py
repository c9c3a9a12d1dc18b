"""Files kept by the hash of their content."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.ids import BlobId


class BlobStore(Protocol):
    """Keeps bytes; the id is their SHA-256, so keeping twice is keeping once."""

    def put(self, content: bytes) -> BlobId:
        """Keep bytes."""
        ...

    def put_file(self, path: Path) -> BlobId:
        """Keep a file, by moving it."""
        ...

    def get(self, blob: BlobId) -> bytes:
        """Return the bytes, checked against the id; raises `NotFound`."""
        ...

    def path(self, blob: BlobId) -> Path:
        """Return where the bytes lie for reading; raises `NotFound`."""
        ...

    def new_file(self) -> Path:
        """Return a fresh path to write an upload to, beside the store so that moving is free."""
        ...

    def holds(self, blob: BlobId) -> bool:
        """Return whether the bytes are there."""
        ...

    def remove(self, blob: BlobId, *, dropped_before: datetime) -> int | None:
        """Tidy bytes away unless they were kept again since; return how many, None when they stay."""
        ...

    def forget_unfinished(self, before: datetime) -> None:
        """Remove uploads that never came to their end."""
        ...
