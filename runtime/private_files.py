"""Keep what a house knows from other accounts of the machine: whoever may read its folder may act in it."""

import os
from pathlib import Path

_OTHERS = 0o007


def make_private(folder: Path) -> None:
    """Make a folder for this account alone; one that is there stays as its owner set it.

    Root's may be passed through by who knows the way: the runner takes an account of its own.

    Raises:
        OSError: It can't be made, or is a file.
    """
    if not folder.parent.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)


def keep_private(file: Path) -> None:
    """Make a file that other accounts can't open, or take from them what they could; a group may stay."""
    if not file.exists():
        file.touch(mode=0o600)
        return
    found = file.stat()
    if found.st_uid == os.geteuid() and found.st_mode & _OTHERS:
        file.chmod(found.st_mode & 0o777 & ~_OTHERS)
