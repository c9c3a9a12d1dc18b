"""The places that documents come from: uploads, folders, exports, web pages; refusals are named."""

import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from domain.errors import BadInput, DogwatchError, NotFound
from domain.knowledge.library import KnowledgeSource, SourceKind
from domain.ports.blobs import BlobStore
from integrations.web_page import fetch_page
from knowledge.ingestion.archives import entries
from knowledge.ingestion.formats import READERS
from knowledge.ingestion.reading import LARGEST_FILE, Document, refuse_size
from runtime import held_files
from runtime.library.git_dates import commits_of

_MOST_FILES = 20_000
_NO_DATE = 1980
"""Images and archives that are built to be the same each time give their files the first day there is."""
_NOTION_ID = re.compile(r"\s+[0-9a-f]{32}(?=\.\w+$|/|$)")


@dataclass(frozen=True)
class Found:
    """One file of a source, by its path there, and when it was changed, where the place knows."""

    name: str
    content: bytes
    changed_at: datetime | None = None
    is_of_commit: bool = False
    """Whether that is the date of a commit that changed it after the one that it came with."""


@dataclass(frozen=True)
class Unread:
    """One file that was not read, and why, for people."""

    name: str
    say: str


@dataclass(frozen=True)
class Allowed:
    """What an operator allowed."""

    folders: tuple[Path, ...] = ()
    hosts: frozenset[str] = frozenset()


def read_place(source: KnowledgeSource, blobs: BlobStore, allowed: Allowed) -> Iterator[Found | Unread]:
    """Yield the files of a source.

    Raises:
        BadInput: The place is not on the operator's list.
        NotFound: It is not there.
        OutsideTrouble: The page did not answer.
    """
    if source.kind is SourceKind.UPLOAD:
        yield from _uploads(source, blobs)
    elif source.kind is SourceKind.WEB:
        content, suffix = fetch_page(source.address, allowed.hosts, LARGEST_FILE)
        path = PurePosixPath(source.address.partition("://")[2])
        yield Found(f"{path}{'' if path.suffix.lower() in READERS else suffix}", content)
    else:
        yield from _folder(source, allowed)


def count_in(source: KnowledgeSource, allowed: Allowed) -> int:
    """Return how many documents a folder holds before any is read; 0 where that is not known."""
    if source.kind in (SourceKind.UPLOAD, SourceKind.WEB):
        return 0
    try:
        root = _allowed_folder(source.address, allowed)
    except DogwatchError:
        return 0  # reading it says why
    return min(sum(1 for _ in _documents(root)), _MOST_FILES) if root.is_dir() else 1


def _documents(root: Path) -> Iterator[Path]:
    """Yield what a folder shows of the kinds that are read, links included, in the order of the names."""
    for path in sorted(root.rglob("*")):
        if any(part.startswith((".", "__")) for part in path.relative_to(root).parts) or not path.is_file():
            continue
        if path.suffix.lower() in READERS or path.is_symlink():
            yield path


def _uploads(source: KnowledgeSource, blobs: BlobStore) -> Iterator[Found | Unread]:
    for name, blob in source.blobs:
        path = blobs.path(blob)
        yield from _read(name, partial(io.FileIO, path))


def _read(name: str, opened: Callable[[], BinaryIO | io.FileIO]) -> Iterator[Found | Unread]:
    """Yield a file, or what a zip holds; too large a file is refused before a byte of it is read."""
    try:
        with opened() as file:
            refuse_size(name, os.fstat(file.fileno()).st_size)
            content = file.read()
        if PurePosixPath(name.lower()).suffix != ".zip":
            yield Found(name, content)
            return
        for inner, data, changed in entries(content):
            yield _named(inner, data, changed)
    except DogwatchError as error:
        yield Unread(name, error.sentence())


def _named(name: str, content: bytes, changed: datetime | None) -> Found | Unread:
    clean = _NOTION_ID.sub("", name)
    if PurePosixPath(clean.lower()).suffix not in READERS:
        return Unread(clean, "I don't read files of this kind here.")
    return Found(clean, content, changed)


def _folder(source: KnowledgeSource, allowed: Allowed) -> Iterator[Found | Unread]:
    root = _allowed_folder(source.address, allowed)
    if root.is_file():
        yield from _read(root.name, partial(held_files.opened, root))
        return
    count, (committed, changed) = 0, commits_of(root)
    for path in _documents(root):
        relative = path.relative_to(root)
        if path.is_symlink() or not path.resolve().is_relative_to(root):
            yield Unread(str(relative), "This is a link that leads out of the folder, so I left it out.")
            continue
        if path.suffix.lower() not in READERS:
            continue  # a link within the folder to another kind of file
        count += 1
        if count > _MOST_FILES:
            yield Unread(str(relative), f"The folder holds more than {_MOST_FILES:,} documents.")
            return
        commit = committed.get(relative.as_posix())
        dated = commit or _date_on_disk(path)
        # It may have become a link since: what lies there now is read, or nothing.
        for found in _read(str(relative), partial(held_files.opened, path)):
            clean = _NOTION_ID.sub("", found.name)
            if isinstance(found, Found):
                is_of_commit = relative.as_posix() in changed and found.changed_at is None
                yield Found(clean, found.content, found.changed_at or dated, is_of_commit)
            else:
                yield Unread(clean, found.say)


def dated(document: Document, found: Found, now: datetime) -> Document:
    """Return a document with its own date, else that of its place; one that is still to come is none.

    A `date:` is when it was written: a commit that came later has changed it since.
    """
    own, place = (
        one if one is not None and one <= now else None for one in (document.changed_at, found.changed_at)
    )
    is_changed_since = (
        document.is_written_then and found.is_of_commit and own is not None and place is not None
    )
    if is_changed_since and own is not None and place is not None:
        own = max(own, place)
    return replace(document, changed_at=own or place)


def _date_on_disk(path: Path) -> datetime | None:
    try:
        found = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None  # it is gone since, and its reading says so
    return found if found.year > _NO_DATE else None


def _allowed_folder(address: str, allowed: Allowed) -> Path:
    root = Path(address).resolve()
    if not any(root.is_relative_to(one.resolve()) for one in allowed.folders):
        raise BadInput(
            "folder is not allowed",
            say="That folder is not on the list of folders that I may read.",
            next_step="An operator can add it to knowledge.folders.",
        )
    if not root.exists():
        raise NotFound("folder is not there", say="That folder does not exist on this machine.")
    return root
