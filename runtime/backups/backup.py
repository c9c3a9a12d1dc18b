"""`dogwatch backup`: everything that can't be derived, as of one moment, in one sealed file, beside the work.

Keys and the runner's credentials stay out: they are kept apart, or the seal would be worth nothing.
"""

import argparse
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from domain.errors import BadInput, OutsideTrouble
from runtime.sealed_archive import write_sealed
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from storage.audit.anchors import AnchorFile
from storage.audit.audit_log import head_of
from storage.migrate import version_of
from storage.snapshots import take_snapshot

JOURNAL = "runner/journal.sqlite"
_REPOSITORY = "config.git"
_BESIDE = (
    "blobs",
    "pictures",
    "models",
    "runner/targets.yaml",
    "runner/inventory.yaml",
    # It opens nothing: without it every plan that waits for its start would be asked about once more.
    "runner/fingerprints.key",
)
_LEFT_OUT = "keys, the runner's credentials, and what is derived or pushed anew (library index, stories"
_MIB = 1 << 20
_HALF = ".backup-"
_LONGEST_SECONDS = 86_400


def run_backup(parsed: argparse.Namespace) -> int:
    """Write a backup and say what is in it."""
    settings = Settings()
    data = settings.data_dir.resolve()
    if not (data / "keys").exists():
        raise BadInput(
            "nothing to back up",
            say=f"There is nothing to back up: {data} is not the data folder of a Dogwatch that ever ran.",
            next_step="Set DOGWATCH_DATA_DIR to its data folder.",
        )
    began = time.monotonic()
    stores = open_stores(settings)
    path = _target(parsed.to, stores.clock.now())
    had_keys = (data / "keys" / "backup.age").exists()
    _sweep(data)
    try:
        size = _write(settings, stores, path, with_telemetry=parsed.telemetry)
    except OSError as error:
        raise OutsideTrouble(
            f"backup: {error}",
            say=f"The backup could not be made: {error.strerror or type(error).__name__}.",
            next_step=f"See that there is room in {data} for a copy of the database, then try again.",
        ) from error
    left_out = _LEFT_OUT + (")" if parsed.telemetry else ", telemetry)")
    print(f"Backup of {data} written to {path} ({size / _MIB:.1f} MiB, {time.monotonic() - began:.1f} s),")
    print(f"signed in {path.name}.sig. Not in it: {left_out}.")
    if not had_keys:
        print(f"Keys for backups are new: copy {data / 'keys'} now, to a safe place apart from the backups.")
    return 0


def _sweep(data: Path) -> None:
    """Remove copies of the database that backups left which were killed; one under way is younger."""
    for left in data.glob(f"{_HALF}*"):
        if time.time() - left.stat().st_mtime > _LONGEST_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _target(told: str, now: datetime) -> Path:
    """Return the file to write: in the folder that was told, or the one of that name."""
    path = Path(told or ".").resolve()
    if path.is_dir():
        return path / f"dogwatch-{now:%Y%m%d-%H%M%S}.backup"
    if path.suffix != ".backup" or not path.parent.is_dir():
        # A disk that is not mounted must not become a file of that name.
        raise BadInput(
            f"no folder {path}",
            say=f"There is no folder {path if path.suffix != '.backup' else path.parent}.",
            next_step="Name one that is there, or a file in it that ends in .backup.",
        )
    return path


def _write(settings: Settings, stores: Stores, path: Path, *, with_telemetry: bool) -> int:
    data = settings.data_dir.resolve()
    with tempfile.TemporaryDirectory(prefix=_HALF, dir=data) as folder:
        snapshot, journal, anchors = (Path(folder) / name for name in ("database", "journal", "anchors"))
        anchors.write_bytes(_anchors(settings, stores))
        taken_at = stores.clock.now()
        with stores.database.reading() as connection:
            number, head = head_of(connection)
        take_snapshot(settings.database_url(), snapshot)
        # After the database: blobs, commits and steps that it names are then all there.
        if (data / JOURNAL).exists():
            _copy_journal(data / JOURNAL, journal)
        facts = {
            "taken_at": taken_at.isoformat(),
            "database_version": version_of(stores.database),
            "database_kind": "sqlite" if stores.database.is_sqlite else "postgresql",
            "entries_at_least": str(number),
            "head": head,
        }

        def fill(archive: tarfile.TarFile) -> None:
            archive.add(anchors, "anchors.jsonl")
            archive.add(snapshot, "database")
            if journal.exists():
                archive.add(journal, JOURNAL)
            for file in _files(data, with_telemetry=with_telemetry):
                _add(archive, file, str(file.relative_to(data)))

        return write_sealed(path, stores.keys, facts, fill)


def _copy_journal(path: Path, to: Path) -> None:
    try:
        take_snapshot(f"sqlite:///{path}", to)
    except OutsideTrouble as error:
        raise OutsideTrouble(
            f"journal: {error}",
            say="The runner's journal could not be copied, so there is no backup.",
            next_step=f"Where `dogwatch doctor` calls {path} damaged, put it back from an earlier backup, or"
            " move it away with the files beside it; then try again.",
        ) from error


def _anchors(settings: Settings, stores: Stores) -> bytes:
    """Return the anchors as they are before the snapshot: later ones would know entries that it lacks."""
    signer = stores.keys.signer("audit")
    path = anchor_path(settings)
    AnchorFile(path, signer, every=settings.audit.anchor_every).anchor(stores.database, force=True)
    return path.read_bytes() if path.exists() else b""


def anchor_path(settings: Settings) -> Path:
    """Return where the anchors of the audit chain are kept."""
    return Path(settings.audit.anchor_file or settings.data_dir.resolve() / "anchors.jsonl")


def _files(data: Path, *, with_telemetry: bool) -> Iterator[Path]:
    repository = data / _REPOSITORY
    # Refs before objects: whatever a copied ref names was written before it.
    names = [_REPOSITORY + "/" + name for name in ("HEAD", "config", "packed-refs", "refs", "objects")]
    for name in [
        *(names if repository.exists() else []),
        *_BESIDE,
        *(["telemetry"] if with_telemetry else []),
    ]:
        start = data / name
        if start.is_file():
            yield start
        elif start.is_dir():
            if name == _REPOSITORY + "/refs":
                yield start  # Git wants the folder even when every ref is packed
            yield from (file for file in _below(start) if _is_kept(file, data))


def _below(start: Path) -> Iterator[Path]:
    """Yield the files below a folder, in order, also of folders that lie elsewhere and are linked here."""
    seen: set[Path] = set()
    for folder, folders, names in os.walk(start, followlinks=True):
        here = Path(folder)
        if here.resolve() in seen:  # linked round in a circle
            folders.clear()
            continue
        seen.add(here.resolve())
        folders.sort()
        yield from (here / name for name in sorted(names) if (here / name).is_file())


def _is_kept(file: Path, data: Path) -> bool:
    return file.relative_to(data).parts[:2] != ("blobs", "incoming") and file.suffix != ".lock"


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    """Add a file, or what it is a link to; one that was tidied away meanwhile is not missed."""
    try:
        archive.add(file, name, recursive=False)
    except FileNotFoundError:
        return
