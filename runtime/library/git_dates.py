"""Say when the files of a cloned repository were last committed: on disk they have the date of the clone."""

import logging
import os
import subprocess
from datetime import datetime
from pathlib import Path

log = logging.getLogger("dogwatch.librarian")

_SECONDS = 20
_MOST_BYTES = 64 * 2**20
_MARK = "\x01"
# Only history is read: nothing that the repository's own configuration names is run, and nothing is fetched.
_GIT = (
    "git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c",
    "log.showSignature=false", "-c", "core.quotePath=false",
)  # fmt: skip
_LOG = (
    "log", "--no-ext-diff", "--no-textconv", "--no-renames", f"--format={_MARK}%cI", "--name-only", "-z",
    "--max-count=50000",
)  # fmt: skip


def commit_dates(root: Path) -> dict[str, datetime]:
    """Return the date of the last commit of each file below a folder, by its path there; none without git."""
    return commits_of(root)[0]


def commits_of(root: Path) -> tuple[dict[str, datetime], frozenset[str]]:
    """Return the date of the last commit of each file, and which of them it changed.

    The commit that a file came with has changed nothing: one that takes in a whole wiki, or where a clone
    without its history begins, has every page.
    """
    # What a clone left out is not fetched; older versions of git know that no way to fetch it is allowed.
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
    }
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return {}, frozenset()
    try:
        done = subprocess.run(  # noqa: S603  arguments built here, no shell
            [*_GIT, "-C", str(root), *_LOG, "--relative", "--", "."],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"} | quiet,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("history of %s can't be read, so its files' own dates count: %s", root.name, error)
        return {}, frozenset()
    if done.returncode:
        return {}, frozenset()
    return _read(done.stdout[:_MOST_BYTES].decode("utf-8", "replace"))


def _read(told: str) -> tuple[dict[str, datetime], frozenset[str]]:
    """Read commits, newest first: a date, and the files that it changed."""
    found: dict[str, datetime] = {}
    changed: set[str] = set()
    for commit in told.split(_MARK)[1:]:
        date, *names = (part.strip("\n") for part in commit.split("\0"))
        try:
            moment = datetime.fromisoformat(date)
        except ValueError:
            continue
        for name in filter(None, names if moment.tzinfo else ()):  # else it is a part of a file's name
            if found.setdefault(name, moment) is not moment:
                changed.add(name)
    return found, frozenset(changed)
