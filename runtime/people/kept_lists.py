"""Lists beside the keys, one JSON object a line: what a backup from before must not undo.

The keys lie apart from the backups, and a restore needs their copy: so it has what stands here.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from domain.errors import BadInput, OutsideTrouble

Entry = TypeVar("Entry")


def add_line(path: Path, told: dict[str, Any], *, say: str, next_step: str) -> None:
    """Add a line, on the disk when this returns.

    Raises:
        OutsideTrouble: The list can't be written, in these words.
    """
    line = json.dumps(told) + "\n"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "a+b") as file:
            size = os.fstat(handle).st_size
            # What a full disk or an editor left without its end must not take this line along.
            is_open = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            file.write(b"\n" * is_open + line.encode())
            file.flush()
            os.fsync(handle)
    except OSError as error:
        raise OutsideTrouble(
            f"{path.name}: {error}",
            say=f"{say}: {error.strerror or type(error).__name__}.",
            next_step=next_step,
        ) from error


def join_lists(copy: Path, home: Path, names: Iterable[str]) -> None:
    """Keep what the lists at home hold beside what those of a copy of the keys hold, which may be older."""
    for name in names:
        known = home / name
        lines: dict[str, None] = {}
        for path in (copy / name, known):
            if path.exists():
                lines |= dict.fromkeys(path.read_text(encoding="utf-8").splitlines())
        if lines:
            joined = known.with_name(f".{name}.joined")
            joined.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            joined.chmod(0o600)
            joined.replace(known)


def read_lines(path: Path, read: Callable[[Any], Entry], *, say: str, next_step: str) -> list[Entry]:
    """Return what each line holds, in order; nothing where there is no list.

    Raises:
        BadInput: A line can't be read: somebody may stand in it.
    """
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [read(json.loads(line)) for line in lines if line.strip()]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path.name}: {type(error).__name__}",
            say=f"{say}: a line of {path} is damaged.",
            next_step=next_step,
        ) from error
