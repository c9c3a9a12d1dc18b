"""The files lent to one try of one step: script, parameters as JSON, credentials as mode-0400 files.

The folder is new for every try and gone afterwards. Its name is random and stands in the launcher's
command line, so that what is left of a try can be found when its process id was never written down.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from domain.ports.sandbox import SandboxJob
from domain.remediation.plans import Language, Value

_SCRIPT_NAMES = {Language.BASH: "script.sh", Language.PYTHON: "script.py", Language.ANSIBLE: "script.yml"}
_PREFIX = "job-"
_ACCOUNTS = "step:x:65534:65534::/tmp:/bin/sh\n"
_INVENTORY = "localhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n"


class JobFolder:
    """One folder below the runner's job root; use it as a context manager."""

    def __init__(self, root: Path, *, name: str = "") -> None:
        self.path = root / (name or f"{_PREFIX}{secrets.token_hex(12)}")
        self.inputs = self.path / "inputs"
        self.sockets = self.path / "targets"
        self.passwd = self.path / "passwd"

    def __enter__(self) -> "JobFolder":
        self.path.mkdir(mode=0o700)
        # Held until this process ends, so that a sweep can tell a folder in use from one left by a crash.
        self._handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        self.inputs.mkdir(mode=0o700)
        self.passwd.write_text(_ACCOUNTS, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._handle)

    def lay_out(self, job: SandboxJob, slots: Mapping[str, Mapping[str, Value]], mark: str) -> None:
        """Write the script and everything it may read.

        Args:
            job: What runs.
            slots: For each slot what the script may know of its target: name, kind, access.
            mark: The secret beginning of report lines, so that printed outside text cannot report.
        """
        self.put(_SCRIPT_NAMES[job.script.language], job.script.text)
        self.put(
            "step.json",
            json.dumps(
                {
                    "arguments": job.arguments,
                    "kept": job.kept,
                    "mode": job.mode.value,
                    "key": job.known_as or job.key,
                    "own_key": job.key,
                    "mark": mark,
                    "targets": {slot: dict(facts) for slot, facts in slots.items()},
                }
            ),
        )
        if job.script.language is Language.ANSIBLE:
            self.put("hosts.ini", _INVENTORY)
            self.put("variables.json", json.dumps({"step": unsafe(job.arguments)}))

    def put(self, name: str, text: str, *, mode: int = 0o400) -> None:
        """Write one new input file; an existing name is an error, never followed or replaced."""
        handle = os.open(self.inputs / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)


def sweep(root: Path) -> int:
    """Remove the folders that a crash left behind, with the credentials in them; return how many."""
    removed = 0
    for path in root.glob(f"{_PREFIX}*"):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
        except BlockingIOError:
            continue
        finally:
            os.close(handle)
    return removed


def unsafe(arguments: Mapping[str, Value]) -> dict[str, object]:
    """Return the arguments so that Ansible takes them for data: texts that it must not template."""

    def marked(value: Value) -> object:
        if isinstance(value, str):
            return {"__ansible_unsafe": value}
        if isinstance(value, tuple):
            return [{"__ansible_unsafe": text} for text in value]
        return value

    return {name: marked(value) for name, value in arguments.items()}
