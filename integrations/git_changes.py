"""Commits of a repository as changes: what was merged before the trouble, with the files it touched.

Reads a work tree or bare repository on this machine; somebody else keeps it up to date. The command is
fixed, takes no text from outside, and runs without hooks, filters or the user's configuration.
"""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

from domain.errors import OutsideTrouble
from domain.investigation.evidence import Change, ChangeKind, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery

_SECONDS = 8.0
_BEFORE = timedelta(hours=24)
_MOST_COMMITS = 200
_MOST_FILES = 50
_FIXED = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "diff.external=",
    "-c",
    "log.showSignature=false",
    "-c",
    "submodule.recurse=false",
    "-c",
    "core.sshCommand=/bin/false",
]
_FORMAT = "--format=%x00%H%x01%ct%x01%s"


class GitChanges:
    """Implements `EvidenceSource`.

    Args:
        folder: Work tree or bare repository.
    """

    name = "Git"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the commits of the day before the anomaly up to the end of the window."""
        since = int((query.anomaly - _BEFORE).timestamp())
        told = self._git(
            "log", "--all", "--no-merges", "--name-only", f"--max-count={_MOST_COMMITS}", _FORMAT,
            f"--since=@{since}", f"--until=@{int(query.end.timestamp())}", "--end-of-options",
        )  # fmt: skip
        commits = [block for block in told.split("\x00") if block.strip()]
        changes = tuple(self._change(block, query) for block in commits)
        missing = ("only the newest 200 commits were read",) if len(commits) >= _MOST_COMMITS else ()
        return EvidenceAnswer(self.name, Telemetry(), changes=changes, missing=missing)

    def _change(self, block: str, query: EvidenceQuery) -> Change:
        head, _, rest = block.partition("\n")
        identity, _, more = head.partition("\x01")
        when, _, subject = more.partition("\x01")
        files = tuple(line.strip() for line in rest.splitlines() if line.strip())[:_MOST_FILES]
        service = service_of_files(files, query.services)
        return Change(identity, ChangeKind.COMMIT, float(when or 0), service, subject[:300], files)

    def _git(self, *arguments: str) -> str:
        program = shutil.which("git")
        if program is None:
            raise OutsideTrouble("git is not installed", say="Git is not installed beside me.")
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            # A partial clone fetches what it lacks, by whatever program its configuration names.
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C.UTF-8",
        }
        try:
            done = subprocess.run(  # noqa: S603  fixed verbs and numbers, never text from outside
                [program, "-C", str(self._folder), *_FIXED, *arguments],
                capture_output=True,
                timeout=_SECONDS,
                env=environment,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise OutsideTrouble("git: timeout", say=f"{self.name} is too slow.") from None
        except (subprocess.CalledProcessError, OSError) as error:
            raise OutsideTrouble(
                f"git: {type(error).__name__}", say=f"{self.name}: the repository can't be read."
            ) from None
        return done.stdout.decode("utf-8", "replace")


def service_of_files(files: tuple[str, ...], services: tuple[str, ...]) -> str:
    """Return the one service that a change's paths name, empty when they name none or several."""
    if not files:
        return ""
    parts = [set(file.lower().split("/")[:-1]) for file in files]
    named = [service for service in services if all(service.lower() in part for part in parts)]
    if len(named) == 1:
        return named[0]
    # Repositories of many services keep each in a folder of its own.
    roots = {file.split("/")[1] for file in files if file.count("/") >= 2 and file.split("/")[0] in _HOMES}
    return roots.pop() if len(roots) == 1 else ""


_HOMES = frozenset({"services", "apps", "src", "deploy", "charts", "microservices", "packages"})
